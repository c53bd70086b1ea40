package muflex.experiments.cost;

import java.util.List;
import muflex.experiments.RunFailed;
import muflex.experiments.report.Units;

/** Answers beside the right ones. */
final class Agreement {

    /** What single precision may be off, relative to the answer's size. */
    static final double SINGLE = 1e-5;

    private Agreement() {}

    /**
     * The largest difference.
     *
     * @param limit of {@code |got − expected| / |expected|}, Euclidean norms over each array
     * @throws RunFailed if an array is further off: then nothing is timed
     */
    static double check(String what, double limit, List<float[]> expected, List<float[]> got) {
        double largest = 0;
        for (int a = 0; a < expected.size(); a++) {
            double error = 0;
            double size = 0;
            for (int i = 0; i < expected.get(a).length; i++) {
                double right = expected.get(a)[i];
                double difference = right == got.get(a)[i] ? 0 : Math.abs(right - got.get(a)[i]);
                error += difference * difference;
                size += Double.isInfinite(right) ? 0 : right * right;
                largest = Math.max(largest, difference);
            }
            double relative = Math.sqrt(error / Math.max(size, Double.MIN_NORMAL));
            if (!(relative <= limit)) {
                throw new RunFailed(what + ": expected answers within " + Units.scientific(limit)
                        + " of the right ones, got " + Units.scientific(relative) + "; nothing is timed");
            }
        }
        return largest;
    }
}
