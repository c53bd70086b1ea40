package muflex.kernels;

/**
 * Stick-breaking attention forward, fused (Tan et al. 2024, arXiv:2410.17980, section 3). Per query, over the keys that the mask allows,
 * from the newest to the oldest, with s = scoreMod(scale · q·k):
 *
 * <pre>  p[kv] = σ(s[kv]) · exp(−Σ_{j &gt; kv} softplus(s[j]))        out = Σ p[kv] · v[kv]        lse = Σ softplus(s[kv])</pre>
 *
 * <p>Work items, spans and layouts are those of {@link AttentionForward}: a tile of queries walks over its tiles of keys, scores lie
 * transposed with queries along the lanes. Spans and tiles of keys go by from the last to the first, and all that is kept for a query
 * between them is the sum of softplus so far: no maximum, no rescaling, since no weight is above 1.
 */
public final class StickForward {
    private static final int TILE = AttentionSizes.TILE;
    private static final int WIDTH = RowTile.WIDTH;
    private static final int LENGTH = Lanes.length();

    // Slots of Scratch.
    private static final int QUERY_PANELS = 0;
    private static final int SCORES = 1;
    private static final int VALUE_PANELS = 2;
    private static final int OUTPUT = 3;
    private static final int PASSED = 4;
    private static final int SUMS = 5;

    private StickForward() {}

    /** Fills {@code out} and {@code lse}; arguments and items as {@link AttentionForward#forward}. */
    public static void forward(
            float[] q,
            float[] k,
            float[] v,
            float[] out,
            float[] lse,
            int[] starts,
            int[] spans,
            int[] sizes,
            float scale,
            Object[] captures,
            int first,
            int last) {
        for (@Parallel int item = first; item < last; item++) {
            int tiles = AttentionSizes.tiles(sizes[AttentionSizes.QUERIES], sizes[AttentionSizes.QUERY_BLOCK]);
            int head = item / tiles;
            int t = tiles - 1 - item % tiles;
            int b = head / sizes[AttentionSizes.HEADS];
            int h = head % sizes[AttentionSizes.HEADS];
            int q0 = AttentionSizes.tileStart(t, sizes[AttentionSizes.QUERY_BLOCK]);
            int rows =
                    AttentionSizes.tileEnd(q0, sizes[AttentionSizes.QUERY_BLOCK], sizes[AttentionSizes.QUERIES]) - q0;
            int firstRow = head * sizes[AttentionSizes.QUERIES] + q0;
            int spanRow = AttentionSizes.row(sizes, b, h, tiles, t);

            start(q, firstRow, rows, sizes, scale);
            for (int span = starts[spanRow + 1] - 1; span >= starts[spanRow]; span--) {
                int start = spans[2 * span];
                boolean partial = (spans[2 * span + 1] & 1) == 0;
                for (int end = spans[2 * span + 1] >> 1; end > start; end -= TILE) {
                    int kv = Math.max(start, end - TILE);
                    step(k, v, sizes, b, h, q0, rows, kv, end - kv, partial, captures);
                }
            }
            finish(out, lse, firstRow, rows, sizes[AttentionSizes.VALUE_DIM]);
        }
    }

    /** Qᵀ · scale into panels; nothing passed and no output yet. */
    private static void start(float[] q, int firstRow, int rows, int[] sizes, float scale) {
        int dim = sizes[AttentionSizes.HEAD_DIM];
        int size = Panels.count(sizes[AttentionSizes.VALUE_DIM]) * TILE * WIDTH;
        Panels.packTransposed(q, firstRow * dim, rows, dim, scale, Scratch.floats(QUERY_PANELS, TILE * dim));
        Panels.clear(Scratch.floats(PASSED, TILE), 0, TILE);
        Panels.clear(Scratch.floats(OUTPUT, size), 0, size);
    }

    /** One tile of keys, {@code kv} to {@code kv + keys − 1}. */
    private static void step(
            float[] k,
            float[] v,
            int[] sizes,
            int b,
            int h,
            int q0,
            int rows,
            int kv,
            int keys,
            boolean partial,
            Object[] captures) {
        int dim = sizes[AttentionSizes.HEAD_DIM];
        int valueDim = sizes[AttentionSizes.VALUE_DIM];
        int firstKey =
                (b * sizes[AttentionSizes.HEADS] + h) / sizes[AttentionSizes.GROUP] * sizes[AttentionSizes.KEYS] + kv;
        float[] values = Scratch.floats(VALUE_PANELS, Panels.count(valueDim) * TILE * WIDTH);
        float[] s = Scratch.floats(SCORES, TILE * WIDTH);
        float[] sums = Scratch.floats(SUMS, TILE * WIDTH);
        Panels.pack(v, firstKey * valueDim, keys, valueDim, values, TILE);
        for (int sub = 0; sub < rows; sub += WIDTH) {
            int count = Math.min(WIDTH, rows - sub);
            TileProducts.rows(k, firstKey, keys, dim, Scratch.floats(QUERY_PANELS, 0), sub, count, s);
            if (partial) {
                ModTiles.maskedQueries(s, keys, count, b, h, q0 + sub, kv, captures);
            } else {
                ModTiles.scoreQueries(s, keys, count, b, h, q0 + sub, kv, captures);
            }
            Logistic.split(s, keys, count, s, sums);
            for (int c = 0; c < count; c += LENGTH) {
                weights(s, sums, c, keys, Scratch.floats(PASSED, 0), sub + c);
            }
            TileProducts.addColumns(
                    s, keys, values, count, valueDim, Scratch.floats(OUTPUT, 0), sub * WIDTH, TILE * WIDTH, WIDTH);
        }
    }

    /** Shares to weights for one vector of queries, at column c, from the newest key to the oldest; passed ← passed + Σ softplus. */
    private static void weights(float[] s, float[] sums, int c, int keys, float[] passed, int query) {
        Lanes sum = Lanes.load(passed, query);
        for (int j = keys - 1; j >= 0; j--) {
            int x = j * WIDTH + c;
            Lanes left = Lanes.exp(Lanes.sub(Lanes.zero(), sum));
            Lanes.store(s, x, Lanes.mul(Lanes.load(s, x), left));
            sum = Lanes.add(sum, Lanes.load(sums, x));
        }
        Lanes.store(passed, query, sum);
    }

    private static void finish(float[] out, float[] lse, int firstRow, int rows, int valueDim) {
        float[] passed = Scratch.floats(PASSED, 0);
        for (int i = 0; i < rows; i++) {
            lse[firstRow + i] = passed[i];
        }
        TileProducts.unpack(Scratch.floats(OUTPUT, 0), rows, valueDim, 1f, out, firstRow);
    }
}
