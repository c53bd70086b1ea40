package muflex.engine.tornado;

import java.util.SplittableRandom;
import muflex.attention.AttentionShape;
import muflex.attention.Precision;

/**
 * How far rounding weights to 16 bits may move attention's results, told by the exact operation itself. A sum {@code Σ_j w_j x_j} of
 * rows whose weights are each off by a part {@code u} of themselves is off by about {@code u (Σ_j w_j² |x_j|²)^½}, which is more than
 * {@code u} times the sum where its terms cancel: dq, whose weights sum to 0, where keys have a mean in common. With independent
 * normal numbers {@code r_j} the sum {@code Σ_j w_j |x_j| r_j} has the variance {@code Σ_j w_j² |x_j|²} (Hutchinson, Commun. Stat.
 * Simul. 18, 1989, for the trace of a matrix). So rows {@code x_j} are given {@value #MOST} more columns, {@code |x_j| r_j}, and the
 * results have as many more; rows that they are multiplied by have zeros there, so that scores and δ stay what they are.
 *
 * @param count of columns added at a time; 0 in single precision, where weights are not rounded
 */
record RoundingColumns(int count) {
    private static final int MOST = 8;

    static RoundingColumns of(Precision precision) {
        return new RoundingColumns(precision == Precision.SINGLE ? 0 : MOST);
    }

    /** With {@code times} more sets of columns of queries and keys, and one of values. */
    AttentionShape widen(AttentionShape s, int times) {
        return new AttentionShape(
                s.batch(),
                s.queryHeads(),
                s.kvHeads(),
                s.queryLength(),
                s.kvLength(),
                s.headDim() + times * count,
                s.valueDim() + count);
    }

    /** Rows of {@code width}, and zeros behind each. */
    float[] withZeros(float[] rows, int width) {
        if (count == 0) {
            return rows;
        }
        int wide = width + count;
        float[] all = new float[rows.length / width * wide];
        for (int row = 0; row < rows.length / width; row++) {
            System.arraycopy(rows, row * width, all, row * wide, width);
        }
        return all;
    }

    /** Rows of {@code width}, and behind each its size times normal numbers, which {@code seed} decides. */
    float[] withSizes(float[] rows, int width, long seed) {
        float[] all = withZeros(rows, width);
        SplittableRandom random = new SplittableRandom(seed);
        int wide = width + count;
        for (int at = 0; at < all.length && count > 0; at += wide) {
            double size = Ends.norm(all, at, width);
            for (int c = width; c < wide; c++) {
                // Infinite rows make infinite results, or NaNs, without these.
                all[at + c] = Double.isFinite(size) ? (float) (size * random.nextGaussian()) : 0;
            }
        }
        return all;
    }

    /** Columns {@code [from, from + taken)} of rows of {@code width}. */
    static float[] columns(float[] rows, int width, int from, int taken) {
        float[] part = new float[rows.length / width * taken];
        for (int row = 0; row < rows.length / width; row++) {
            System.arraycopy(rows, row * width + from, part, row * taken, taken);
        }
        return part;
    }

    /** {@code (Σ w² |x|²)^½} over all results whose added columns, from {@code from} on, these are. */
    double terms(float[] rows, int width, int from) {
        double norm = count == 0 ? 0 : Ends.norm(columns(rows, width, from, count)) / Math.sqrt(count);
        return Double.isFinite(norm) ? norm : 0;
    }
}
