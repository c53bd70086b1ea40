package muflex.experiments.report;

import java.util.Arrays;
import java.util.List;

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

    public double lowerQuartile() {
        return quantile(0.25);
    }

    public double upperQuartile() {
        return quantile(0.75);
    }

    public long min() {
        return sorted[0];
    }

    /** The value below which the share {@code p} (0 to 1) of the samples lies. */
    public double quantile(double p) {
        double position = p * (sorted.length - 1);
        int below = (int) Math.floor(position);
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
    }
}
