package muflex.experiments.mup;

import java.util.Map;
import java.util.TreeMap;
import muflex.experiments.report.Json;
import muflex.model.parameterization.Role;

/**
 * What an ε audit saw in one model after one step, a line of JSON.
 *
 * @param schema 1
 * @param experiment {@code epsaudit}
 * @param started when the audit began, ISO 8601, UTC
 * @param rule the parameterization, as {@link RuleArgument#id} has it
 * @param settings of the training
 * @param corpus name and fingerprint of the text
 * @param width of the model
 * @param seed of weights and batches
 * @param step after which update
 * @param shares of a tensor's entries that ε slows, 0 to 1, by role; means over the layers
 * @param origin machine, JVM, device, source and command
 */
record EpsRow(
        int schema,
        String experiment,
        String started,
        String rule,
        CoordinateSettings settings,
        String corpus,
        int width,
        long seed,
        int step,
        Map<Role, Double> shares,
        Origin origin) {

    static final int SCHEMA = 1;

    EpsRow {
        shares = new TreeMap<>(shares);
    }

    /** @throws IllegalArgumentException if the line is no such row */
    static EpsRow parse(String line) {
        EpsRow row = Json.read(line, EpsRow.class);
        if (row.schema() != SCHEMA || row.shares().isEmpty()) {
            throw new IllegalArgumentException("row: expected one of an eps audit, of schema " + SCHEMA + ", got "
                    + row.experiment() + " of schema " + row.schema());
        }
        return row;
    }
}
