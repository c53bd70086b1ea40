package muflex.experiments.mup;

import java.util.Map;
import java.util.TreeMap;

/**
 * What one model measured in one step, a line of JSON.
 *
 * @param schema 1
 * @param experiment {@code coordcheck}
 * @param rule name of the parameterization
 * @param settings of the check
 * @param width of the model
 * @param seed of weights and batches
 * @param step from 1; values are those of its forward and backward pass, before its update
 * @param values by quantity
 */
record CoordinateRow(
        int schema,
        String experiment,
        String rule,
        CoordinateSettings settings,
        int width,
        long seed,
        int step,
        Map<String, Double> values) {

    CoordinateRow {
        values = new TreeMap<>(values);
    }
}
