package muflex.experiments.mup;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;
import java.util.TreeMap;
import muflex.experiments.report.Git;
import muflex.experiments.report.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What one model measured in one step, a line of JSON.
 *
 * @param schema 2; rows of schema 1 had no origin but {@code git}
 * @param experiment {@code coordcheck}
 * @param started when the check began, ISO 8601, UTC
 * @param rule the parameterization, as {@link RuleArgument#id} has it
 * @param settings of the check
 * @param corpus name and fingerprint of the text
 * @param width of the model
 * @param seed of weights and batches
 * @param step from 1; values are those of its forward and backward pass, before its update
 * @param values by quantity
 * @param git the source, in rows of schema 1
 * @param origin machine, JVM, device, source and command; null in rows of schema 1
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record CoordinateRow(
        int schema,
        String experiment,
        String started,
        String rule,
        CoordinateSettings settings,
        String corpus,
        int width,
        long seed,
        int step,
        Map<String, Double> values,
        @Nullable Git git,
        @Nullable Origin origin) {

    static final int SCHEMA = 2;

    CoordinateRow {
        values = new TreeMap<>(values);
    }

    /** @throws IllegalArgumentException if the line is no such row */
    static CoordinateRow parse(String line) {
        JsonNode tree = Json.tree(line);
        if (tree.path("settings") instanceof ObjectNode settings && !settings.has("baseWidth")) {
            // Schema 1: the base was the first width.
            settings.put("baseWidth", 0);
        }
        CoordinateRow row = Json.read(tree.toString(), CoordinateRow.class);
        if (row.schema() < 1
                || row.schema() > SCHEMA
                || row.settings() == null
                || row.values().isEmpty()) {
            throw new IllegalArgumentException("row: expected one of a coordinate check, of schema 1 or 2, got "
                    + row.experiment() + " of schema " + row.schema());
        }
        return row;
    }
}
