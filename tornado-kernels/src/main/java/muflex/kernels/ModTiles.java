package muflex.kernels;

/**
 * {@link Mods} over a tile of scores, rows of {@link RowTile#WIDTH} one below another. As written it asks {@link Mods} row by
 * row; an engine for which that many calls are dear replaces the whole class with one that does a tile at a time.
 */
public final class ModTiles {
    private static final int WIDTH = RowTile.WIDTH;

    private ModTiles() {}

    /** s ← scoreMod(s); row j is of key {@code kv + j}, its elements of queries {@code q} to {@code q + count − 1}. */
    public static void scoreQueries(float[] s, int rows, int count, int b, int h, int q, int kv, Object[] captures) {
        for (int j = 0; j < rows; j++) {
            Mods.scoreQueries(s, j * WIDTH, count, b, h, q, kv + j, captures);
        }
    }

    /** {@link #scoreQueries}, −∞ where the mask forbids the pair. */
    public static void maskedQueries(float[] s, int rows, int count, int b, int h, int q, int kv, Object[] captures) {
        for (int j = 0; j < rows; j++) {
            Mods.maskedQueries(s, j * WIDTH, count, b, h, q, kv + j, captures);
        }
    }

    /**
     * s ← scoreMod(s); row i, at {@code offset + i · WIDTH}, is of query {@code q + i}, its elements of keys {@code kv} to
     * {@code kv + count − 1}.
     */
    public static void scoreKeys(
            float[] s, int offset, int rows, int count, int b, int h, int q, int kv, Object[] captures) {
        for (int i = 0; i < rows; i++) {
            Mods.scoreKeys(s, offset + i * WIDTH, count, b, h, q + i, kv, captures);
        }
    }

    /** {@link #scoreKeys}, −∞ where the mask forbids the pair. */
    public static void maskedKeys(
            float[] s, int offset, int rows, int count, int b, int h, int q, int kv, Object[] captures) {
        for (int i = 0; i < rows; i++) {
            Mods.maskedKeys(s, offset + i * WIDTH, count, b, h, q + i, kv, captures);
        }
    }

    /** {@link #scoreKeys}, and d ← ∂scoreMod/∂s at the score before. */
    public static void derivativeKeys(
            float[] s, float[] d, int rows, int count, int b, int h, int q, int kv, Object[] captures) {
        for (int i = 0; i < rows; i++) {
            int row = i * WIDTH;
            one(d, row, count);
            Mods.derivativeKeys(s, row, d, row, count, b, h, q + i, kv, captures);
            Mods.scoreKeys(s, row, count, b, h, q + i, kv, captures);
        }
    }

    /** {@link #maskedKeys}, and d ← ∂scoreMod/∂s at the score before, 0 where the mask forbids the pair. */
    public static void maskedDerivativeKeys(
            float[] s, float[] d, int rows, int count, int b, int h, int q, int kv, Object[] captures) {
        for (int i = 0; i < rows; i++) {
            int row = i * WIDTH;
            one(d, row, count);
            Mods.maskedDerivativeKeys(s, row, d, row, count, b, h, q + i, kv, captures);
            Mods.maskedKeys(s, row, count, b, h, q + i, kv, captures);
        }
    }

    /**
     * {@code gradients[slot][index] += ds · ∂scoreMod/∂captures[slot][index]} at the score before, for each read of a captured
     * array whose gradient is wanted; rows as of {@link #scoreKeys}.
     */
    public static void accumulateKeys(
            float[] s,
            float[] ds,
            int rows,
            int count,
            int b,
            int h,
            int q,
            int kv,
            Object[] captures,
            float[][] gradients) {
        for (int i = 0; i < rows; i++) {
            int row = i * WIDTH;
            Mods.accumulateKeys(s, row, ds, row, count, b, h, q + i, kv, captures, gradients);
        }
    }

    /** {@link #accumulateKeys} for the pairs that the mask allows. */
    public static void maskedAccumulateKeys(
            float[] s,
            float[] ds,
            int rows,
            int count,
            int b,
            int h,
            int q,
            int kv,
            Object[] captures,
            float[][] gradients) {
        for (int i = 0; i < rows; i++) {
            int row = i * WIDTH;
            Mods.maskedAccumulateKeys(s, row, ds, row, count, b, h, q + i, kv, captures, gradients);
        }
    }

    private static void one(float[] d, int offset, int count) {
        for (int x = offset; x < offset + count; x++) {
            d[x] = 1f;
        }
    }
}
