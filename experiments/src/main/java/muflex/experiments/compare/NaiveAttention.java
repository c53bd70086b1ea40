package muflex.experiments.compare;

import java.util.Arrays;
import muflex.attention.AttentionShape;
import muflex.attention.ScoreMod;
import org.jspecify.annotations.Nullable;

/**
 * Attention as a textbook has it: one thread, one query row at a time, plain float32 sums, the mod called as an
 * ordinary lambda for each live score. It is the time that devices are compared with, and its error is the unit of
 * their error budget. Arrays and formulas are those of {@link muflex.engine.AttentionSpec}.
 */
final class NaiveAttention {

    private final Setup setup;
    private final AttentionShape shape;
    private final float scale;
    private final float[] scores;

    NaiveAttention(Setup setup) {
        this.setup = setup;
        shape = setup.shape();
        scale = shape.defaultScale();
        scores = new float[shape.kvLength()];
    }

    void forward(Tensors tensors, float[] out, float[] lse) {
        Arrays.fill(out, 0);
        for (int b = 0; b < shape.batch(); b++) {
            for (int h = 0; h < shape.queryHeads(); h++) {
                for (int q = 0; q < shape.queryLength(); q++) {
                    forwardRow(tensors, b, h, q, out, lse);
                }
            }
        }
    }

    private void forwardRow(Tensors tensors, int b, int h, int q, float[] out, float[] lse) {
        int row = (b * shape.queryHeads() + h) * shape.queryLength() + q;
        float greatest = Float.NEGATIVE_INFINITY;
        for (int kv = 0; kv < shape.kvLength(); kv++) {
            scores[kv] = Float.NEGATIVE_INFINITY;
            if (setup.allows(b, h, q, kv)) {
                scores[kv] = modified(raw(tensors, row, b, h, kv), b, h, q, kv);
                greatest = Math.max(greatest, scores[kv]);
            }
        }
        if (greatest == Float.NEGATIVE_INFINITY) {
            lse[row] = greatest;
            return;
        }
        float sum = 0;
        for (int kv = 0; kv < shape.kvLength(); kv++) {
            if (scores[kv] > Float.NEGATIVE_INFINITY) {
                float weight = (float) Math.exp(scores[kv] - greatest);
                sum += weight;
                add(weight, tensors.v(), value(b, h, kv), out, row * shape.valueDim(), shape.valueDim());
            }
        }
        for (int d = 0; d < shape.valueDim(); d++) {
            out[row * shape.valueDim() + d] /= sum;
        }
        lse[row] = greatest + (float) Math.log(sum);
    }

    /** Overwrites the gradients; {@code dLearned} is null unless the variant learns. */
    void backward(
            Tensors tensors,
            float[] out,
            float[] lse,
            float[] dq,
            float[] dk,
            float[] dv,
            float @Nullable [] dLearned) {
        Arrays.fill(dq, 0);
        Arrays.fill(dk, 0);
        Arrays.fill(dv, 0);
        if (dLearned != null) {
            Arrays.fill(dLearned, 0);
        }
        for (int b = 0; b < shape.batch(); b++) {
            for (int h = 0; h < shape.queryHeads(); h++) {
                for (int q = 0; q < shape.queryLength(); q++) {
                    backwardRow(tensors, b, h, q, out, lse, dq, dk, dv, dLearned);
                }
            }
        }
    }

    private void backwardRow(
            Tensors tensors,
            int b,
            int h,
            int q,
            float[] out,
            float[] lse,
            float[] dq,
            float[] dk,
            float[] dv,
            float @Nullable [] dLearned) {
        int row = (b * shape.queryHeads() + h) * shape.queryLength() + q;
        int queryAt = row * shape.headDim();
        int outAt = row * shape.valueDim();
        float delta = dot(out, outAt, tensors.dOut(), outAt, shape.valueDim());
        for (int kv = 0; kv < shape.kvLength(); kv++) {
            if (!setup.allows(b, h, q, kv)) {
                continue;
            }
            int keyAt = key(b, h, kv);
            int valueAt = value(b, h, kv);
            float raw = raw(tensors, row, b, h, kv);
            float weight = (float) Math.exp(modified(raw, b, h, q, kv) - lse[row]);
            add(weight, tensors.dOut(), outAt, dv, valueAt, shape.valueDim());
            float dScore = weight * (dot(tensors.dOut(), outAt, tensors.v(), valueAt, shape.valueDim()) - delta);
            ScoreDerivative derivative = setup.derivative();
            float dRaw = dScore * scale;
            if (derivative != null) {
                dRaw *= derivative.byScore(raw, b, h, q, kv);
                if (dLearned != null) {
                    derivative.byLearned(dScore, raw, b, h, q, kv, dLearned);
                }
            }
            add(dRaw, tensors.k(), keyAt, dq, queryAt, shape.headDim());
            add(dRaw, tensors.q(), queryAt, dk, keyAt, shape.headDim());
        }
    }

    private float raw(Tensors tensors, int row, int b, int h, int kv) {
        return scale * dot(tensors.q(), row * shape.headDim(), tensors.k(), key(b, h, kv), shape.headDim());
    }

    private float modified(float raw, int b, int h, int q, int kv) {
        ScoreMod mod = setup.mod();
        return mod == null ? raw : mod.apply(raw, b, h, q, kv);
    }

    private int key(int b, int h, int kv) {
        return ((b * shape.kvHeads() + h / shape.groupSize()) * shape.kvLength() + kv) * shape.headDim();
    }

    private int value(int b, int h, int kv) {
        return ((b * shape.kvHeads() + h / shape.groupSize()) * shape.kvLength() + kv) * shape.valueDim();
    }

    private static float dot(float[] a, int aAt, float[] b, int bAt, int count) {
        float sum = 0;
        for (int i = 0; i < count; i++) {
            sum += a[aAt + i] * b[bAt + i];
        }
        return sum;
    }

    private static void add(float factor, float[] from, int fromAt, float[] to, int toAt, int count) {
        for (int i = 0; i < count; i++) {
            to[toAt + i] += factor * from[fromAt + i];
        }
    }
}
