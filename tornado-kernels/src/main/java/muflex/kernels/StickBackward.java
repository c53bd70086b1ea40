package muflex.kernels;

/**
 * Stick-breaking attention backward, fused (Tan et al. 2024, arXiv:2410.17980, section 3). With the scores s and the weights p of {@link
 * StickForward} computed again, dP = dO·Vᵀ and g = p ∘ dP:
 *
 * <pre>
 *   dS[kv] = (g[kv] − σ(s[kv]) · (δ − Σ_{j &gt; kv} g[j] − dLse)) · ∂scoreMod/∂score        δ = rowsum(O ∘ dO)
 *   dV = pᵀ·dO        dQ = scale · dS·K        dK = scale · dSᵀ·Q
 * </pre>
 *
 * <p>δ is the sum of g over all keys, so δ − Σ is that of the key itself and the older ones, on whose weights its share bears; once the
 * stick is used up it is taken as 0, see {@link StickGradients#gradients}. The sums over newer keys want keys from the newest to the
 * oldest, so the pass is by tiles of queries, where {@link AttentionBackward}'s is by tiles of keys: a tile of queries walks over its tiles
 * of keys and keeps its dQ, while dK and dV are added to. One work item does the tiles of queries of a key head's group, or every parts-th
 * of them, into a dK and dV of its own; {@link TileProducts#sumParts} adds these up in a fixed order. So results do not depend on timing.
 */
public final class StickBackward {
    private static final int TILE = AttentionSizes.TILE;
    private static final int WIDTH = RowTile.WIDTH;
    private static final int ROWS = RowTile.ROWS;

    // Slots of Scratch: the key tile's panels, the query tile's panels and sums, the scores.
    private static final int KEYS_TRANSPOSED = 0;
    private static final int VALUES_TRANSPOSED = 1;
    private static final int KEY_ROWS = 2;
    private static final int QUERY_ROWS = 3;
    private static final int OUT_ROWS = 4;
    private static final int QUERY_SUMS = 5;
    private static final int PASSED = 6;
    private static final int GAINED = 7;
    private static final int SCORES = 8;
    private static final int SCORE_GRADIENTS = 9;
    private static final int RAW_SCORES = 10;
    private static final int DERIVATIVES = 11;
    private static final int SHARES = 12;
    private static final int SUMS = 13;

    private StickBackward() {}

    /** Floats of a key head's dK, or dV, in one part. */
    private static int headSize(int[] sizes, int dim) {
        return (sizes[AttentionSizes.KEYS] + ROWS) * Panels.count(dim) * WIDTH;
    }

    /**
     * Fills {@code dq}, and {@code dkParts} and {@code dvParts}, dK / scale and dV in {@code parts} parts. Units of work and their items are
     * those of {@link AttentionBackward#backward}.
     *
     * @param delta rowsum(O ∘ dO), without dLse
     * @param dLse of length 0 for zero
     * @param starts row starts of {@code spans} for tiles of queries, see {@link AttentionSizes}
     * @param modified whether the score mod has a derivative other than 1
     * @param learned whether gradients of captured arrays are wanted
     */
    public static void backward(
            float[] q,
            float[] k,
            float[] v,
            float[] dOut,
            float[] delta,
            float[] dLse,
            float[] dq,
            float[] dkParts,
            float[] dvParts,
            int[] starts,
            int[] spans,
            int[] sizes,
            float scale,
            boolean modified,
            boolean learned,
            Object[] captures,
            float[][][] gradients,
            int parts,
            int items,
            int first,
            int last) {
        for (@Parallel int item = first; item < last; item++) {
            int heads = sizes[AttentionSizes.BATCH] * sizes[AttentionSizes.HEADS] / sizes[AttentionSizes.GROUP];
            int tiles = AttentionSizes.tiles(sizes[AttentionSizes.QUERIES], sizes[AttentionSizes.QUERY_BLOCK]);
            int keySize = headSize(sizes, sizes[AttentionSizes.HEAD_DIM]);
            int valueSize = headSize(sizes, sizes[AttentionSizes.VALUE_DIM]);
            for (int unit = item; unit < heads * parts; unit += items) {
                int head = unit / parts;
                int part = unit % parts;
                int dk = (part * heads + head) * keySize;
                int dv = (part * heads + head) * valueSize;
                Panels.clear(dkParts, dk, keySize);
                Panels.clear(dvParts, dv, valueSize);
                for (int at = part; at < tiles * sizes[AttentionSizes.GROUP]; at += parts) {
                    int queryHead = head * sizes[AttentionSizes.GROUP] + at / tiles;
                    int t = at % tiles;
                    int b = queryHead / sizes[AttentionSizes.HEADS];
                    int h = queryHead % sizes[AttentionSizes.HEADS];
                    int q0 = AttentionSizes.tileStart(t, sizes[AttentionSizes.QUERY_BLOCK]);
                    int rows =
                            AttentionSizes.tileEnd(q0, sizes[AttentionSizes.QUERY_BLOCK], sizes[AttentionSizes.QUERIES])
                                    - q0;
                    int firstRow = queryHead * sizes[AttentionSizes.QUERIES] + q0;
                    int spanRow = AttentionSizes.row(sizes, b, h, tiles, t);
                    start(q, dOut, firstRow, rows, sizes);
                    for (int span = starts[spanRow + 1] - 1; span >= starts[spanRow]; span--) {
                        int start = spans[2 * span];
                        boolean partial = (spans[2 * span + 1] & 1) == 0;
                        for (int end = spans[2 * span + 1] >> 1; end > start; end -= TILE) {
                            int kv = Math.max(start, end - TILE);
                            int firstKey = head * sizes[AttentionSizes.KEYS] + kv;
                            keys(k, v, firstKey, end - kv, sizes, scale);
                            step(
                                    q,
                                    dOut,
                                    delta,
                                    dLse,
                                    dkParts,
                                    dk,
                                    dvParts,
                                    dv,
                                    sizes,
                                    b,
                                    h,
                                    q0,
                                    rows,
                                    kv,
                                    end - kv,
                                    partial,
                                    modified,
                                    learned,
                                    captures,
                                    gradients[item]);
                        }
                    }
                    int dim = sizes[AttentionSizes.HEAD_DIM];
                    TileProducts.unpack(Scratch.floats(QUERY_SUMS, 0), rows, dim, scale, dq, firstRow);
                }
            }
        }
    }

    /** The panels of a tile of queries; dQ and the sums over newer keys are 0. */
    private static void start(float[] q, float[] dOut, int firstRow, int rows, int[] sizes) {
        int dim = sizes[AttentionSizes.HEAD_DIM];
        int valueDim = sizes[AttentionSizes.VALUE_DIM];
        int size = Panels.count(dim) * TILE * WIDTH;
        Panels.pack(q, firstRow * dim, rows, dim, Scratch.floats(QUERY_ROWS, size), TILE);
        Panels.pack(
                dOut,
                firstRow * valueDim,
                rows,
                valueDim,
                Scratch.floats(OUT_ROWS, Panels.count(valueDim) * TILE * WIDTH),
                TILE);
        Panels.clear(Scratch.floats(QUERY_SUMS, size), 0, size);
        Panels.clear(Scratch.floats(PASSED, TILE), 0, TILE);
        Panels.clear(Scratch.floats(GAINED, TILE), 0, TILE);
    }

    /** The panels of a tile of keys: (scale · K)ᵀ, Vᵀ, and K as it lies. */
    private static void keys(float[] k, float[] v, int firstKey, int keys, int[] sizes, float scale) {
        int dim = sizes[AttentionSizes.HEAD_DIM];
        int valueDim = sizes[AttentionSizes.VALUE_DIM];
        Panels.packTransposed(k, firstKey * dim, keys, dim, scale, Scratch.floats(KEYS_TRANSPOSED, TILE * dim));
        Panels.packTransposed(
                v, firstKey * valueDim, keys, valueDim, 1f, Scratch.floats(VALUES_TRANSPOSED, TILE * valueDim));
        Panels.pack(k, firstKey * dim, keys, dim, Scratch.floats(KEY_ROWS, Panels.count(dim) * TILE * WIDTH), TILE);
    }

    /** One tile of keys, {@code kv} to {@code kv + keys − 1}, a panel of them at a time, from the newest on. */
    private static void step(
            float[] q,
            float[] dOut,
            float[] delta,
            float[] dLse,
            float[] dkParts,
            int dk,
            float[] dvParts,
            int dv,
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
            Object[] captures,
            float[][] gradients) {
        int dim = sizes[AttentionSizes.HEAD_DIM];
        int valueDim = sizes[AttentionSizes.VALUE_DIM];
        int firstRow = (b * sizes[AttentionSizes.HEADS] + h) * sizes[AttentionSizes.QUERIES] + q0;
        int keyRow = Panels.count(dim) * WIDTH;
        int valueRow = Panels.count(valueDim) * WIDTH;
        float[] s = Scratch.floats(SCORES, TILE * WIDTH);
        float[] ds = Scratch.floats(SCORE_GRADIENTS, TILE * WIDTH);
        float[] raw = learned ? Scratch.floats(RAW_SCORES, TILE * WIDTH) : s;
        float[] derivatives = modified ? Scratch.floats(DERIVATIVES, TILE * WIDTH) : s;
        for (int sub = (keys - 1) / WIDTH * WIDTH; sub >= 0; sub -= WIDTH) {
            int count = Math.min(WIDTH, keys - sub);
            TileProducts.rows(q, firstRow, rows, dim, Scratch.floats(KEYS_TRANSPOSED, 0), sub, count, s);
            TileProducts.rows(dOut, firstRow, rows, valueDim, Scratch.floats(VALUES_TRANSPOSED, 0), sub, count, ds);
            if (learned) {
                ScoreGradients.copy(s, raw, rows);
            }
            AttentionBackward.modify(s, derivatives, rows, count, b, h, q0, kv + sub, partial, modified, captures);
            weigh(s, ds, delta, dLse, firstRow, rows, count);
            if (learned) {
                AttentionBackward.learn(raw, ds, rows, count, b, h, q0, kv + sub, partial, captures, gradients);
            }
            if (modified) {
                ScoreGradients.multiply(ds, derivatives, rows);
            }
            int to = dv + (kv + sub) * valueRow;
            TileProducts.addColumns(
                    s, rows, Scratch.floats(OUT_ROWS, 0), count, valueDim, dvParts, to, WIDTH, valueRow);
            to = dk + (kv + sub) * keyRow;
            TileProducts.addColumns(ds, rows, Scratch.floats(QUERY_ROWS, 0), count, dim, dkParts, to, WIDTH, keyRow);
            TileProducts.addRows(
                    ds,
                    rows,
                    Scratch.floats(KEY_ROWS, 0),
                    sub,
                    count,
                    dim,
                    Scratch.floats(QUERY_SUMS, 0),
                    0,
                    TILE * WIDTH,
                    WIDTH);
        }
    }

    /** p into s and ∂loss/∂(modified score) into ds; rows of ds that fill the last register tile are 0. */
    private static void weigh(float[] s, float[] ds, float[] delta, float[] dLse, int firstRow, int rows, int count) {
        float[] passed = Scratch.floats(PASSED, 0);
        float[] gained = Scratch.floats(GAINED, 0);
        float[] shares = Scratch.floats(SHARES, TILE * WIDTH);
        float[] sums = Scratch.floats(SUMS, TILE * WIDTH);
        StickGradients.clear(s, ds, rows, count);
        Logistic.split(s, rows, WIDTH, shares, sums);
        for (int i = 0; i < rows; i++) {
            int row = i * WIDTH;
            passed[i] = StickGradients.sumOfNewer(sums, row, passed[i]);
            StickGradients.weights(s, ds, row, shares, sums);
            gained[i] = StickGradients.sumOfNewer(sums, row, gained[i]);
            float onLse = dLse.length > 0 ? dLse[firstRow + i] : 0f;
            StickGradients.gradients(s, ds, row, shares, sums, delta[firstRow + i], onLse);
        }
        int end = (rows + ROWS - 1) / ROWS * ROWS;
        Panels.clear(ds, rows * WIDTH, (end - rows) * WIDTH);
    }
}
