package muflex.experiments.mup;

/**
 * A straight line through (log width, log value) by least squares.
 *
 * @param slope the exponent of width
 * @param half half the width of its 95 % confidence interval
 * @param points how many it is fitted to
 */
record Slope(double slope, double half, int points) {

    private static final double Z = 1.959964;

    /** No slope: some of the values have no logarithm. */
    static Slope unknown(int points) {
        return new Slope(Double.NaN, Double.POSITIVE_INFINITY, points);
    }

    /**
     * Fits.
     *
     * @param x logarithms of widths
     * @param y logarithms of values, one for each
     */
    static Slope fit(double[] x, double[] y) {
        int n = x.length;
        double meanX = mean(x);
        double meanY = mean(y);
        double sxx = 0;
        double sxy = 0;
        for (int i = 0; i < n; i++) {
            sxx += (x[i] - meanX) * (x[i] - meanX);
            sxy += (x[i] - meanX) * (y[i] - meanY);
        }
        double slope = sxy / sxx;
        double residual = 0;
        for (int i = 0; i < n; i++) {
            double off = y[i] - meanY - slope * (x[i] - meanX);
            residual += off * off;
        }
        int free = n - 2;
        double error = free > 0 ? Math.sqrt(residual / free / sxx) : Double.POSITIVE_INFINITY;
        return new Slope(slope, free > 0 ? quantile(free) * error : error, n);
    }

    /** The 97.5 % quantile of Student's t, by Cornish and Fisher's expansion: within 1 % from 3 degrees on. */
    private static double quantile(int free) {
        double z3 = Z * Z * Z;
        double z5 = z3 * Z * Z;
        double first = (z3 + Z) / (4 * free);
        double second = (5 * z5 + 16 * z3 + 3 * Z) / (96.0 * free * free);
        double third = (3 * z5 * Z * Z + 19 * z5 + 17 * z3 - 15 * Z) / (384.0 * free * free * free);
        return Z + first + second + third;
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum / values.length;
    }
}
