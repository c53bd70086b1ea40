package muflex.experiments.mup;

import java.util.Map;
import java.util.TreeMap;
import muflex.experiments.report.Git;

/**
 * What one model measured in one step, a line of JSON.
 *
 * @param schema 1
 * @param experiment {@code coordcheck}
 * @param started when the check began, ISO 8601, UTC
 * @param rule name of the parameterization
 * @param settings of the check
 * @param corpus name and fingerprint of the text
 * @param width of the model
 * @param seed of weights and batches
 * @param step from 1; values are those of its forward and backward pass, before its update
 * @param values by quantity
 * @param git the source
 */
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
        Git git) {

    static final int SCHEMA = 1;

    CoordinateRow {
        values = new TreeMap<>(values);
    }
}
