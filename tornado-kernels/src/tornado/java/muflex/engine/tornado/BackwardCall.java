package muflex.engine.tornado;

import java.util.List;
import muflex.attention.AttentionShape;
import muflex.engine.AttentionOp;
import org.jspecify.annotations.Nullable;

/** What attention's backward pass reads, as {@link AttentionOp#backward} has it. */
@SuppressWarnings("ArrayRecordComponent")
record BackwardCall(float[] q, float[] k, float[] v, float[] out, float[] lse, float[] dOut, float @Nullable [] dLse) {

    /** What it fills. */
    record Gradients(float[] dq, float[] dk, float[] dv, float[][] dLearnable) {
        Gradients(AttentionShape shape, List<float[]> learnable) {
            this(
                    new float[shape.querySize()],
                    new float[shape.keySize()],
                    new float[shape.valueSize()],
                    learnable.stream().map(a -> new float[a.length]).toArray(float[][]::new));
        }
    }

    /** The same call with other gradients that come in. */
    BackwardCall with(float[] newDOut, float @Nullable [] newDLse) {
        return new BackwardCall(q, k, v, out, lse, newDOut, newDLse);
    }

    Gradients run(AttentionOp op, AttentionShape shape, List<float[]> learnable) {
        Gradients to = new Gradients(shape, learnable);
        op.backward(q, k, v, out, lse, dOut, dLse, to.dq, to.dk, to.dv, to.dLearnable);
        return to;
    }
}
