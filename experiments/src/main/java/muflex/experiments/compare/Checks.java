package muflex.experiments.compare;

import muflex.experiments.report.Row;
import muflex.experiments.report.Units;
import org.jspecify.annotations.Nullable;

/**
 * Errors against float64. The budget of a tensor's mean error is PyTorch's own policy for FlexAttention in float32
 * (test_flex_attention.py): {@code (1 + 10) · plain + 1e-7}, where {@code plain} is the mean error of a plain float32
 * evaluation of the same input.
 */
final class Checks {

    private static final double FUDGE = 10;
    private static final double FLOOR = 1e-7;

    /** The plain loop may be this far from float64, relative to the mean value: else one of the two is wrong. */
    private static final double PLAIN_LIMIT = 1e-4;

    private Checks() {}

    private record Errors(@Nullable Double mean, @Nullable Double max) {}

    /** @param expected in float64 */
    static Row.Accuracy check(String tensor, double[] expected, float[] plain, float[] got) {
        Double plainMean = errors(expected, plain).mean();
        if (plainMean == null || plainMean > PLAIN_LIMIT * meanSize(expected) + FLOOR) {
            throw new IllegalStateException(tensor + ": expected the plain loop near float64, got a mean error of "
                    + (plainMean == null ? "NaN" : Units.scientific(plainMean)) + "; one of the two is wrong");
        }
        Errors errors = errors(expected, got);
        return new Row.Accuracy(tensor, errors.mean(), errors.max(), plainMean, (1 + FUDGE) * plainMean + FLOOR);
    }

    /** One line about the first tensor outside its budget; null if there is none. */
    static @Nullable String complaint(Iterable<Row.Accuracy> checks) {
        for (Row.Accuracy check : checks) {
            if (!check.within()) {
                Double mean = check.meanError();
                return check.tensor() + ": expected a mean error of at most " + Units.scientific(check.budget())
                        + " (plain float32: " + Units.scientific(check.plainMeanError()) + "), got "
                        + (mean == null ? "NaN or a wrong infinity" : Units.scientific(mean)) + "; not timed";
            }
        }
        return null;
    }

    /** Equal infinities agree; anything else that is not finite leaves no error to tell. */
    private static Errors errors(double[] expected, float[] got) {
        double sum = 0;
        double max = 0;
        for (int i = 0; i < expected.length; i++) {
            double error = expected[i] == got[i] ? 0 : Math.abs(expected[i] - got[i]);
            if (!Double.isFinite(error)) {
                return new Errors(null, null);
            }
            sum += error;
            max = Math.max(max, error);
        }
        return new Errors(sum / expected.length, max);
    }

    private static double meanSize(double[] values) {
        double sum = 0;
        int finite = 0;
        for (double value : values) {
            if (Double.isFinite(value)) {
                sum += Math.abs(value);
                finite++;
            }
        }
        return finite == 0 ? 0 : sum / finite;
    }
}
