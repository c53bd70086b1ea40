package muflex.kernels;

/**
 * Attention forward, fused: FlashAttention-2 (Dao 2023, arXiv:2307.08691, algorithm 1) for cores with vector registers.
 * Per query i, over the keys j that the mask allows, with s_ij = scoreMod(scale · qᵢ·kⱼ):
 *
 * <pre>  lseᵢ = ln Σⱼ exp(s_ij)        outᵢ = Σⱼ exp(s_ij − lseᵢ) · vⱼ</pre>
 *
 * <p>One work item is a tile of {@link AttentionSizes#TILE} queries of one head. It walks over the keys that its spans list, a tile
 * of keys at a time, and keeps for each query the largest score m so far, the sum l of exp(s − m), and the unnormalised
 * output; when m grows, l and the output are scaled down (the paper's lines 8–10; only the queries whose m grew).
 *
 * <p>Scores lie transposed, queries along the lanes: S[key][query] = K · Qᵀ. So K is read where it lies, a scalar at a time, and
 * only the queries are transposed, once; maximum and sum of a softmax are plain vector operations; and the product with V
 * reads S as a left operand without a transposition (see {@link ColumnTile}). V is copied tile by tile into panels, which
 * costs 1 % and gives every stride of the inner loops as a constant.
 */
public final class AttentionForward {
    private static final int TILE = AttentionSizes.TILE;
    private static final int WIDTH = RowTile.WIDTH;
    private static final int LENGTH = Lanes.length();

    // Slots of Scratch.
    private static final int QUERY_PANELS = 0;
    private static final int SCORES = 1;
    private static final int VALUE_PANELS = 2;
    private static final int OUTPUT = 3;
    private static final int STATE = 4;

    // Where a tile's running maxima, sums and rescaling factors lie in STATE.
    private static final int MAX = 0;
    private static final int SUM = TILE;
    private static final int FACTOR = 2 * TILE;

    private AttentionForward() {}

    /** Work items: tiles of queries of all heads. */
    public static int items(int[] sizes) {
        return sizes[AttentionSizes.BATCH]
                * sizes[AttentionSizes.HEADS]
                * AttentionSizes.tiles(sizes[AttentionSizes.QUERIES], sizes[AttentionSizes.QUERY_BLOCK]);
    }

    /**
     * Fills {@code out} and {@code lse}; arrays row-major as in {@code AttentionShape}. Heads come first in the order of items,
     * so that those at work share their keys; within a head the last queries, which a causal mask gives most work.
     *
     * @param sinks one logit a head, a key without a value, or an empty array
     * @param starts row starts of {@code spans}, see {@link AttentionSizes}
     * @param dropout the probability that a weight is dropped
     */
    public static void forward(
            float[] q,
            float[] k,
            float[] v,
            float[] out,
            float[] lse,
            float[] sinks,
            int[] starts,
            int[] spans,
            int[] sizes,
            float scale,
            float dropout,
            long seed,
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

            start(q, firstRow, rows, sizes, scale, sinks.length > 0 ? sinks[h] : Float.NEGATIVE_INFINITY);
            for (int span = starts[spanRow]; span < starts[spanRow + 1]; span++) {
                int end = spans[2 * span + 1] >> 1;
                boolean partial = (spans[2 * span + 1] & 1) == 0;
                for (int kv = spans[2 * span]; kv < end; kv += TILE) {
                    int keys = Math.min(TILE, end - kv);
                    step(k, v, sizes, b, h, q0, rows, kv, keys, partial, dropout, seed, captures);
                }
            }
            finish(out, lse, firstRow, rows, sizes[AttentionSizes.VALUE_DIM]);
        }
    }

    /** Qᵀ · scale into panels; m, l and the output as before the first key (the sink is a key with weight 1 and v = 0). */
    private static void start(float[] q, int firstRow, int rows, int[] sizes, float scale, float sink) {
        int dim = sizes[AttentionSizes.HEAD_DIM];
        float[] panels = Scratch.floats(QUERY_PANELS, TILE * dim);
        Panels.packTransposed(q, firstRow * dim, rows, dim, scale, panels);
        float[] state = Scratch.floats(STATE, 3 * TILE);
        for (int i = 0; i < TILE; i++) {
            state[MAX + i] = sink;
            state[SUM + i] = sink == Float.NEGATIVE_INFINITY ? 0f : 1f;
        }
        int size = Panels.count(sizes[AttentionSizes.VALUE_DIM]) * TILE * WIDTH;
        Panels.clear(Scratch.floats(OUTPUT, size), 0, size);
    }

    /** One tile of keys, {@code kv} to {@code kv + keys − 1}: the body of the paper's inner loop. */
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
            float dropout,
            long seed,
            Object[] captures) {
        int dim = sizes[AttentionSizes.HEAD_DIM];
        int valueDim = sizes[AttentionSizes.VALUE_DIM];
        int firstKey =
                (b * sizes[AttentionSizes.HEADS] + h) / sizes[AttentionSizes.GROUP] * sizes[AttentionSizes.KEYS] + kv;
        float[] values = Scratch.floats(VALUE_PANELS, Panels.count(valueDim) * TILE * WIDTH);
        float[] s = Scratch.floats(SCORES, TILE * WIDTH);
        Panels.pack(v, firstKey * valueDim, keys, valueDim, values, TILE);
        for (int sub = 0; sub < rows; sub += WIDTH) {
            int count = Math.min(WIDTH, rows - sub);
            TileProducts.rows(k, firstKey, keys, dim, Scratch.floats(QUERY_PANELS, 0), sub, count, s);
            if (partial) {
                ModTiles.maskedQueries(s, keys, count, b, h, q0 + sub, kv, captures);
            } else {
                ModTiles.scoreQueries(s, keys, count, b, h, q0 + sub, kv, captures);
            }
            for (int c = 0; c < count; c += LENGTH) {
                softmax(s, c, keys, sub, valueDim);
            }
            if (dropout > 0f) {
                drop(s, keys, count, b, h, q0 + sub, kv, dropout, seed);
            }
            TileProducts.addColumns(
                    s, keys, values, count, valueDim, Scratch.floats(OUTPUT, 0), sub * WIDTH, TILE * WIDTH, WIDTH);
        }
    }

    /**
     * For one vector of queries, at column c of S: the new maximum; where it grew, l and the output scaled down; and
     * S ← exp(S − m), l ← l + Σ S.
     */
    private static void softmax(float[] s, int c, int keys, int sub, int valueDim) {
        float[] state = Scratch.floats(STATE, 3 * TILE);
        if (raiseMaximum(s, c, keys, state, sub + c)) {
            rescale(state, sub + c, valueDim);
        }
        exponentiate(s, c, keys, state, sub + c);
    }

    /** m ← max(m, S), the old m into FACTOR; whether any grew. Four maxima side by side: one alone would wait for each. */
    private static boolean raiseMaximum(float[] s, int c, int keys, float[] state, int query) {
        Lanes before = Lanes.load(state, MAX + query);
        Lanes m0 = before;
        Lanes m1 = before;
        Lanes m2 = before;
        Lanes m3 = before;
        int j = 0;
        for (; j + 3 < keys; j += 4) {
            m0 = Lanes.max(m0, Lanes.load(s, j * WIDTH + c));
            m1 = Lanes.max(m1, Lanes.load(s, j * WIDTH + WIDTH + c));
            m2 = Lanes.max(m2, Lanes.load(s, j * WIDTH + 2 * WIDTH + c));
            m3 = Lanes.max(m3, Lanes.load(s, j * WIDTH + 3 * WIDTH + c));
        }
        for (; j < keys; j++) {
            m0 = Lanes.max(m0, Lanes.load(s, j * WIDTH + c));
        }
        Lanes m = Lanes.max(Lanes.max(m0, m1), Lanes.max(m2, m3));
        Lanes.store(state, FACTOR + query, before);
        Lanes.store(state, MAX + query, m);
        return Lanes.anyLess(before, m);
    }

    /** Scales l and the output of those queries whose maximum grew; before the first key both are 0 and stay so. */
    private static void rescale(float[] state, int query, int valueDim) {
        float[] output = Scratch.floats(OUTPUT, 0);
        for (int i = query; i < query + LENGTH; i++) {
            float before = state[FACTOR + i];
            if (before < state[MAX + i] && before != Float.NEGATIVE_INFINITY) {
                float factor = ExpPolynomial.exp(before - state[MAX + i]);
                state[SUM + i] *= factor;
                for (int p = 0; p < Panels.count(valueDim); p++) {
                    scale(output, (p * TILE + i) * WIDTH, factor);
                }
            }
        }
    }

    private static void scale(float[] row, int offset, float factor) {
        for (int x = offset; x < offset + WIDTH; x += LENGTH) {
            Lanes.store(row, x, Lanes.mul(Lanes.load(row, x), Lanes.splat(factor)));
        }
    }

    /** A maximum of −∞ (nothing allowed yet) is taken as 0, which makes every exp 0 and never ∞ − ∞. */
    private static void exponentiate(float[] s, int c, int keys, float[] state, int query) {
        Lanes m = Lanes.load(state, MAX + query);
        Lanes shift = Lanes.whereLess(m, Lanes.splat(-Float.MAX_VALUE), Lanes.zero(), m);
        Lanes sum = Lanes.zero();
        for (int j = 0; j < keys; j++) {
            Lanes p = Lanes.exp(Lanes.sub(Lanes.load(s, j * WIDTH + c), shift));
            Lanes.store(s, j * WIDTH + c, p);
            sum = Lanes.add(sum, p);
        }
        Lanes.store(state, SUM + query, Lanes.add(Lanes.load(state, SUM + query), sum));
    }

    static void drop(float[] s, int keys, int count, int b, int h, int q, int kv, float dropout, long seed) {
        for (int j = 0; j < keys; j++) {
            for (int i = 0; i < count; i++) {
                s[j * WIDTH + i] *= Philox.keep(seed, dropout, b, h, q + i, kv + j);
            }
        }
    }

    /** out = output / l, or 0 where no key was allowed; lse = m + ln l. */
    private static void finish(float[] out, float[] lse, int firstRow, int rows, int valueDim) {
        float[] state = Scratch.floats(STATE, 3 * TILE);
        float[] output = Scratch.floats(OUTPUT, 0);
        for (int i = 0; i < rows; i++) {
            float sum = state[SUM + i];
            lse[firstRow + i] = sum == 0f ? Float.NEGATIVE_INFINITY : state[MAX + i] + (float) Math.log(sum);
            Lanes inverse = Lanes.splat(sum == 0f ? 0f : 1f / sum);
            int to = (firstRow + i) * valueDim;
            for (int x = 0; x < valueDim; x += LENGTH) {
                int from = (x / WIDTH * TILE + i) * WIDTH + x % WIDTH;
                Lanes.store(out, to + x, Lanes.mul(Lanes.load(output, from), inverse), valueDim - x);
            }
        }
    }
}
