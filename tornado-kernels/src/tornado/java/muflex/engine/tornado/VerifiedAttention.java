package muflex.engine.tornado;

import muflex.attention.BlockMask;
import muflex.attention.Precision;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.DeviceTimes;
import muflex.engine.tornado.BackwardCall.Gradients;
import org.jspecify.annotations.Nullable;

/**
 * An operation whose first answers are compared with another device's, see {@link AttentionCheck}; once more with the first mask that
 * replaces another. TornadoVM can be wrong without saying so.
 */
final class VerifiedAttention implements AttentionOp {
    private final AttentionOp op;
    private final AttentionSpec spec;
    private AttentionCheck check;
    private boolean forwardVerified;
    private boolean backwardVerified;
    private boolean maxScoresVerified;
    private boolean replaced;

    /** What the device took before runs that were only for the check, and nobody has asked for yet. */
    private @Nullable DeviceTimes before;

    VerifiedAttention(AttentionOp op, AttentionSpec spec, AttentionCheck check) {
        this.op = op;
        this.spec = spec;
        this.check = check;
    }

    @Override
    public void forward(float[] q, float[] k, float[] v, float[] out, float[] lse) {
        op.forward(q, k, v, out, lse);
        if (!forwardVerified) {
            check.forward(q, k, v, out, lse);
            forwardVerified = true;
        }
    }

    @Override
    public void maxScores(float[] q, float[] k, float[] max) {
        op.maxScores(q, k, max);
        if (!maxScoresVerified) {
            check.maxScores(q, k, max);
            maxScoresVerified = true;
        }
    }

    @Override
    public void replaceMask(BlockMask mask) {
        op.replaceMask(mask);
        check = check.withMask(mask);
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
        BackwardCall call = new BackwardCall(
                q, k, v, out, lse, Ends.times(unit, dOut), dLse == null ? null : Ends.times(unit, dLse));
        Gradients actual = unit == 1 ? new Gradients(dq, dk, dv, dLearnable) : run(call);
        check.backward(call, actual, this::run);
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
        return spec.precision() != Precision.HALF
                        || fits
                        || !(largest >= Float.MIN_NORMAL)
                        || largest == Float.POSITIVE_INFINITY
                ? 1
                : Math.scalb(1f, -Math.getExponent(largest));
    }

    /** The operation itself once more, whose time is not the caller's. */
    private Gradients run(BackwardCall call) {
        before = takeTimes();
        try {
            return call.run(op, spec.shape(), spec.learnable());
        } finally {
            op.takeTimes();
        }
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
