package muflex.engine.tornado;

import java.util.Arrays;
import java.util.function.IntBinaryOperator;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import org.jspecify.annotations.Nullable;

/**
 * Attention that rounds as the kernels for tensor cores do: the operands, the weights and the scores' gradients before they are summed;
 * δ is of the gradients as given. Sums are doubles. For score functions of derivative 1 with a learnable array or without.
 *
 * @param learned the place in the learnable array that the score of a query and a key reads; null without one
 */
record RoundedAttention(AttentionSpec spec, @Nullable IntBinaryOperator learned) implements AttentionOp {

    private AttentionShape shape() {
        return spec.shape();
    }

    /** What a query's row of pairs has; row and key are rows of q's and k's arrays. */
    private interface Pair {
        void at(int row, int key, int q, int kv, double score);
    }

    private void pairs(float[] q, float[] k, Pair pair) {
        AttentionShape s = shape();
        int group = s.queryHeads() / s.kvHeads();
        for (int row = 0; row < s.lseSize(); row++) {
            int i = row % s.queryLength();
            int h = row / s.queryLength() % s.queryHeads();
            int b = row / s.queryLength() / s.queryHeads();
            for (int j = 0; j < s.kvLength(); j++) {
                BlockMask mask = spec.mask();
                if (mask != null && !mask.allows(0, 0, i, j)) {
                    continue;
                }
                int key = (b * s.kvHeads() + h / group) * s.kvLength() + j;
                float score = (float) (spec.scale() * dot(q, row, k, key, s.headDim()));
                pair.at(
                        row,
                        key,
                        i,
                        j,
                        spec.scoreMod() == null ? score : spec.scoreMod().apply(score, b, h, i, j));
            }
        }
    }

    private double dot(float[] x, int row, float[] y, int other, int width) {
        double sum = 0;
        for (int d = 0; d < width; d++) {
            sum += (double) rounded(x[row * width + d]) * rounded(y[other * width + d]);
        }
        return sum;
    }

    private float rounded(double value) {
        return spec.precision().round((float) value);
    }

    private void add(double weight, float[] from, int row, double[] to, int at, int width) {
        for (int d = 0; d < width; d++) {
            to[at * width + d] += weight * rounded(from[row * width + d]);
        }
    }

    private static void store(double[] from, float[] to) {
        for (int i = 0; i < to.length; i++) {
            to[i] = (float) from[i];
        }
    }

    @Override
    public void forward(float[] q, float[] k, float[] v, float[] out, float[] lse) {
        int width = shape().valueDim();
        float[] max = new float[lse.length];
        maxScores(q, k, max);
        double[] sums = new double[lse.length];
        double[] result = new double[out.length];
        pairs(q, k, (row, key, i, j, score) -> {
            double weight = Math.exp(score - max[row]);
            sums[row] += weight;
            add(rounded(weight), v, key, result, row, width);
        });
        for (int x = 0; x < out.length; x++) {
            out[x] = sums[x / width] == 0 ? 0 : (float) (result[x] / sums[x / width]);
        }
        for (int row = 0; row < lse.length; row++) {
            lse[row] = (float) (max[row] + Math.log(sums[row]));
        }
    }

    @Override
    public void maxScores(float[] q, float[] k, float[] max) {
        Arrays.fill(max, Float.NEGATIVE_INFINITY);
        pairs(q, k, (row, key, i, j, score) -> max[row] = Math.max(max[row], (float) score));
    }

    @Override
    public void backward(
            float[] q,
            float[] k,
            float[] v,
            float[] out,
            float[] lse,
            float[] dOut,
            float @Nullable [] dLse,
            float[] dq,
            float[] dk,
            float[] dv,
            float[][] dLearnable) {
        int dim = shape().headDim();
        int width = shape().valueDim();
        double[] ofQ = new double[dq.length];
        double[] ofK = new double[dk.length];
        double[] ofV = new double[dv.length];
        double[] delta = new double[lse.length];
        for (int x = 0; x < out.length; x++) {
            delta[x / width] += (double) out[x] * dOut[x];
        }
        double[] ofLearned = new double[learned == null ? 0 : dLearnable[0].length];
        pairs(q, k, (row, key, i, j, score) -> {
            double weight = Math.exp(score - lse[row]);
            double ds = weight * (dot(dOut, row, v, key, width) - delta[row] + (dLse == null ? 0 : dLse[row]));
            add(rounded(weight), dOut, row, ofV, key, width);
            add(spec.scale() * rounded(ds), k, key, ofQ, row, dim);
            add(spec.scale() * rounded(ds), q, row, ofK, key, dim);
            if (learned != null) {
                ofLearned[learned.applyAsInt(i, j)] += ds;
            }
        });
        store(ofQ, dq);
        store(ofK, dk);
        store(ofV, dv);
        if (learned != null) {
            store(ofLearned, dLearnable[0]);
        }
    }

    @Override
    public void replaceMask(BlockMask mask) {
        throw new UnsupportedOperationException("replaceMask: expected one mask, got another");
    }

    @Override
    public String explain() {
        return "plain loops";
    }

    @Override
    public void close() {}
}
