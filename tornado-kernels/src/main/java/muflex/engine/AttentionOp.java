package muflex.engine;

import org.jspecify.annotations.Nullable;

/**
 * One compiled attention operation on one device. Arrays are row-major, of the sizes in
 * {@link muflex.attention.AttentionShape}; outputs are overwritten whatever they held. The caller has checked the
 * sizes. Both calls are stateless: backward takes what forward was given and gave. One call at a time.
 */
public interface AttentionOp extends AutoCloseable {

    /** Fills {@code out} and {@code lse}; the formula is in {@link AttentionSpec}. */
    void forward(float[] q, float[] k, float[] v, float[] out, float[] lse);

    /**
     * Fills the gradients of {@code Σ out · dOut + Σ lse · dLse}.
     *
     * @param dLse null for zero
     * @param dLearnable one array for each of {@link AttentionSpec#learnable()}, in order, of its length
     */
    void backward(
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
            float[][] dLearnable);

    /**
     * What the device took since the last call of this method, or since the operation was compiled; null where the
     * engine does not know, as where there are no copies to tell apart.
     */
    default @Nullable DeviceTimes takeTimes() {
        return null;
    }

    @Override
    void close();
}
