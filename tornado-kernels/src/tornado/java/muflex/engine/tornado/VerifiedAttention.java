package muflex.engine.tornado;

import java.util.List;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.Precision;
import muflex.attention.Weights;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;
import muflex.engine.DeviceTimes;
import org.jspecify.annotations.Nullable;

/**
 * An operation whose first answers are compared with another device's on a slice: the first {@value #ROWS} queries of the first
 * batch (out, lse, largest scores, dQ, and what these queries give the gradients of captured arrays), and its first {@value #ROWS}
 * keys, or all of them for stick-breaking (dK, dV). Once more with the first mask that replaces another. TornadoVM can be wrong
 * without saying so.
 */
final class VerifiedAttention implements AttentionOp {
    private static final int ROWS = 16;

    private final AttentionOp op;
    private AttentionSpec spec;
    private final Device oracle;
    private final String device;
    private final Agreement agreement;
    private boolean forwardVerified;
    private boolean backwardVerified;
    private boolean maxScoresVerified;
    private boolean replaced;

    /** What the device took before runs that were only for the check, and nobody has asked for yet. */
    private @Nullable DeviceTimes before;

    /** @param agreement with what the other device computes, in single precision */
    VerifiedAttention(AttentionOp op, AttentionSpec spec, Device oracle, String device, Agreement agreement) {
        this.op = op;
        this.spec = spec.withPrecision(Precision.SINGLE);
        this.oracle = oracle;
        this.device = device;
        this.agreement = agreement;
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
        if (!maxScoresVerified) {
            verifyMaxScores(q, k, max);
            maxScoresVerified = true;
        }
    }

    private void verifyMaxScores(float[] q, float[] k, float[] max) {
        int rows = Math.min(ROWS, shape().queryLength());
        AttentionSpec slice = slice(rows, shape().kvLength());
        float[] expected = new float[slice.shape().lseSize()];
        try (AttentionOp exact = oracle.compile(slice)) {
            exact.maxScores(
                    queries(q, rows, shape().headDim()), keys(k, shape().kvLength(), shape().headDim()), expected);
        }
        compare("the largest scores", queries(max, rows, 1), expected);
    }

    @Override
    public void replaceMask(BlockMask mask) {
        op.replaceMask(mask);
        spec = spec.withMask(mask);
        if (!replaced) {
            replaced = true;
            forwardVerified = false;
            backwardVerified = false;
            maxScoresVerified = false;
        }
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
        if (!backwardVerified && !spec.learnable().isEmpty()) {
            verifyLearnable(q, k, v, out, lse, dOut, dLse);
        }
        op.backward(q, k, v, out, lse, dOut, dLse, dq, dk, dv, dLearnable);
        if (!backwardVerified) {
            int queries = Math.min(ROWS, shape().queryLength());
            int keys = comparedKeys();
            compare(
                    "dq",
                    queries(dq, queries, shape().headDim()),
                    part(queries, shape().kvLength(), q, k, v, out, lse, dOut, dLse)
                            .dq());
            Part ofKeys = part(shape().queryLength(), keys, q, k, v, out, lse, dOut, dLse);
            double sums = Math.sqrt((double) shape().queryLength() * shape().groupSize());
            compare("dk", sums, keys(dk, keys, shape().headDim()), ofKeys.dk());
            compare("dv", sums, keys(dv, keys, shape().valueDim()), ofKeys.dv());
            backwardVerified = true;
        }
    }

    /**
     * Gradients of captured arrays are sums over all queries. Where the gradients that come in are 0 but for the first queries', the
     * same kernels give those queries' share, which the slice has too.
     */
    private void verifyLearnable(
            float[] q, float[] k, float[] v, float[] out, float[] lse, float[] dOut, float @Nullable [] dLse) {
        int queries = Math.min(ROWS, shape().queryLength());
        AttentionShape s = shape();
        List<float[]> learnable = spec.learnable();
        Part expected = part(queries, s.kvLength(), q, k, v, out, lse, dOut, dLse);
        Part actual = new Part(s, learnable);
        before = takeTimes();
        try {
            op.backward(
                    q,
                    k,
                    v,
                    out,
                    lse,
                    only(dOut, queries, s.valueDim()),
                    dLse == null ? null : only(dLse, queries, 1),
                    actual.dq(),
                    actual.dk(),
                    actual.dv(),
                    actual.dLearnable());
        } finally {
            op.takeTimes();
        }
        for (int i = 0; i < learnable.size(); i++) {
            agreement.require(
                    device + " attention, first rows' share of the gradient of captured array " + i,
                    terms(dOut, v, queries),
                    actual.dLearnable()[i],
                    expected.dLearnable()[i]);
        }
    }

    /**
     * How large the terms of such a gradient are: of an offset to all scores of a query they cancel. A term is a weight times a product
     * of rows of dOut and v, and 4 is for chance.
     */
    private double terms(float[] dOut, float[] v, int queries) {
        int width = shape().valueDim();
        double all = 0;
        for (float value : queries(dOut, queries, width)) {
            all += (double) value * value;
        }
        double longest = 0;
        for (int row = 0; row < shape().kvHeads() * shape().kvLength(); row++) {
            double length = 0;
            for (int e = 0; e < width; e++) {
                length += (double) v[row * width + e] * v[row * width + e];
            }
            longest = Math.max(longest, length);
        }
        return 4 * Math.sqrt(all * longest);
    }

    /** A copy with zeros but for the first {@code rows} queries of each of the first batch's heads. */
    private float[] only(float[] array, int rows, int width) {
        float[] copy = new float[array.length];
        for (int h = 0; h < shape().queryHeads(); h++) {
            int at = h * shape().queryLength() * width;
            System.arraycopy(array, at, copy, at, rows * width);
        }
        return copy;
    }

    /** Where a weight depends on the newer keys' scores, no key can be left out. */
    private int comparedKeys() {
        return spec.weights() == Weights.SOFTMAX ? Math.min(ROWS, shape().kvLength()) : shape().kvLength();
    }

    /** What backward fills. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Part(float[] dq, float[] dk, float[] dv, float[][] dLearnable) {
        Part(AttentionShape shape, List<float[]> learnable) {
            this(
                    new float[shape.querySize()],
                    new float[shape.keySize()],
                    new float[shape.valueSize()],
                    learnable.stream().map(a -> new float[a.length]).toArray(float[][]::new));
        }
    }

    /** Backward of a slice. */
    private Part part(
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
        Part part = new Part(slice.shape(), spec.learnable());
        try (AttentionOp exact = oracle.compile(slice)) {
            exact.backward(
                    queries(q, queries, shape().headDim()),
                    keys(k, keys, shape().headDim()),
                    keys(v, keys, shape().valueDim()),
                    queries(out, queries, shape().valueDim()),
                    queries(lse, queries, 1),
                    queries(dOut, queries, shape().valueDim()),
                    dLse == null ? null : queries(dLse, queries, 1),
                    part.dq(),
                    part.dk(),
                    part.dv(),
                    part.dLearnable());
        }
        return part;
    }

    private void compare(String what, float[] actual, float[] expected) {
        compare(what, 1, actual, expected);
    }

    private void compare(String what, double terms, float[] actual, float[] expected) {
        agreement.require(device + " attention, first rows of " + what, terms, actual, expected);
    }

    @Override
    public @Nullable DeviceTimes takeTimes() {
        DeviceTimes since = op.takeTimes();
        DeviceTimes taken = since == null || before == null ? since : since.plus(before);
        before = null;
        return taken;
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
