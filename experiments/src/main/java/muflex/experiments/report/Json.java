package muflex.experiments.report;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Rows to and from one line of JSON each. */
public final class Json {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private Json() {}

    /** Any record, without a line break. */
    public static String write(Object value) {
        return MAPPER.writeValueAsString(value);
    }

    /** A row of schema {@link Row#SCHEMA}. */
    public static Row readRow(String line) {
        try {
            return MAPPER.readValue(line, Row.class);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("row: expected one JSON object of schema " + Row.SCHEMA + ", got "
                    + line.substring(0, Math.min(40, line.length())) + "…; " + e.getOriginalMessage());
        }
    }
}
