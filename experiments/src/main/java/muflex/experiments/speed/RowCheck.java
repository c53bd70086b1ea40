package muflex.experiments.speed;

import java.util.Random;
import java.util.stream.IntStream;
import muflex.attention.AttentionShape;
import muflex.attention.ScoreMod;

/** Some rows of an answer against float64: enough to catch a wrong kernel, at shapes where all rows would take minutes. */
final class RowCheck {
    private static final int ROWS = 48;

    /**
     * @param largest largest |out − float64|
     * @param mean mean of the same
     * @param lse largest error of lse
     */
    record Errors(double largest, double mean, double lse) {
        private Errors plus(Errors o) {
            return new Errors(Math.max(largest, o.largest), mean + o.mean, Math.max(lse, o.lse));
        }
    }

    private final AttentionShape shape;
    private final SpeedVariant variant;
    private final float[] q;
    private final float[] k;
    private final float[] v;

    RowCheck(AttentionShape shape, SpeedVariant variant, float[] q, float[] k, float[] v) {
        this.shape = shape;
        this.variant = variant;
        this.q = q;
        this.k = k;
        this.v = v;
    }

    /** The errors over {@value #ROWS} rows, the last of all heads among them; NaN where an answer is NaN. */
    Errors errors(float[] out, float[] lse) {
        int rows = shape.lseSize();
        int[] chosen = new Random(rows).ints(ROWS, 0, rows).toArray();
        chosen[0] = rows - 1;
        Errors sum = IntStream.of(chosen)
                .parallel()
                .mapToObj(row -> row(row, out, lse))
                .reduce(new Errors(0, 0, 0), Errors::plus);
        return new Errors(sum.largest, sum.mean / ROWS, sum.lse);
    }

    private Errors row(int row, float[] out, float[] lse) {
        int head = row / shape.queryLength();
        int firstKey = head / shape.groupSize() * shape.kvLength();
        double[] scores = new double[shape.kvLength()];
        double max = Double.NEGATIVE_INFINITY;
        for (int kv = 0; kv < scores.length; kv++) {
            scores[kv] = score(row, head, firstKey + kv, kv);
            max = Math.max(max, scores[kv]);
        }
        double sum = 0;
        double[] expected = new double[shape.valueDim()];
        for (int kv = 0; kv < scores.length; kv++) {
            double weight = Math.exp(scores[kv] - max);
            sum += weight;
            for (int e = 0; e < expected.length; e++) {
                expected[e] += weight * v[(firstKey + kv) * expected.length + e];
            }
        }
        double largest = 0;
        double total = 0;
        for (int e = 0; e < expected.length; e++) {
            double error = Math.abs(out[row * expected.length + e] - expected[e] / sum);
            largest = Math.max(largest, error);
            total += error;
        }
        return new Errors(largest, total / expected.length, Math.abs(lse[row] - (max + Math.log(sum))));
    }

    private double score(int row, int head, int key, int kv) {
        int b = head / shape.queryHeads();
        int h = head % shape.queryHeads();
        int query = row % shape.queryLength();
        if (variant.mask() != null && !variant.mask().test(b, h, query, kv)) {
            return Double.NEGATIVE_INFINITY;
        }
        double dot = 0;
        for (int e = 0; e < shape.headDim(); e++) {
            dot += (double) q[row * shape.headDim() + e] * k[key * shape.headDim() + e];
        }
        double scaled = dot * shape.defaultScale();
        return modified(scaled, b, h, query, kv);
    }

    /** The mods timed here add to the score: what they add is asked for at 0, so that the score stays double. */
    private double modified(double score, int b, int h, int query, int kv) {
        ScoreMod mod = variant.scoreMod();
        return mod == null ? score : score + mod.apply(0, b, h, query, kv);
    }
}
