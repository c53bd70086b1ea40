package muflex.experiments.report;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Repeated measurements of one thing, in nanoseconds, in the order in which they were taken.
 *
 * <p>Quantiles interpolate linearly between order statistics (Hyndman and Fan's type 7, the default of R and NumPy).
 */
public final class Samples {

    private final long[] nanos;
    private final long[] sorted;

    /** @param nanos the raw samples; at least one */
    public Samples(long... nanos) {
        if (nanos.length == 0) {
            throw new IllegalArgumentException("nanos: expected at least one sample, got none; measure, then sum up");
        }
        this.nanos = nanos.clone();
        sorted = nanos.clone();
        Arrays.sort(sorted);
    }

    /** Every sample, in the order taken. */
    public List<Long> list() {
        return Arrays.stream(nanos).boxed().toList();
    }

    public double median() {
        return quantile(0.5);
    }

    /** The median of any numbers, at least one. */
    public static double median(double... values) {
        double[] ordered = values.clone();
        Arrays.sort(ordered);
        return quantile(ordered, 0.5);
    }

    public double lowerQuartile() {
        return quantile(0.25);
    }

    public double upperQuartile() {
        return quantile(0.75);
    }

    /** The lower end of a confidence interval of the median at 95 %; null with fewer than six samples. */
    public @Nullable Long lowerBound() {
        int rank = rank();
        return rank < 0 ? null : (Long) sorted[rank];
    }

    /** The upper end; see {@link #lowerBound}. */
    public @Nullable Long upperBound() {
        int rank = rank();
        return rank < 0 ? null : (Long) sorted[sorted.length - 1 - rank];
    }

    /**
     * How many order statistics lie outside the interval on each side: the most with {@code P(B ≤ rank − 1) ≤ 2.5 %} for a
     * binomial B of n fair coins, since each sample falls below the median with probability ½ whatever their distribution
     * (David and Nagaraja 2003, 7.1). −1 if even the whole range covers less.
     */
    private int rank() {
        int n = sorted.length;
        double logChoose = 0;
        double tail = 0;
        for (int below = 0; below < n; below++) {
            tail += Math.exp(logChoose - n * Math.log(2));
            if (tail > 0.025) {
                return below - 1;
            }
            logChoose += Math.log(n - below) - Math.log(below + 1);
        }
        throw new IllegalStateException("the tails of a distribution sum up to 1");
    }

    public long min() {
        return sorted[0];
    }

    /** The value below which the share {@code p} (0 to 1) of the samples lies. */
    public double quantile(double p) {
        return quantile(Arrays.stream(sorted).asDoubleStream().toArray(), p);
    }

    private static double quantile(double[] ordered, double p) {
        double position = p * (ordered.length - 1);
        int below = (int) Math.floor(position);
        int above = Math.min(below + 1, ordered.length - 1);
        return ordered[below] + (position - below) * (ordered[above] - ordered[below]);
    }
}
