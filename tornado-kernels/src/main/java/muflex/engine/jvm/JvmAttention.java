package muflex.engine.jvm;

import java.util.Arrays;
import java.util.List;
import muflex.attention.AttentionShape;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.lowering.Spans;
import org.jspecify.annotations.Nullable;

/**
 * Attention by the kernels of {@code muflex.kernels}. Keeps the mask's spans and, from the first backward on, its scratch:
 * O(queries · headDim). Deterministic for a given number of threads; forward for any.
 */
final class JvmAttention implements AttentionOp {
    private static final float[] NONE = {};

    private final AttentionShape shape;
    private final AttentionSpec spec;
    private final AttentionKernels kernels;
    private final AttentionMods mods;
    private final Workers workers;
    private final int[] sizes;
    private final Spans byQuery;
    private @Nullable Spans byKey;
    private float[] delta = NONE;
    private float[] dqParts = NONE;

    JvmAttention(AttentionSpec spec, AttentionKernels kernels, AttentionMods mods, Workers workers) {
        this.spec = spec;
        this.kernels = kernels;
        this.mods = mods;
        this.workers = workers;
        shape = spec.shape();
        sizes = Spans.sizes(spec.mask(), shape);
        byQuery = Spans.ofQueries(spec.mask(), shape, !spec.interpret());
    }

    @Override
    public void forward(float[] q, float[] k, float[] v, float[] out, float[] lse) {
        float[] sinks = spec.sinks() == null ? NONE : spec.sinks();
        workers.run(forwardItems(), (first, last) -> {
            kernels.forward()
                    .invokeExact(
                            q,
                            k,
                            v,
                            out,
                            lse,
                            sinks,
                            byQuery.starts(),
                            byQuery.spans(),
                            sizes,
                            spec.scale(),
                            spec.dropout(),
                            spec.seed(),
                            mods.captures(),
                            first,
                            last);
        });
    }

    private int forwardItems() {
        try {
            return (int) kernels.items().invokeExact(sizes);
        } catch (Throwable e) {
            throw Workers.unchecked(e);
        }
    }

    private int partSize() {
        try {
            return (int) kernels.partSize().invokeExact(sizes);
        } catch (Throwable e) {
            throw Workers.unchecked(e);
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
        mods.requireDerivative();
        int rows = shape.batch() * shape.queryHeads() * shape.queryLength();
        delta = sized(delta, rows);
        float[] lseGradients = dLse == null ? NONE : dLse;
        workers.run(rows, 64, (first, last) -> {
            kernels.delta().invokeExact(out, dOut, lseGradients, delta, shape.valueDim(), first, last);
        });
        int parts = backwardKeys(q, k, v, lse, dOut, dk, dv, dLearnable);
        workers.run(rows, 64, (first, last) -> {
            kernels.sumParts().invokeExact(dqParts, parts, sizes, spec.scale(), dq, first, last);
        });
        sinkGradient(lse, dLearnable);
    }

    /** dk, dv, the parts of dq, and the gradients of captured arrays; returns how many parts. */
    private int backwardKeys(
            float[] q, float[] k, float[] v, float[] lse, float[] dOut, float[] dk, float[] dv, float[][] dLearnable) {
        Spans spans = byKey;
        if (spans == null) {
            spans = Spans.ofKeys(spec.mask(), shape, !spec.interpret());
            byKey = spans;
        }
        Spans lists = spans;
        int parts = parts();
        int units = shape.batch() * shape.kvHeads() * parts;
        dqParts = sized(dqParts, parts * partSize());
        Learnable learnable = new Learnable(mods, spec.learnable(), dLearnable, workers.threads(), units);
        workers.run(learnable.items(), (first, last) -> {
            kernels.backward()
                    .invokeExact(
                            q,
                            k,
                            v,
                            dOut,
                            lse,
                            delta,
                            dqParts,
                            dk,
                            dv,
                            lists.starts(),
                            lists.spans(),
                            sizes,
                            spec.scale(),
                            mods.hasDerivative(),
                            learnable.wanted(),
                            spec.dropout(),
                            spec.seed(),
                            mods.captures(),
                            learnable.gradients(),
                            parts,
                            learnable.items(),
                            first,
                            last);
        });
        learnable.sum();
        return parts;
    }

    /**
     * Parts into which the keys of one head are dealt: enough for two units of work a thread, as long as dq's parts
     * fit one array.
     */
    private int parts() {
        int heads = shape.batch() * shape.kvHeads();
        int wanted = Math.ceilDiv(2 * workers.threads(), heads);
        int keyTiles = Math.ceilDiv(shape.kvLength(), 64);
        int fitting = Integer.MAX_VALUE / partSize();
        return Math.max(1, Math.min(Math.min(wanted, keyTiles), fitting));
    }

    /** dsinks[h] = Σ exp(sinks[h] − lse) · (dLse − δ) over the rows of head h, in order. */
    @SuppressWarnings("ReferenceEquality") // learnable arrays are known by identity
    private void sinkGradient(float[] lse, float[][] dLearnable) {
        float[] sinks = spec.sinks();
        List<float[]> learnable = spec.learnable();
        for (int i = 0; sinks != null && i < learnable.size(); i++) {
            if (learnable.get(i) == sinks) {
                Arrays.fill(dLearnable[i], 0f);
                for (int row = 0; row < shape.batch() * shape.queryHeads() * shape.queryLength(); row++) {
                    int h = row / shape.queryLength() % shape.queryHeads();
                    dLearnable[i][h] -= (float) Math.exp(sinks[h] - lse[row]) * delta[row];
                }
            }
        }
    }

    private static float[] sized(float[] array, int size) {
        return array.length >= size ? array : new float[size];
    }

    @Override
    public void close() {}
}
