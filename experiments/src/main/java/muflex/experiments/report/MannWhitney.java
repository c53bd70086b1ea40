package muflex.experiments.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The two-sided Mann–Whitney U test: whether one of two samples tends to larger values, whatever their distribution
 * (Mann and Whitney 1947). Exact for small samples without ties, else by the normal approximation with the correction
 * for ties and continuity, as R's {@code wilcox.test} does it.
 */
public final class MannWhitney {

    /** Up to this many samples a side the distribution of U is counted out. */
    private static final int EXACT = 50;

    private MannWhitney() {}

    private record Value(double value, boolean first) {}

    /** The probability of samples that differ at least so much, if both come from one distribution. */
    public static double p(double[] a, double[] b) {
        List<Value> all = new ArrayList<>();
        for (double value : a) {
            all.add(new Value(value, true));
        }
        for (double value : b) {
            all.add(new Value(value, false));
        }
        all.sort(Comparator.comparingDouble(Value::value));
        double rankSum = 0;
        double ties = 0;
        int i = 0;
        while (i < all.size()) {
            int j = i;
            while (j + 1 < all.size() && all.get(j + 1).value() == all.get(i).value()) {
                j++;
            }
            double count = j - i + 1;
            ties += count * count * count - count;
            for (int k = i; k <= j; k++) {
                rankSum += all.get(k).first() ? (i + j) / 2.0 + 1 : 0;
            }
            i = j + 1;
        }
        double u = rankSum - a.length * (a.length + 1) / 2.0;
        return ties == 0 && a.length < EXACT && b.length < EXACT
                ? exact(u, a.length, b.length)
                : approximate(u, a.length, b.length, ties);
    }

    private static double exact(double u, int m, int n) {
        double[] counts = counts(m, n);
        int least = (int) Math.min(u, (double) m * n - u);
        double tail = 0;
        double total = 0;
        for (int k = 0; k < counts.length; k++) {
            total += counts[k];
            tail += k <= least ? counts[k] : 0;
        }
        return Math.min(1, 2 * tail / total);
    }

    /** How many orders of m and n values give each U: the coefficients of a Gaussian binomial. */
    private static double[] counts(int m, int n) {
        double[] counts = new double[m * n + 1];
        counts[0] = 1;
        for (int i = 1; i <= m; i++) {
            // Times (1 − x^(n+i)), then divided by (1 − x^i).
            for (int k = counts.length - 1; k >= n + i; k--) {
                counts[k] -= counts[k - n - i];
            }
            for (int k = i; k < counts.length; k++) {
                counts[k] += counts[k - i];
            }
        }
        return counts;
    }

    private static double approximate(double u, int m, int n, double ties) {
        double total = m + n;
        double variance = m * (double) n / 12 * (total + 1 - ties / (total * (total - 1)));
        if (variance == 0) {
            return 1;
        }
        double z = Math.max(0, Math.abs(u - m * n / 2.0) - 0.5) / Math.sqrt(variance);
        return Math.min(1, erfc(z / Math.sqrt(2)));
    }

    /** Numerical Recipes' rational Chebyshev approximation, to 1.2e-7 of its value. */
    private static double erfc(double x) {
        double t = 1 / (1 + 0.5 * x);
        double[] c = {
            -1.26551223,
            1.00002368,
            0.37409196,
            0.09678418,
            -0.18628806,
            0.27886807,
            -1.13520398,
            1.48851587,
            -0.82215223,
            0.17087277
        };
        double sum = 0;
        for (int i = c.length - 1; i >= 0; i--) {
            sum = sum * t + c[i];
        }
        return t * Math.exp(-x * x + sum);
    }
}
