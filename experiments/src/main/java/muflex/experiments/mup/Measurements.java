package muflex.experiments.mup;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import muflex.experiments.mup.Quantity.Measure;
import muflex.model.parameterization.Role;
import muflex.model.parameterization.TensorSettings;
import muflex.model.training.ProbedTraining;

/** Reads a training step's inner values: the quantities of a coordinate check, each a mean over layers. */
final class Measurements {

    /** Rows of x that a change is measured on; outputs are measured on all. */
    private static final int ROWS = 32;

    private static final int POWER_ITERATIONS = 12;

    private final Map<String, float[]> initial = new LinkedHashMap<>();
    private final double eps;
    private final float attentionScale;

    /**
     * Begins before the first step.
     *
     * @param eps Adam's ε at the base
     * @param attentionScale the model's factor on q·k
     */
    Measurements(ProbedTraining training, double eps, float attentionScale) {
        training.parameters().forEach((name, values) -> initial.put(name, values.clone()));
        this.eps = eps;
        this.attentionScale = attentionScale;
    }

    /**
     * The quantities of the step that was just taken.
     *
     * @param before the parameters before its update
     */
    Map<Quantity, Double> of(ProbedTraining training, Map<String, float[]> before) {
        Map<Quantity, List<Double>> all = new TreeMap<>();
        for (ProbedTraining.Use use : training.uses()) {
            TensorSettings settings = use.settings();
            Role role = settings.tensor().role();
            String name = settings.tensor().name();
            float[] weight = known(before, name);
            add(all, Measure.OUTPUT, use.as(), meanAbsolute(use.output()));
            if (use.input().length > 0) {
                add(all, Measure.CHANGE, use.as(), change(use, weight, known(initial, name)));
            }
            double gradient = meanAbsolute(use.gradient());
            add(all, Measure.GRADIENT, role, gradient);
            add(all, Measure.GRADIENT_OVER_EPS, role, gradient / (eps * settings.epsFactor()));
            int in = settings.tensor().sizes().get(0);
            add(all, Measure.SPECTRAL_NORM, role, spectralNorm(weight, in, weight.length / in));
        }
        training.scores().forEach(layer -> add(all, Measure.ATTENTION_LOGIT, Role.QUERY, logit(layer)));
        Map<Quantity, Double> means = new TreeMap<>();
        all.forEach((quantity, values) -> means.put(
                quantity,
                values.stream().mapToDouble(Double::doubleValue).average().orElse(0)));
        return means;
    }

    private static void add(Map<Quantity, List<Double>> all, Measure measure, Role role, double value) {
        all.computeIfAbsent(new Quantity(measure, role), key -> new ArrayList<>())
                .add(value);
    }

    private static float[] known(Map<String, float[]> arrays, String name) {
        return Objects.requireNonNull(arrays.get(name), name);
    }

    /** Mean of {@code |multiplier·x·(W − W₀)|} over some rows of x. */
    private static double change(ProbedTraining.Use use, float[] weight, float[] start) {
        // A tied embedding [vocab, width] is a readout from width.
        boolean transposed = use.as() != use.settings().tensor().role();
        int in = use.settings().tensor().sizes().get(transposed ? 1 : 0);
        int out = weight.length / in;
        int rows = use.input().length / in;
        int taken = Math.min(ROWS, rows);
        double sum = 0;
        double[] output = new double[out];
        for (int r = 0; r < taken; r++) {
            int row = (int) ((long) r * rows / taken);
            Arrays.fill(output, 0);
            for (int i = 0; i < in; i++) {
                double x = use.input()[row * in + i];
                for (int o = 0; o < out; o++) {
                    int at = transposed ? o * in + i : i * out + o;
                    output[o] += x * (weight[at] - start[at]);
                }
            }
            for (double value : output) {
                sum += Math.abs(value);
            }
        }
        return use.settings().multiplier() * sum / ((double) taken * out);
    }

    /** Mean of {@code |scale·q·k|} over the causal pairs of the first sequence. */
    private double logit(ProbedTraining.Scores layer) {
        int heads = layer.queryShape().size(1);
        int group = heads / layer.keyShape().size(1);
        int seq = layer.queryShape().size(2);
        int dim = layer.queryShape().size(3);
        double sum = 0;
        long pairs = 0;
        for (int head = 0; head < heads; head++) {
            for (int q = 0; q < seq; q++) {
                for (int k = 0; k <= q; k++) {
                    double dot = 0;
                    int queryAt = (head * seq + q) * dim;
                    int keyAt = (head / group * seq + k) * dim;
                    for (int i = 0; i < dim; i++) {
                        dot += (double) layer.query()[queryAt + i] * layer.key()[keyAt + i];
                    }
                    sum += Math.abs(attentionScale * dot);
                    pairs++;
                }
            }
        }
        return sum / pairs;
    }

    /** The greatest singular value of {@code w [in, out]}, from below, by power iteration on {@code wᵀw}. */
    static double spectralNorm(float[] w, int in, int out) {
        double[] right = new double[out];
        for (int o = 0; o < out; o++) {
            right[o] = 1 + 0.5 * Math.sin(o + 1);
        }
        double norm = 0;
        for (int iteration = 0; iteration < POWER_ITERATIONS; iteration++) {
            normalise(right);
            double[] left = new double[in];
            double[] next = new double[out];
            for (int i = 0; i < in; i++) {
                for (int o = 0; o < out; o++) {
                    left[i] += w[i * out + o] * right[o];
                }
                for (int o = 0; o < out; o++) {
                    next[o] += w[i * out + o] * left[i];
                }
            }
            norm = Math.sqrt(length(next));
            right = next;
        }
        return norm;
    }

    private static void normalise(double[] vector) {
        double length = length(vector);
        for (int i = 0; i < vector.length && length > 0; i++) {
            vector[i] /= length;
        }
    }

    private static double length(double[] vector) {
        double sum = 0;
        for (double value : vector) {
            sum += value * value;
        }
        return Math.sqrt(sum);
    }

    private static double meanAbsolute(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += Math.abs(value);
        }
        return sum / values.length;
    }
}
