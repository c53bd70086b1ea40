package muflex.engine.tornado;

import java.util.List;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.Weights;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;
import muflex.engine.DeviceTimes;
import org.jspecify.annotations.Nullable;

/**
 * An operation whose first answers are compared with another device's on a slice: the first {@value #ROWS} queries of the first
 * batch (out, lse, dQ), and its first {@value #ROWS} keys, or all of them for stick-breaking (dK, dV). TornadoVM can be wrong without saying so.
 */
final class VerifiedAttention implements AttentionOp {
    private static final int ROWS = 16;

    private final AttentionOp op;
    private AttentionSpec spec;
    private final Device oracle;
    private final String device;
    private boolean forwardVerified;
    private boolean backwardVerified;

    VerifiedAttention(AttentionOp op, AttentionSpec spec, Device oracle, String device) {
        this.op = op;
        this.spec = spec;
        this.oracle = oracle;
        this.device = device;
    }

    @Override
    public void forward(float[] q, float[] k, float[] v, float[] out, float[] lse) {
        op.forward(q, k, v, out, lse);
        if (!forwardVerified) {
            verifyForward(q, k, v, out, lse);
            forwardVerified = true;
        }
    }

    @Override
    public void maxScores(float[] q, float[] k, float[] max) {
        op.maxScores(q, k, max);
    }

    @Override
    public void replaceMask(BlockMask mask) {
        op.replaceMask(mask);
        spec = spec.withMask(mask);
    }

    @Override
    public String explain() {
        return op.explain();
    }

    private AttentionShape shape() {
        return spec.shape();
    }

    /** The operation on the first batch, with some of its queries and keys. */
    private AttentionSpec slice(int queries, int keys) {
        AttentionShape s = shape();
        AttentionShape part =
                new AttentionShape(1, s.queryHeads(), s.kvHeads(), queries, keys, s.headDim(), s.valueDim());
        BlockMask mask = spec.mask();
        return spec.withShape(part).withMask(mask == null ? null : mask.adjust(queries, keys));
    }

    /** The first {@code rows} rows of each of the first batch's {@code heads} heads, which have {@code of} rows. */
    private static float[] rows(float[] array, int heads, int of, int rows, int width) {
        float[] part = new float[heads * rows * width];
        for (int h = 0; h < heads; h++) {
            System.arraycopy(array, h * of * width, part, h * rows * width, rows * width);
        }
        return part;
    }

    private float[] queries(float[] array, int rows, int width) {
        return rows(array, shape().queryHeads(), shape().queryLength(), rows, width);
    }

    private float[] keys(float[] array, int rows, int width) {
        return rows(array, shape().kvHeads(), shape().kvLength(), rows, width);
    }

    private void verifyForward(float[] q, float[] k, float[] v, float[] out, float[] lse) {
        AttentionShape s = shape();
        int rows = Math.min(ROWS, s.queryLength());
        AttentionSpec slice = slice(rows, s.kvLength());
        float[] expectedOut = new float[slice.shape().outSize()];
        float[] expectedLse = new float[slice.shape().lseSize()];
        try (AttentionOp exact = oracle.compile(slice)) {
            exact.forward(
                    queries(q, rows, s.headDim()),
                    keys(k, s.kvLength(), s.headDim()),
                    keys(v, s.kvLength(), s.valueDim()),
                    expectedOut,
                    expectedLse);
        }
        compare("out", queries(out, rows, s.valueDim()), expectedOut);
        compare("lse", queries(lse, rows, 1), expectedLse);
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
        op.backward(q, k, v, out, lse, dOut, dLse, dq, dk, dv, dLearnable);
        if (!backwardVerified) {
            int queries = Math.min(ROWS, shape().queryLength());
            int keys = comparedKeys();
            compare(
                    "dq",
                    queries(dq, queries, shape().headDim()),
                    part(queries, shape().kvLength(), q, k, v, out, lse, dOut, dLse)[0]);
            float[][] ofKeys = part(shape().queryLength(), keys, q, k, v, out, lse, dOut, dLse);
            compare("dk", keys(dk, keys, shape().headDim()), ofKeys[1]);
            compare("dv", keys(dv, keys, shape().valueDim()), ofKeys[2]);
            backwardVerified = true;
        }
    }

    /** Where a weight depends on the newer keys' scores, no key can be left out. */
    private int comparedKeys() {
        return spec.weights() == Weights.SOFTMAX ? Math.min(ROWS, shape().kvLength()) : shape().kvLength();
    }

    /** dQ, dK and dV of a slice. */
    private float[][] part(
            int queries,
            int keys,
            float[] q,
            float[] k,
            float[] v,
            float[] out,
            float[] lse,
            float[] dOut,
            float @Nullable [] dLse) {
        AttentionSpec slice = slice(queries, keys);
        float[] dq = new float[slice.shape().querySize()];
        float[] dk = new float[slice.shape().keySize()];
        float[] dv = new float[slice.shape().valueSize()];
        List<float[]> learnable = spec.learnable();
        float[][] dLearnable = learnable.stream().map(a -> new float[a.length]).toArray(float[][]::new);
        try (AttentionOp exact = oracle.compile(slice)) {
            exact.backward(
                    queries(q, queries, shape().headDim()),
                    keys(k, keys, shape().headDim()),
                    keys(v, keys, shape().valueDim()),
                    queries(out, queries, shape().valueDim()),
                    queries(lse, queries, 1),
                    queries(dOut, queries, shape().valueDim()),
                    dLse == null ? null : queries(dLse, queries, 1),
                    dq,
                    dk,
                    dv,
                    dLearnable);
        }
        return new float[][] {dq, dk, dv};
    }

    private void compare(String what, float[] actual, float[] expected) {
        Agreement.require(device + " attention, first rows of " + what, actual, expected, oracle.id());
    }

    @Override
    public @Nullable DeviceTimes takeTimes() {
        return op.takeTimes();
    }

    @Override
    public @Nullable DeviceTimes repeat(boolean backward, int times) {
        return op.repeat(backward, times);
    }

    @Override
    public void close() {
        op.close();
    }
}
