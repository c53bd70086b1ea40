package muflex.conformance;

import java.util.Locale;

/**
 * The error of a result and that of a plain float32 evaluation. An infinity must be met exactly and counts as error 0; a
 * NaN where there should be a number counts as an infinite error.
 */
record Errors(double mean, double max, double plainMean, double plainMax, double rounding) {

    /** The peer's policy for float32: mean error at most 1 + 10 times that of a plain evaluation, plus rounding. */
    private static final double FUDGE = 10;

    private static final double ROUNDING = 1e-7;

    /**
     * Compares.
     *
     * @param rounding in units of 1e-7, what rounding leaves where a plain evaluation is exact by luck (one key: all terms
     *     cancel, if they are summed in the same order)
     */
    static Errors of(double[] exact, float[] values, float[] plain, double rounding) {
        double[] mine = measure(exact, values);
        double[] reference = measure(exact, plain);
        return new Errors(mine[0], mine[1], reference[0], reference[1], ROUNDING * Math.max(1, rounding));
    }

    private static double[] measure(double[] exact, float[] values) {
        double sum = 0;
        double max = 0;
        for (int i = 0; i < exact.length; i++) {
            double error = exact[i] == values[i] ? 0 : Math.abs(values[i] - exact[i]);
            error = Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
            sum += error;
            max = Math.max(max, error);
        }
        return new double[] {sum / exact.length, max};
    }

    double limit() {
        return (1 + FUDGE) * plainMean + rounding;
    }

    /** A mean over many elements hides a few wrong ones, so the largest error has a limit too, a looser one. */
    double maxLimit() {
        return (1 + FUDGE) * plainMax + 100 * rounding;
    }

    boolean passes() {
        return mean <= limit() && max <= maxLimit();
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "mean error %.3g (float32 itself %.3g, limit %.3g), largest %.3g (%.3g, limit %.3g)",
                mean,
                plainMean,
                limit(),
                max,
                plainMax,
                maxLimit());
    }
}
