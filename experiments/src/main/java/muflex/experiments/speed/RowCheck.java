package muflex.experiments.speed;

import java.util.Random;
import java.util.stream.IntStream;
import muflex.attention.AttentionShape;
import muflex.attention.Precision;
import muflex.experiments.report.Units;
import org.jspecify.annotations.Nullable;

/** Some rows of an answer against float64: enough to catch a wrong kernel, at shapes where all rows would take minutes. */
final class RowCheck {
    private static final int ROWS = 48;

    /** Inputs are normal, so answers are below about 5: far more than rounding, far less than a wrong kernel. */
    private static double limit(Precision precision) {
        return switch (precision) {
            case SINGLE -> 1e-3;
            case HALF -> 2e-2;
            case BFLOAT16 -> 1e-1;
        };
    }

    /**
     * @param largest largest |out − float64|
     * @param mean mean of the same
     * @param lse largest error of lse, 0 for gradients and where it is not known
     */
    record Errors(double largest, double mean, double lse) {

        /** Why an answer with these errors is not timed; null if it may be. */
        @Nullable
        String complaint(Precision precision) {
            double limit = limit(precision);
            if (largest <= limit && lse <= limit) {
                return null;
            }
            return "expected errors against float64 of at most " + Units.scientific(limit) + ", got " + text(largest)
                    + " in out and " + text(lse) + " in lse; not timed";
        }

        private static String text(double error) {
            return Double.isNaN(error) ? "NaN" : Units.scientific(error);
        }

        Errors plus(Errors o) {
            return new Errors(Math.max(largest, o.largest), mean + o.mean, Math.max(lse, o.lse));
        }
    }

    private final AttentionShape shape;
    private final ExactScores exact;
    private final float[] v;

    RowCheck(ExactScores exact, float[] v) {
        this.exact = exact;
        this.v = v;
        shape = exact.shape();
    }

    /**
     * The errors over {@value #ROWS} rows, the last of all heads among them; NaN where an answer is NaN.
     *
     * @param lse null where it is not known, as another library's
     */
    Errors errors(float[] out, float @Nullable [] lse) {
        int rows = shape.lseSize();
        int[] chosen = new Random(rows).ints(ROWS, 0, rows).toArray();
        chosen[0] = rows - 1;
        Errors sum = IntStream.of(chosen)
                .parallel()
                .mapToObj(row -> row(row, out, lse))
                .reduce(new Errors(0, 0, 0), Errors::plus);
        return new Errors(sum.largest, sum.mean / ROWS, sum.lse);
    }

    private Errors row(int row, float[] out, float @Nullable [] lse) {
        int firstKey = exact.firstKey(row);
        double[] scores = new double[shape.kvLength()];
        double max = Double.NEGATIVE_INFINITY;
        for (int kv = 0; kv < scores.length; kv++) {
            scores[kv] = exact.score(row, kv);
            max = Math.max(max, scores[kv]);
        }
        double sum = 0;
        double[] expected = new double[shape.valueDim()];
        for (int kv = 0; kv < scores.length; kv++) {
            double weight = max == Double.NEGATIVE_INFINITY ? 0 : Math.exp(scores[kv] - max);
            sum += weight;
            for (int e = 0; e < expected.length; e++) {
                expected[e] += weight * v[(firstKey + kv) * expected.length + e];
            }
        }
        double largest = 0;
        double total = 0;
        for (int e = 0; e < expected.length; e++) {
            // A row without a key is 0, its lse -infinity.
            double error = Math.abs(out[row * expected.length + e] - (sum == 0 ? 0 : expected[e] / sum));
            largest = Math.max(largest, error);
            total += error;
        }
        double expectedLse = max + Math.log(sum);
        double lseError = lse == null || lse[row] == expectedLse ? 0 : Math.abs(lse[row] - expectedLse);
        return new Errors(largest, total / expected.length, lseError);
    }
}
