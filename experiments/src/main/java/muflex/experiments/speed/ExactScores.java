package muflex.experiments.speed;

import muflex.attention.AttentionShape;
import muflex.attention.ScoreMod;

/** Modified scores in float64, one at a time. */
record ExactScores(AttentionShape shape, SpeedVariant variant, float[] q, float[] k) {

    /** The head of a row of {@code [batch, heads, queries]}, counted over all batches. */
    int head(int row) {
        return row / shape.queryLength();
    }

    /** The row of key 0 in k and v that a row of queries meets. */
    int firstKey(int row) {
        return head(row) / shape.groupSize() * shape.kvLength();
    }

    /** The score of a row of queries and its head's key {@code kv}; −∞ where the mask forbids the pair. */
    double score(int row, int kv) {
        int b = head(row) / shape.queryHeads();
        int h = head(row) % shape.queryHeads();
        int query = row % shape.queryLength();
        if (variant.mask() != null && !variant.mask().test(b, h, query, kv)) {
            return Double.NEGATIVE_INFINITY;
        }
        double scaled = dot(q, row, k, firstKey(row) + kv, shape.headDim()) * shape.defaultScale();
        // The mods timed here add to the score: what they add is asked for at 0, so that the score stays double.
        ScoreMod mod = variant.scoreMod();
        return mod == null ? scaled : scaled + mod.apply(0, b, h, query, kv);
    }

    /** The product of row {@code i} of {@code a} and row {@code j} of {@code b}. */
    static double dot(float[] a, int i, float[] b, int j, int dim) {
        double sum = 0;
        for (int e = 0; e < dim; e++) {
            sum += (double) a[i * dim + e] * b[j * dim + e];
        }
        return sum;
    }
}
