package muflex.kernels;

/**
 * Where the user's score and mask functions enter a kernel, a row of the score tile at a time. As written, there is no
 * mask and the score is left as it is; an engine replaces the whole class with one that it generates from the lifted
 * functions.
 *
 * <p>{@code s[offset + i]} is the scaled score qᵀk/√d of one (query, key) pair. The row runs over keys in the methods
 * named …Keys (pair i is {@code (q, kv + i)}) and over queries in those named …Queries (pair i is {@code (q + i, kv)}).
 * {@code captures} are the functions' captured values, by slot.
 */
public final class Mods {
    private Mods() {}

    /** s ← scoreMod(s, b, h, q + i, kv). */
    public static void scoreQueries(float[] s, int offset, int count, int b, int h, int q, int kv, Object[] captures) {}

    /** s ← scoreMod(s, b, h, q + i, kv), −∞ where the mask forbids the pair. */
    public static void maskedQueries(
            float[] s, int offset, int count, int b, int h, int q, int kv, Object[] captures) {}

    /** s ← scoreMod(s, b, h, q, kv + i). */
    public static void scoreKeys(float[] s, int offset, int count, int b, int h, int q, int kv, Object[] captures) {}

    /** s ← scoreMod(s, b, h, q, kv + i), −∞ where the mask forbids the pair. */
    public static void maskedKeys(float[] s, int offset, int count, int b, int h, int q, int kv, Object[] captures) {}

    /** ds ← ds · ∂scoreMod/∂s at the unmodified score s, pair i being {@code (q, kv + i)}. */
    public static void derivativeKeys(
            float[] s,
            int sOffset,
            float[] ds,
            int dsOffset,
            int count,
            int b,
            int h,
            int q,
            int kv,
            Object[] captures) {}

    /** {@link #derivativeKeys}, asking nothing of pairs that the mask forbids: their ds is 0. */
    public static void maskedDerivativeKeys(
            float[] s,
            int sOffset,
            float[] ds,
            int dsOffset,
            int count,
            int b,
            int h,
            int q,
            int kv,
            Object[] captures) {}

    /**
     * {@code gradients[slot][index] += ds · ∂scoreMod/∂captures[slot][index]} for each read of a captured array whose
     * gradient is wanted (not null), pair i being {@code (q, kv + i)}, i ascending.
     */
    public static void accumulateKeys(
            float[] s,
            int sOffset,
            float[] ds,
            int dsOffset,
            int count,
            int b,
            int h,
            int q,
            int kv,
            Object[] captures,
            float[][] gradients) {}

    /** {@link #accumulateKeys} for the pairs that the mask allows. */
    public static void maskedAccumulateKeys(
            float[] s,
            int sOffset,
            float[] ds,
            int dsOffset,
            int count,
            int b,
            int h,
            int q,
            int kv,
            Object[] captures,
            float[][] gradients) {}
}
