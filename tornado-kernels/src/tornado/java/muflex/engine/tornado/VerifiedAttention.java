package muflex.engine.tornado;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import muflex.attention.AttentionShape;
import muflex.attention.BlockLists;
import muflex.attention.BlockMask;
import muflex.attention.MaskMod;
import muflex.attention.Precision;
import muflex.attention.ScoreMod;
import muflex.attention.Weights;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;
import muflex.engine.DeviceTimes;
import org.jspecify.annotations.Nullable;

/**
 * An operation whose first answers are compared with another device's, in one batch, the last: the first and last {@value Ends#ROWS} queries
 * (out, lse, largest scores, dQ, and what these queries give the gradients of captured arrays), and the first and last {@value Ends#ROWS}
 * keys (dK, dV). Once more with the first mask that replaces another. TornadoVM can be wrong without saying so.
 */
final class VerifiedAttention implements AttentionOp {
    private final AttentionOp op;
    private AttentionSpec spec;
    private final Precision precision;
    private final Device oracle;
    private final String device;
    private final Agreement agreement;
    private boolean forwardVerified;
    private boolean backwardVerified;
    private boolean maxScoresVerified;
    private boolean replaced;

    /** What the device took before runs that were only for the check, and nobody has asked for yet. */
    private @Nullable DeviceTimes before;

    /** @param agreement with what the other device computes from the same operands, rounded as {@code spec} has it, in single precision */
    VerifiedAttention(AttentionOp op, AttentionSpec spec, Device oracle, String device, Agreement agreement) {
        this.op = op;
        this.spec = spec.withPrecision(Precision.SINGLE);
        this.precision = spec.precision();
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
        float[] expected = new float[max.length / shape().batch()];
        try (AttentionOp exact = oracle.compile(slice(queryEnds()))) {
            exact.maxScores(operand(q), operand(k), expected);
        }
        agreement.requireScores(what("the largest scores"), queries(max, 1), Ends.of(expected, queryHeads(), 1));
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

    private int queryHeads() {
        return shape().queryHeads();
    }

    /** The batch compared: the last. Dropout draws by the batch's number, which the oracle has only of the first. */
    private int batch() {
        return spec.dropout() > 0 ? 0 : shape().batch() - 1;
    }

    /** The operation on the batch compared where {@code compared} holds; elsewhere nothing is computed. */
    private AttentionSpec slice(MaskMod compared) {
        AttentionShape s = shape();
        AttentionShape part = new AttentionShape(
                1, s.queryHeads(), s.kvHeads(), s.queryLength(), s.kvLength(), s.headDim(), s.valueDim());
        return spec.withShape(part)
                .withScoreMod(inBatch(spec.scoreMod(), batch()))
                .withMask(only(compared));
    }

    private BlockMask only(MaskMod compared) {
        BlockMask mask = spec.mask();
        if (mask == null) {
            return BlockMask.create(compared, 1, 1, shape().queryLength(), shape().kvLength());
        }
        int b = Math.min(batch(), mask.batch() - 1);
        BlockMask one = mask.adjust(shape().queryLength(), shape().kvLength())
                .slice(b, b + 1, 0, mask.heads(), 0, mask.queryBlocks());
        BlockLists lists = one.lists();
        return one.withKvBlocks(
                kept(one, lists.partialOffsets(), lists.partialBlocks(), compared),
                kept(one, lists.fullOffsets(), lists.fullBlocks(), compared));
    }

    /** Whole blocks, since a mask's lists are the truth, whatever its function says. */
    private static int[][][][] kept(BlockMask mask, int[] offsets, int[] blocks, MaskMod compared) {
        int[][][][] kept = new int[1][mask.heads()][mask.queryBlocks()][];
        for (int h = 0; h < mask.heads(); h++) {
            for (int queries = 0; queries < mask.queryBlocks(); queries++) {
                int row = mask.row(0, h, queries);
                int block = queries;
                kept[0][h][queries] = IntStream.range(offsets[row], offsets[row + 1])
                        .map(i -> blocks[i])
                        .filter(keys -> reaches(compared, mask, block, keys))
                        .toArray();
            }
        }
        return kept;
    }

    /** Whether {@code compared}, which holds at both ends of an axis, does in a corner of the block. */
    private static boolean reaches(MaskMod compared, BlockMask mask, int queries, int keys) {
        int q = queries * mask.queryBlock();
        int kv = keys * mask.kvBlock();
        int lastQ = Math.min(q + mask.queryBlock(), mask.queryLength()) - 1;
        int lastKv = Math.min(kv + mask.kvBlock(), mask.kvLength()) - 1;
        return compared.test(0, 0, q, kv) || compared.test(0, 0, lastQ, lastKv);
    }

    private static @Nullable ScoreMod inBatch(@Nullable ScoreMod mod, int batch) {
        return mod == null || batch == 0 ? mod : (score, b, h, q, kv) -> mod.apply(score, batch, h, q, kv);
    }

    private MaskMod queryEnds() {
        int last = shape().queryLength() - Ends.ROWS;
        return (b, h, q, kv) -> q < Ends.ROWS || q >= last;
    }

    /** Where a weight depends on the newer keys' scores, no key can be left out. */
    private MaskMod keyEnds() {
        int last = spec.weights() == Weights.SOFTMAX ? shape().kvLength() - Ends.ROWS : 0;
        return (b, h, q, kv) -> kv < Ends.ROWS || kv >= last;
    }

    private float[] queries(float[] array, int width) {
        return Ends.of(array, batch() * queryHeads(), queryHeads(), shape().queryLength(), width);
    }

    private float[] keys(float[] array, int width) {
        int heads = shape().kvHeads();
        return Ends.of(array, batch() * heads, heads, shape().kvLength(), width);
    }

    /** The batch compared. */
    private float[] ofBatch(float[] array) {
        int size = array.length / shape().batch();
        return Arrays.copyOfRange(array, batch() * size, (batch() + 1) * size);
    }

    /** The batch compared as products have it, rounded. */
    private float[] operand(float[] array) {
        float[] part = ofBatch(array);
        for (int i = 0; i < part.length; i++) {
            part[i] = precision.round(part[i]);
        }
        return part;
    }

    private void verifyForward(float[] q, float[] k, float[] v, float[] out, float[] lse) {
        AttentionSpec slice = slice(queryEnds());
        float[] expectedOut = new float[slice.shape().outSize()];
        float[] expectedLse = new float[slice.shape().lseSize()];
        try (AttentionOp exact = oracle.compile(slice)) {
            exact.forward(operand(q), operand(k), operand(v), expectedOut, expectedLse);
        }
        int width = shape().valueDim();
        agreement.require(what("out"), queries(out, width), Ends.of(expectedOut, queryHeads(), width));
        agreement.requireScores(what("lse"), queries(lse, 1), Ends.of(expectedLse, queryHeads(), 1));
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
        if (backwardVerified) {
            return;
        }
        float unit = unit(dOut);
        Given given =
                new Given(q, k, v, out, lse, Ends.times(unit, dOut), dLse == null ? null : Ends.times(unit, dLse));
        Part actual = unit == 1 ? new Part(dq, dk, dv, dLearnable) : run(given);
        verifyBackward(given, actual);
        backwardVerified = true;
    }

    /**
     * What brings the gradients that come in to size 1 in half precision, where small ones are lost, right or wrong: a power of 2,
     * which is 1 where they have about that size and in the other precisions. The same kernels then run once more for the check.
     */
    private float unit(float[] dOut) {
        float largest = 0;
        for (float value : dOut) {
            largest = Math.max(largest, Math.abs(value));
        }
        boolean fits = largest >= 0x1p-4f && largest <= 0x1p4f;
        return precision != Precision.HALF
                        || fits
                        || !(largest >= Float.MIN_NORMAL)
                        || largest == Float.POSITIVE_INFINITY
                ? 1
                : Math.scalb(1f, -Math.getExponent(largest));
    }

    /** What backward reads. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Given(
            float[] q, float[] k, float[] v, float[] out, float[] lse, float[] dOut, float @Nullable [] dLse) {}

    private void verifyBackward(Given given, Part actual) {
        AttentionShape s = shape();
        Part ofQueries = expected(given, queryEnds());
        Part ofKeys = expected(given, keyEnds());
        double longest = Ends.longest(ofBatch(given.v), s.valueDim());
        double ds = Ends.norm(queries(given.dOut, s.valueDim())) * longest;
        double scale = Math.abs(spec.scale());
        agreement.require(
                what("dq"),
                scale * ds * Ends.longest(ofBatch(given.k), s.headDim()),
                queries(actual.dq(), s.headDim()),
                Ends.of(ofQueries.dq(), s.queryHeads(), s.headDim()));
        agreement.require(
                what("dk"),
                scale * Ends.norm(ofBatch(given.dOut)) * longest * Ends.longest(ofBatch(given.q), s.headDim()),
                keys(actual.dk(), s.headDim()),
                Ends.of(ofKeys.dk(), s.kvHeads(), s.headDim()));
        agreement.require(what("dv"), keys(actual.dv(), s.valueDim()), Ends.of(ofKeys.dv(), s.kvHeads(), s.valueDim()));
        if (!spec.learnable().isEmpty()) {
            verifyLearnable(given, ds);
        }
    }

    /**
     * Gradients of captured arrays are sums over all queries. Where the gradients that come in are 0 but for the queries compared, the
     * same kernels give those queries' share, and so does the slice, in which a query without keys still has a sink.
     */
    private void verifyLearnable(Given all, double terms) {
        Given share = new Given(
                all.q,
                all.k,
                all.v,
                all.out,
                all.lse,
                only(all.dOut, shape().valueDim()),
                all.dLse == null ? null : only(all.dLse, 1));
        Part actual = run(share);
        Part expected = expected(share, queryEnds());
        for (int i = 0; i < spec.learnable().size(); i++) {
            agreement.require(
                    device + " attention, compared rows' share of the gradient of captured array " + i,
                    terms,
                    actual.dLearnable()[i],
                    expected.dLearnable()[i]);
        }
    }

    private float[] only(float[] array, int width) {
        return Ends.only(array, batch() * queryHeads(), queryHeads(), shape().queryLength(), width);
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

    /** The operation itself once more, whose time is not the caller's. */
    private Part run(Given given) {
        Part part = new Part(shape(), spec.learnable());
        before = takeTimes();
        try {
            backward(op, given, part);
        } finally {
            op.takeTimes();
        }
        return part;
    }

    /** What the oracle gets from the pairs where {@code compared} holds. */
    private Part expected(Given all, MaskMod compared) {
        AttentionSpec slice = slice(compared);
        Part part = new Part(slice.shape(), spec.learnable());
        try (AttentionOp exact = oracle.compile(slice)) {
            Given given = new Given(
                    operand(all.q),
                    operand(all.k),
                    operand(all.v),
                    ofBatch(all.out),
                    ofBatch(all.lse),
                    operand(all.dOut),
                    unroundedDelta(
                            precision,
                            ofBatch(all.out),
                            ofBatch(all.dOut),
                            all.dLse == null ? null : ofBatch(all.dLse),
                            shape().valueDim()));
            backward(exact, given, part);
        }
        return part;
    }

    /**
     * The {@code dLse} with which an operation that is given dOut rounded has the δ = Σ out · dOut of kernels, which round dOut for
     * products only: scores' gradients have {@code dLse − δ} in them.
     */
    static float @Nullable [] unroundedDelta(
            Precision precision, float[] out, float[] dOut, float @Nullable [] dLse, int valueDim) {
        if (precision == Precision.SINGLE) {
            return dLse;
        }
        float[] shifted = dLse == null ? new float[out.length / valueDim] : dLse.clone();
        for (int row = 0; row < shifted.length; row++) {
            double lost = 0;
            for (int x = row * valueDim; x < (row + 1) * valueDim; x++) {
                lost += (double) out[x] * (dOut[x] - precision.round(dOut[x]));
            }
            shifted[row] -= (float) lost;
        }
        return shifted;
    }

    private static void backward(AttentionOp op, Given given, Part part) {
        op.backward(
                given.q,
                given.k,
                given.v,
                given.out,
                given.lse,
                given.dOut,
                given.dLse,
                part.dq,
                part.dk,
                part.dv,
                part.dLearnable);
    }

    private String what(String result) {
        return device + " attention, compared rows of " + result;
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
