package muflex.engine;

import muflex.attention.BlockMask;
import muflex.paging.KvFormat;
import org.jspecify.annotations.Nullable;

/**
 * One compiled attention operation on one device. Arrays are row-major, of the sizes in
 * {@link muflex.attention.AttentionShape}; outputs are overwritten whatever they held. The caller has checked the
 * sizes. Both calls are stateless: backward takes what forward was given and gave. One call at a time.
 */
public interface AttentionOp extends AutoCloseable {

    /** Fills {@code out} and {@code lse}; the formula is in {@link AttentionSpec}. */
    void forward(float[] q, float[] k, float[] v, float[] out, float[] lse);

    /** Whether it reads keys and values of this format where they lie. */
    default boolean reads(KvFormat format) {
        return format == KvFormat.FLOAT;
    }

    /**
     * {@link #forward(float[], float[], float[], float[], float[])} on keys and values in the given format: {@code k} is {@code [batch,
     * kvHeads, kvLength, format.floats(headDim)]} and {@code v} likewise. Products and sums are floats.
     *
     * @throws UnsupportedOperationException unless it {@link #reads} the format
     */
    default void forward(KvFormat format, float[] q, float[] k, float[] v, float[] out, float[] lse) {
        if (format != KvFormat.FLOAT) {
            throw new UnsupportedOperationException(
                    "keys: expected floats on this device with these queries, got " + format + "; widen them");
        }
        forward(q, k, v, out, lse);
    }

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
     * Fills {@code max}, {@code [batch, queryHeads, queryLength]}: the largest score of each query, after the score mod, over the
     * keys that the mask allows; −∞ where it allows none. Sinks and dropout have no part in it.
     */
    void maxScores(float[] q, float[] k, float[] max);

    /**
     * From now on these block lists, of the same mask and sizes as the specification's, which is a {@link
     * muflex.attention.BlockMask#changing() changing} one.
     */
    void replaceMask(BlockMask mask);

    /** How the device computes it, for people: tiles, and the code that the mods became. */
    String explain();

    /**
     * What the device took since the last call of this method, or since the operation was compiled; null where the
     * engine does not know, as where there are no copies to tell apart.
     */
    default @Nullable DeviceTimes takeTimes() {
        return null;
    }

    /**
     * What the kernels of the last forward call, or of the last backward call, take when they run so many times more, one call right
     * behind the other, on the arrays that it left on the device; null where nothing stays on a device or it has no clock. Keys and
     * values that forward rounds to 16 bits it left rounded.
     */
    default @Nullable DeviceTimes repeat(boolean backward, int times) {
        return null;
    }

    @Override
    void close();
}
