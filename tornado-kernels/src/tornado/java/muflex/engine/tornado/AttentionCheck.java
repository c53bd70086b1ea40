package muflex.engine.tornado;

import java.util.function.Function;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.Precision;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;
import muflex.engine.tornado.BackwardCall.Gradients;
import org.jspecify.annotations.Nullable;

/**
 * Compares a part of attention's answers with what another device makes of the same operands, rounded as the operation rounds them:
 * out, lse and largest scores of the queries compared, dQ, and what these queries give the gradients of captured arrays; dK and dV of
 * the keys compared. What it throws is an {@link IllegalStateException}.
 */
final class AttentionCheck {
    private final AttentionSpec spec;
    private final ComparedPart part;
    private final Precision precision;
    private final RoundingColumns columns;
    private final Device oracle;
    private final String device;
    private final Agreement agreement;

    /** @param agreement with what the other device computes in single precision */
    AttentionCheck(AttentionSpec spec, Device oracle, String device, Agreement agreement) {
        this.spec = spec;
        part = new ComparedPart(spec.withPrecision(Precision.SINGLE));
        precision = spec.precision();
        columns = RoundingColumns.of(precision);
        this.oracle = oracle;
        this.device = device;
        this.agreement = agreement;
    }

    AttentionCheck withMask(BlockMask mask) {
        return new AttentionCheck(spec.withMask(mask), oracle, device, agreement);
    }

    private AttentionShape shape() {
        return spec.shape();
    }

    private String what(String result) {
        return device + " attention, compared rows of " + result;
    }

    void maxScores(float[] q, float[] k, float[] max) {
        float[] expected = new float[max.length / shape().batch()];
        try (AttentionOp exact = oracle.compile(part.ofQueries())) {
            exact.maxScores(operand(q), operand(k), expected);
        }
        agreement.requireScores(
                what("the largest scores"), part.queries(max, 1), Ends.of(expected, shape().queryHeads(), 1));
    }

    void forward(float[] q, float[] k, float[] v, float[] out, float[] lse) {
        AttentionSpec slice = part.ofQueries();
        slice = slice.withShape(columns.widen(slice.shape(), 0));
        float[] expectedOut = new float[slice.shape().outSize()];
        float[] expectedLse = new float[slice.shape().lseSize()];
        int width = shape().valueDim();
        try (AttentionOp exact = oracle.compile(slice)) {
            exact.forward(operand(q), operand(k), columns.withSizes(operand(v), width, 1), expectedOut, expectedLse);
        }
        int heads = shape().queryHeads();
        require(
                "out",
                0,
                part.queries(out, width),
                width,
                width,
                Ends.of(expectedOut, heads, slice.shape().valueDim()));
        agreement.requireScores(what("lse"), part.queries(lse, 1), Ends.of(expectedLse, heads, 1));
    }

    /**
     * @param actual of the call
     * @param again the operation itself on another call
     */
    void backward(BackwardCall call, Gradients actual, Function<BackwardCall, Gradients> again) {
        AttentionShape s = shape();
        Gradients ofQueries = expected(call, part.ofQueries());
        Gradients ofKeys = expected(call, part.ofKeys());
        double longest = Ends.longest(part.ofBatch(call.v()), s.valueDim());
        double ds = Ends.norm(part.queries(call.dOut(), s.valueDim())) * longest;
        double scale = Math.abs(spec.scale());
        AttentionShape wide = columns.widen(s, 2);
        require(
                "dq",
                scale * ds * Ends.longest(part.ofBatch(call.k()), s.headDim()),
                part.queries(actual.dq(), s.headDim()),
                s.headDim(),
                s.headDim(),
                Ends.of(ofQueries.dq(), s.queryHeads(), wide.headDim()));
        require(
                "dk",
                scale
                        * Ends.norm(part.ofBatch(call.dOut()))
                        * longest
                        * Ends.longest(part.ofBatch(call.q()), s.headDim()),
                part.keys(actual.dk(), s.headDim()),
                s.headDim(),
                s.headDim() + columns.count(),
                Ends.of(ofKeys.dk(), s.kvHeads(), wide.headDim()));
        require(
                "dv",
                0,
                part.keys(actual.dv(), s.valueDim()),
                s.valueDim(),
                s.valueDim(),
                Ends.of(ofKeys.dv(), s.kvHeads(), wide.valueDim()));
        if (!spec.learnable().isEmpty()) {
            learnable(call, ds, again);
        }
    }

    /** @param added where in {@code wide}, rows that are wider than {@code width}, the columns added for this result begin */
    private void require(String result, double floats, float[] actual, int width, int added, float[] wide) {
        int wideWidth = wide.length / (actual.length / width);
        agreement.require(
                what(result),
                agreement.least(floats, columns.terms(wide, wideWidth, added)),
                actual,
                RoundingColumns.columns(wide, wideWidth, 0, width));
    }

    /**
     * Gradients of captured arrays are sums over all queries. Where the gradients that come in are 0 but for the queries compared, the
     * same kernels give those queries' share, and so does the slice, in which a query without keys still has a sink.
     */
    private void learnable(BackwardCall all, double terms, Function<BackwardCall, Gradients> again) {
        BackwardCall share = all.with(
                part.only(all.dOut(), shape().valueDim()), all.dLse() == null ? null : part.only(all.dLse(), 1));
        Gradients actual = again.apply(share);
        Gradients expected = expected(share, part.ofQueries());
        for (int i = 0; i < spec.learnable().size(); i++) {
            agreement.require(
                    device + " attention, compared rows' share of the gradient of captured array " + i,
                    agreement.least(terms, 0),
                    actual.dLearnable()[i],
                    expected.dLearnable()[i]);
        }
    }

    /** The batch compared as products have it, rounded. */
    private float[] operand(float[] array) {
        float[] operand = part.ofBatch(array);
        for (int i = 0; i < operand.length; i++) {
            operand[i] = precision.round(operand[i]);
        }
        return operand;
    }

    /** What the oracle gets from the slice, with columns added to all gradients but those of captured arrays. */
    private Gradients expected(BackwardCall all, AttentionSpec slice) {
        int dim = shape().headDim();
        int valueDim = shape().valueDim();
        AttentionSpec wide = slice.withShape(columns.widen(slice.shape(), 2));
        float[] out = part.ofBatch(all.out());
        BackwardCall call = new BackwardCall(
                columns.withSizes(columns.withZeros(operand(all.q()), dim), dim + columns.count(), 2),
                columns.withZeros(columns.withSizes(operand(all.k()), dim, 3), dim + columns.count()),
                columns.withZeros(operand(all.v()), valueDim),
                columns.withZeros(out, valueDim),
                part.ofBatch(all.lse()),
                columns.withSizes(operand(all.dOut()), valueDim, 4),
                unroundedDelta(
                        precision,
                        out,
                        part.ofBatch(all.dOut()),
                        all.dLse() == null ? null : part.ofBatch(all.dLse()),
                        valueDim));
        try (AttentionOp exact = oracle.compile(wide)) {
            return call.run(exact, wide.shape(), spec.learnable());
        }
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
}
