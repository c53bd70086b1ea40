package muflex.kernels;

/**
 * Attention backward, fused: FlashAttention-2 (Dao 2023, arXiv:2307.08691, algorithm 2). With the scores s = scoreMod(scale ·
 * QKᵀ) computed again and P = exp(s − lse):
 *
 * <pre>
 *   dV = Pᵀ·dO        dP = dO·Vᵀ        dS = P ∘ (dP − δ) ∘ ∂scoreMod/∂score
 *   dQ = scale · dS·K        dK = scale · dSᵀ·Q        δ = rowsum(O ∘ dO) − dLse
 * </pre>
 *
 * <p>The pass is by tiles of {@link AttentionSizes#TILE} keys: K and V of a tile stay, and dK and dV of it are summed, while the queries
 * that attend to it, of all heads of its group, go by a tile at a time. A tile's scores lie with keys along the lanes, S[query][key];
 * of the five products, three read their left operand by rows (see {@link RowTile}) and two by columns
 * ({@link ColumnTile}), so no score is ever transposed.
 *
 * <p>Each tile of keys adds to the dQ of many queries. One work item therefore does all key tiles of a key head, or,
 * where there are fewer key heads than threads want, every parts-th of them, into a dQ of its own; {@link TileProducts#sumParts} adds
 * these up in a fixed order. So results do not depend on timing.
 */
public final class AttentionBackward {
    private static final int TILE = AttentionSizes.TILE;
    private static final int WIDTH = RowTile.WIDTH;
    private static final int ROWS = RowTile.ROWS;

    // Slots of Scratch: the key tile's panels and sums, the query tile's panels, the scores.
    private static final int KEYS_TRANSPOSED = 0;
    private static final int VALUES_TRANSPOSED = 1;
    private static final int KEY_ROWS = 2;
    private static final int KEY_SUMS = 3;
    private static final int VALUE_SUMS = 4;
    private static final int QUERY_ROWS = 5;
    private static final int OUT_ROWS = 6;
    private static final int SCORES = 7;
    private static final int SCORE_GRADIENTS = 8;
    private static final int RAW_SCORES = 9;
    private static final int DERIVATIVES = 10;

    private AttentionBackward() {}

    private static int partSize(int[] sizes) {
        return sizes[AttentionSizes.BATCH] * sizes[AttentionSizes.HEADS] * headSize(sizes);
    }

    private static int headSize(int[] sizes) {
        return (sizes[AttentionSizes.QUERIES] + ROWS) * rowSize(sizes);
    }

    private static int rowSize(int[] sizes) {
        return Panels.count(sizes[AttentionSizes.HEAD_DIM]) * WIDTH;
    }

    /**
     * Fills {@code delta [rows]}: δ = Σ out · dOut − dLse, dLse an array of rows or empty for 0. One item is a row. The sum runs
     * in the order of the product dO·Vᵀ, so that a query with one key, whose dP is δ, gets gradients of exactly 0.
     */
    public static void delta(
            float[] out, float[] dOut, float[] dLse, float[] delta, int valueDim, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            float sum = 0f;
            for (int x = item * valueDim; x < (item + 1) * valueDim; x++) {
                sum = Math.fma(out[x], dOut[x], sum);
            }
            delta[item] = sum - (dLse.length > 0 ? dLse[item] : 0f);
        }
    }

    /**
     * Fills {@code dk} and {@code dv}, and {@code dqParts}, dQ / scale in {@code parts} parts of {@link #partSize}. There are batch ·
     * kvHeads · parts units of work; item i does units i, i + items, …, and adds the gradients of captured arrays to its own
     * {@code gradients[i][slot]}, null where not wanted.
     *
     * @param starts row starts of {@code spans} for tiles of keys, see {@link AttentionSizes}
     * @param modified whether the score mod has a derivative other than 1
     * @param learned whether gradients of captured arrays are wanted
     */
    public static void backward(
            float[] q,
            float[] k,
            float[] v,
            float[] dOut,
            float[] lse,
            float[] delta,
            float[] dqParts,
            float[] dk,
            float[] dv,
            int[] starts,
            int[] spans,
            int[] sizes,
            float scale,
            boolean modified,
            boolean learned,
            float dropout,
            long seed,
            Object[] captures,
            float[][][] gradients,
            int parts,
            int items,
            int first,
            int last) {
        for (@Parallel int item = first; item < last; item++) {
            int heads = sizes[AttentionSizes.HEADS] / sizes[AttentionSizes.GROUP];
            int units = sizes[AttentionSizes.BATCH] * heads * parts;
            int tiles = AttentionSizes.tiles(sizes[AttentionSizes.KEYS], sizes[AttentionSizes.KEY_BLOCK]);
            for (int unit = item; unit < units; unit += items) {
                int head = unit / parts;
                int part = unit % parts;
                int dqPart = part * partSize(sizes);
                Panels.clear(
                        dqParts,
                        dqPart + head * sizes[AttentionSizes.GROUP] * headSize(sizes),
                        sizes[AttentionSizes.GROUP] * headSize(sizes));
                for (int t = part; t < tiles; t += parts) {
                    int kv = AttentionSizes.tileStart(t, sizes[AttentionSizes.KEY_BLOCK]);
                    int keys = AttentionSizes.tileEnd(kv, sizes[AttentionSizes.KEY_BLOCK], sizes[AttentionSizes.KEYS])
                            - kv;
                    int firstKey = head * sizes[AttentionSizes.KEYS] + kv;
                    start(k, v, firstKey, keys, sizes, scale);
                    for (int g = 0; g < sizes[AttentionSizes.GROUP]; g++) {
                        int queryHead = head * sizes[AttentionSizes.GROUP] + g;
                        int b = queryHead / sizes[AttentionSizes.HEADS];
                        int h = queryHead % sizes[AttentionSizes.HEADS];
                        int row = AttentionSizes.row(sizes, b, h, tiles, t);
                        for (int span = starts[row]; span < starts[row + 1]; span++) {
                            int end = spans[2 * span + 1] >> 1;
                            boolean partial = (spans[2 * span + 1] & 1) == 0;
                            for (int q0 = spans[2 * span]; q0 < end; q0 += TILE) {
                                int rows = Math.min(TILE, end - q0);
                                step(
                                        q,
                                        dOut,
                                        lse,
                                        delta,
                                        dqParts,
                                        dqPart + queryHead * headSize(sizes),
                                        sizes,
                                        b,
                                        h,
                                        q0,
                                        rows,
                                        kv,
                                        keys,
                                        partial,
                                        modified,
                                        learned,
                                        dropout,
                                        seed,
                                        captures,
                                        gradients[item]);
                            }
                        }
                    }
                    finish(dk, dv, firstKey, keys, sizes, scale);
                }
            }
        }
    }

    /** The panels of a tile of keys: (scale · K)ᵀ, Vᵀ, and K as it lies; dK and dV are 0. */
    private static void start(float[] k, float[] v, int firstKey, int keys, int[] sizes, float scale) {
        int dim = sizes[AttentionSizes.HEAD_DIM];
        int valueDim = sizes[AttentionSizes.VALUE_DIM];
        int keySize = Panels.count(dim) * TILE * WIDTH;
        int valueSize = Panels.count(valueDim) * TILE * WIDTH;
        Panels.packTransposed(k, firstKey * dim, keys, dim, scale, Scratch.floats(KEYS_TRANSPOSED, TILE * dim));
        Panels.packTransposed(
                v, firstKey * valueDim, keys, valueDim, 1f, Scratch.floats(VALUES_TRANSPOSED, TILE * valueDim));
        Panels.pack(k, firstKey * dim, keys, dim, Scratch.floats(KEY_ROWS, keySize), TILE);
        Panels.clear(Scratch.floats(KEY_SUMS, keySize), 0, keySize);
        Panels.clear(Scratch.floats(VALUE_SUMS, valueSize), 0, valueSize);
    }

    /** One tile of queries: the body of the paper's inner loop. */
    private static void step(
            float[] q,
            float[] dOut,
            float[] lse,
            float[] delta,
            float[] dqParts,
            int dqHead,
            int[] sizes,
            int b,
            int h,
            int q0,
            int rows,
            int kv,
            int keys,
            boolean partial,
            boolean modified,
            boolean learned,
            float dropout,
            long seed,
            Object[] captures,
            float[][] gradients) {
        int dim = sizes[AttentionSizes.HEAD_DIM];
        int valueDim = sizes[AttentionSizes.VALUE_DIM];
        int firstRow = (b * sizes[AttentionSizes.HEADS] + h) * sizes[AttentionSizes.QUERIES] + q0;
        float[] s = Scratch.floats(SCORES, TILE * WIDTH);
        float[] ds = Scratch.floats(SCORE_GRADIENTS, TILE * WIDTH);
        float[] raw = learned ? Scratch.floats(RAW_SCORES, TILE * WIDTH) : s;
        float[] derivatives = modified ? Scratch.floats(DERIVATIVES, TILE * WIDTH) : s;
        Panels.pack(q, firstRow * dim, rows, dim, Scratch.floats(QUERY_ROWS, Panels.count(dim) * TILE * WIDTH), TILE);
        Panels.pack(
                dOut,
                firstRow * valueDim,
                rows,
                valueDim,
                Scratch.floats(OUT_ROWS, Panels.count(valueDim) * TILE * WIDTH),
                TILE);
        for (int sub = 0; sub < keys; sub += WIDTH) {
            int count = Math.min(WIDTH, keys - sub);
            TileProducts.rows(q, firstRow, rows, dim, Scratch.floats(KEYS_TRANSPOSED, 0), sub, count, s);
            TileProducts.rows(dOut, firstRow, rows, valueDim, Scratch.floats(VALUES_TRANSPOSED, 0), sub, count, ds);
            if (learned) {
                ScoreGradients.copy(s, raw, rows);
            }
            modify(s, derivatives, rows, count, b, h, q0, kv + sub, partial, modified, captures);
            if (dropout > 0f) {
                drop(ds, rows, count, b, h, q0, kv + sub, dropout, seed);
            }
            ScoreGradients.softmax(s, ds, derivatives, modified && !learned, lse, delta, firstRow, rows);
            if (dropout > 0f) {
                drop(s, rows, count, b, h, q0, kv + sub, dropout, seed);
            }
            if (learned) {
                learn(raw, ds, rows, count, b, h, q0, kv + sub, partial, captures, gradients);
            }
            if (modified && learned) {
                ScoreGradients.multiply(ds, derivatives, rows);
            }
            int at = sub * WIDTH;
            TileProducts.addColumns(
                    s,
                    rows,
                    Scratch.floats(OUT_ROWS, 0),
                    count,
                    valueDim,
                    Scratch.floats(VALUE_SUMS, 0),
                    at,
                    TILE * WIDTH,
                    WIDTH);
            TileProducts.addColumns(
                    ds,
                    rows,
                    Scratch.floats(QUERY_ROWS, 0),
                    count,
                    dim,
                    Scratch.floats(KEY_SUMS, 0),
                    at,
                    TILE * WIDTH,
                    WIDTH);
            TileProducts.addRows(
                    ds,
                    rows,
                    Scratch.floats(KEY_ROWS, 0),
                    sub,
                    count,
                    dim,
                    dqParts,
                    dqHead + q0 * rowSize(sizes),
                    WIDTH,
                    rowSize(sizes));
        }
    }

    /** s ← scoreMod(s), masked; with its derivative where that is other than 1. */
    public static void modify(
            float[] s,
            float[] derivatives,
            int rows,
            int count,
            int b,
            int h,
            int q,
            int kv,
            boolean partial,
            boolean modified,
            Object[] captures) {
        if (modified && partial) {
            ModTiles.maskedDerivativeKeys(s, derivatives, rows, count, b, h, q, kv, captures);
        } else if (modified) {
            ModTiles.derivativeKeys(s, derivatives, rows, count, b, h, q, kv, captures);
        } else if (partial) {
            ModTiles.maskedKeys(s, 0, rows, count, b, h, q, kv, captures);
        } else {
            ModTiles.scoreKeys(s, 0, rows, count, b, h, q, kv, captures);
        }
    }

    /** Adds to the gradients of captured arrays, from ∂loss/∂(modified score) in ds. */
    public static void learn(
            float[] raw,
            float[] ds,
            int rows,
            int count,
            int b,
            int h,
            int q,
            int kv,
            boolean partial,
            Object[] captures,
            float[][] gradients) {
        if (partial) {
            ModTiles.maskedAccumulateKeys(raw, ds, rows, count, b, h, q, kv, captures, gradients);
        } else {
            ModTiles.accumulateKeys(raw, ds, rows, count, b, h, q, kv, captures, gradients);
        }
    }

    static void drop(float[] s, int rows, int count, int b, int h, int q, int kv, float dropout, long seed) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < count; j++) {
                s[i * WIDTH + j] *= Philox.keep(seed, dropout, b, h, q + i, kv + j);
            }
        }
    }

    private static void finish(float[] dk, float[] dv, int firstKey, int keys, int[] sizes, float scale) {
        TileProducts.unpack(Scratch.floats(KEY_SUMS, 0), keys, sizes[AttentionSizes.HEAD_DIM], scale, dk, firstKey);
        TileProducts.unpack(Scratch.floats(VALUE_SUMS, 0), keys, sizes[AttentionSizes.VALUE_DIM], 1f, dv, firstKey);
    }
}
