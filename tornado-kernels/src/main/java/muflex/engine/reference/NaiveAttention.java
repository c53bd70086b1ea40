package muflex.engine.reference;

import java.util.Arrays;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.Weights;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.kernels.Philox;
import org.jspecify.annotations.Nullable;

/**
 * Attention as a plain float32 program would have it: one thread, one score after the other, the lambda called for each.
 * It is two yardsticks in one: its error against {@link ReferenceAttention} is the error that float32 itself makes, and
 * its time is what a loop without any of the project costs. Masked keys are skipped, as any such loop would.
 */
public final class NaiveAttention implements AttentionOp {

    /** Sum of softplus past which e⁻¹⁷ = 4e-8 of the stick is left, and {@code delta - gained} is rounding. */
    private static final float USED_UP = 17;

    private final AttentionSpec spec;
    private final AttentionShape shape;
    private final Mod mod;
    private final RowKeys keys;
    private final float[] raw;
    private final float[] scores;

    public NaiveAttention(AttentionSpec spec) {
        this.spec = spec;
        shape = spec.shape();
        mod = Mods.of(spec);
        keys = new RowKeys(spec.mask(), shape.kvLength());
        raw = new float[shape.kvLength()];
        scores = new float[shape.kvLength()];
    }

    @Override
    public void forward(float[] q, float[] k, float[] v, float[] out, float[] lse) {
        Arrays.fill(out, 0);
        for (int b = 0; b < shape.batch(); b++) {
            for (int h = 0; h < shape.queryHeads(); h++) {
                for (int i = 0; i < shape.queryLength(); i++) {
                    scores(b, h, i, q, k);
                    forwardRow(b, h, i, v, out, lse);
                }
            }
        }
    }

    @Override
    public void maxScores(float[] q, float[] k, float[] max) {
        for (int b = 0; b < shape.batch(); b++) {
            for (int h = 0; h < shape.queryHeads(); h++) {
                for (int i = 0; i < shape.queryLength(); i++) {
                    scores(b, h, i, q, k);
                    float largest = Float.NEGATIVE_INFINITY;
                    for (int key = 0; key < keys.count; key++) {
                        largest = Math.max(largest, scores[key]);
                    }
                    max[row(b, h, i)] = largest;
                }
            }
        }
    }

    @Override
    public void replaceMask(BlockMask mask) {
        throw new UnsupportedOperationException("mask: expected one that stays, got a changing one; use reference");
    }

    @Override
    public String explain() {
        return "one thread, one score after the other, the lambda called for each";
    }

    private int row(int b, int h, int q) {
        return (b * shape.queryHeads() + h) * shape.queryLength() + q;
    }

    private int key(int b, int h, int i) {
        return (b * shape.kvHeads() + h / shape.groupSize()) * shape.kvLength() + keys.keys[i];
    }

    private float keep(int b, int h, int q, int i) {
        return spec.dropout() == 0 ? 1 : Philox.keep(spec.seed(), spec.dropout(), b, h, q, keys.keys[i]);
    }

    private void scores(int b, int h, int q, float[] query, float[] key) {
        keys.find(b, h, q);
        int dim = shape.headDim();
        for (int i = 0; i < keys.count; i++) {
            raw[i] = spec.scale() * dot(query, row(b, h, q) * dim, key, key(b, h, i) * dim, dim);
            scores[i] = spec.scoreMod() == null ? raw[i] : spec.scoreMod().apply(raw[i], b, h, q, keys.keys[i]);
        }
    }

    private void forwardRow(int b, int h, int q, float[] v, float[] out, float[] lse) {
        if (spec.weights() == Weights.STICK_BREAKING) {
            breakStick(b, h, q, v, out, lse);
            return;
        }
        float[] sinks = spec.sinks();
        float max = sinks == null ? Float.NEGATIVE_INFINITY : sinks[h];
        for (int i = 0; i < keys.count; i++) {
            max = Math.max(max, scores[i]);
        }
        int row = row(b, h, q);
        lse[row] = max;
        if (max == Float.NEGATIVE_INFINITY) {
            return;
        }
        float sum = sinks == null ? 0 : (float) Math.exp(sinks[h] - max);
        for (int i = 0; i < keys.count; i++) {
            scores[i] = (float) Math.exp(scores[i] - max);
            sum += scores[i];
        }
        lse[row] = max + (float) Math.log(sum);
        int dim = shape.valueDim();
        for (int i = 0; i < keys.count; i++) {
            add(out, row * dim, scores[i] / sum * keep(b, h, q, i), v, key(b, h, i) * dim, dim);
        }
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
        Arrays.fill(dq, 0);
        Arrays.fill(dk, 0);
        Arrays.fill(dv, 0);
        for (float[] gradient : dLearnable) {
            Arrays.fill(gradient, 0);
        }
        for (int b = 0; b < shape.batch(); b++) {
            for (int h = 0; h < shape.queryHeads(); h++) {
                for (int i = 0; i < shape.queryLength(); i++) {
                    int row = row(b, h, i);
                    float delta = dot(out, row * shape.valueDim(), dOut, row * shape.valueDim(), shape.valueDim());
                    float onLse = dLse == null ? 0 : dLse[row];
                    Gradients gradients = new Gradients(q, k, v, dOut, dq, dk, dv, dLearnable);
                    if (spec.weights() == Weights.STICK_BREAKING) {
                        scores(b, h, i, q, k);
                        stickBackward(b, h, i, delta, onLse, gradients);
                    } else if (lse[row] != Float.NEGATIVE_INFINITY) {
                        scores(b, h, i, q, k);
                        backwardRow(b, h, i, lse[row], delta - onLse, gradients);
                        accumulateSink(h, lse[row], delta - onLse, dLearnable);
                    }
                }
            }
        }
    }

    private record Gradients(
            float[] q, float[] k, float[] v, float[] dOut, float[] dq, float[] dk, float[] dv, float[][] dLearnable) {}

    private void breakStick(int b, int h, int q, float[] v, float[] out, float[] lse) {
        int dim = shape.valueDim();
        float passed = 0;
        for (int i = keys.count - 1; i >= 0; i--) {
            float p = (float) Stick.share(scores[i]) * (float) Math.exp(-passed);
            add(out, row(b, h, q) * dim, p, v, key(b, h, i) * dim, dim);
            passed += (float) Stick.softplus(scores[i]);
        }
        lse[row(b, h, q)] = passed;
    }

    private void stickBackward(int b, int h, int q, float delta, float dLse, Gradients g) {
        float passed = 0;
        float gained = 0;
        for (int i = keys.count - 1; i >= 0; i--) {
            float share = (float) Stick.share(scores[i]);
            float p = share * (float) Math.exp(-passed);
            float gain = p * weightGradient(b, h, q, i, g);
            float older = passed > USED_UP ? 0 : delta - gained;
            pair(b, h, q, i, p, gain - share * (older - dLse), g);
            passed += (float) Stick.softplus(scores[i]);
            gained += gain;
        }
    }

    private void backwardRow(int b, int h, int q, float lse, float delta, Gradients g) {
        for (int i = 0; i < keys.count; i++) {
            float p = (float) Math.exp(scores[i] - lse);
            if (p != 0) {
                float kept = keep(b, h, q, i);
                pair(b, h, q, i, p * kept, p * (kept * weightGradient(b, h, q, i, g) - delta), g);
            }
        }
    }

    /** {@code Σ dOut · v[kv]}. */
    private float weightGradient(int b, int h, int q, int i, Gradients g) {
        int dim = shape.valueDim();
        return dot(g.dOut, row(b, h, q) * dim, g.v, key(b, h, i) * dim, dim);
    }

    /** What a pair adds to all gradients, from its weight and the derivative by its modified score. */
    private void pair(int b, int h, int q, int i, float weight, float dScore, Gradients g) {
        int row = row(b, h, q);
        int key = key(b, h, i);
        int kv = keys.keys[i];
        int dim = shape.headDim();
        add(g.dv, key * shape.valueDim(), weight, g.dOut, row * shape.valueDim(), shape.valueDim());
        mod.accumulate(raw[i], b, h, q, kv, dScore, (array, at, value) -> g.dLearnable[array][at] += (float) value);
        float dRaw = spec.scale() * dScore * (float) mod.derivative(raw[i], b, h, q, kv);
        add(g.dq, row * dim, dRaw, g.k, key * dim, dim);
        add(g.dk, key * dim, dRaw, g.q, row * dim, dim);
    }

    private void accumulateSink(int h, float lse, float delta, float[][] dLearnable) {
        float[] sinks = spec.sinks();
        int i = spec.learnableIndex(sinks);
        if (sinks != null && i >= 0) {
            dLearnable[i][h] -= (float) Math.exp(sinks[h] - lse) * delta;
        }
    }

    private static float dot(float[] a, int aOffset, float[] b, int bOffset, int n) {
        float sum = 0;
        for (int i = 0; i < n; i++) {
            sum += a[aOffset + i] * b[bOffset + i];
        }
        return sum;
    }

    private static void add(float[] to, int toOffset, float factor, float[] from, int fromOffset, int n) {
        for (int i = 0; i < n; i++) {
            to[toOffset + i] += factor * from[fromOffset + i];
        }
    }

    @Override
    public void close() {}
}
