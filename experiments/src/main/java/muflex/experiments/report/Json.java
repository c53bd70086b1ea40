package muflex.experiments.report;

import java.util.List;
import muflex.model.checkpoint.DamagedJson;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Rows to and from one line of JSON each. */
public final class Json {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private Json() {}

    /** Any record, without a line break. */
    public static String write(Object value) {
        return MAPPER.writeValueAsString(value);
    }

    /** The parsed file, a line of JSON or a whole document. */
    public static JsonNode tree(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("JSON: expected one document, got " + DamagedJson.reason(e));
        }
    }

    /** A record that {@link #write} wrote. */
    public static <T> T read(String text, Class<T> type) {
        try {
            return MAPPER.readValue(text, type);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    type.getSimpleName() + ": expected one JSON object, got " + DamagedJson.reason(e));
        }
    }

    /** A row of schema {@link Row#SCHEMA}. */
    public static Row readRow(String line) {
        try {
            JsonNode tree = MAPPER.readTree(line);
            JsonNode schema = tree.get("schema");
            if (schema != null && schema.asInt() != Row.SCHEMA) {
                throw new IllegalArgumentException("row: expected schema " + Row.SCHEMA + ", got schema "
                        + schema.asInt() + "; measure it again with this version");
            }
            if (schema != null && !tree.path("axes").isObject()) {
                // Other experiments have rows and schemas of their own.
                throw new IllegalArgumentException("row: expected one of compare, train or jmh, got one of "
                        + tree.path("experiment").asString("nothing"));
            }
            if (schema != null) {
                require(tree, "environment");
                require(tree, "git");
                for (String text :
                        List.of("status", "environment/cpu", "environment/os", "environment/jdk", "environment/host")) {
                    if (!tree.at("/" + text).isString()) {
                        throw new IllegalArgumentException("row: expected a text as " + text + ", got none");
                    }
                }
            }
            return MAPPER.readValue(line, Row.class);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("row: expected one JSON object of schema " + Row.SCHEMA + ", got "
                    + line.substring(0, Math.min(40, line.length())) + "…; " + DamagedJson.reason(e));
        }
    }

    private static void require(JsonNode row, String field) {
        if (!row.path(field).isObject()) {
            throw new IllegalArgumentException("row: expected an object as " + field + ", got none");
        }
    }
}
