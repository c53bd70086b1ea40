package muflex.experiments.compare;

import muflex.attention.BlockMask;
import muflex.engine.AttentionOp;
import org.jspecify.annotations.Nullable;

/**
 * An operation of another library, to measure ours against. It works on memory of its own, so it times itself, and it
 * need not give the lse: {@code forward} leaves that array as it is.
 */
public interface PeerOp extends AttentionOp {

    /** Nanoseconds of the last call's computation, without copies between the Java heap and the library's memory. */
    long computeNanos();

    /** Whether it has a {@link #backward}; else that direction is left out of the comparison. */
    default boolean hasGradients() {
        return false;
    }

    @Override
    default void backward(
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
        throw new UnsupportedOperationException("backward: expected an engine of ours, got a library that infers only");
    }

    @Override
    default void maxScores(float[] q, float[] k, float[] max) {
        throw new UnsupportedOperationException("maxScores: expected an engine of ours, got another library");
    }

    @Override
    default void replaceMask(BlockMask mask) {
        throw new UnsupportedOperationException("replaceMask: expected an engine of ours, got another library");
    }

    @Override
    default String explain() {
        return "another library's kernels";
    }

    /** Called when its turn is over: returns once the library's threads leave the cores to others. */
    default void settle() {}
}
