package muflex.kernels;

/**
 * Attention forward on tensor cores: the algorithm of {@link AttentionForward} with Q, K, V and the weights rounded to half
 * precision, scores, sums and output in float, as FlashAttention-2 does it (Dao 2023, arXiv:2307.08691, section 3.3). A work group is
 * a tile of 64 queries, a warp 16 of them; see {@link Mma} for which elements an item holds. The next keys travel to local
 * memory while the values of these are multiplied, the values while the scores are.
 */
public final class GroupForwardHalf {
    /** Work items in a group: a warp for 16 queries. */
    public static final int ITEMS = 128;

    private static final int TILE = AttentionSizes.TILE;

    /** Rows, columns or depth of a fragment, and pairs in a row of it. */
    private static final int FRAGMENT = 16;

    private static final int PAIRS = FRAGMENT / 2;

    /** Pairs that a copy moves; also what keeps the rows of a tile in different banks. */
    private static final int QUAD = 4;

    /** Elements of a tile of scores that an item holds: of 8 neighbouring matrices C. */
    private static final int SCORES = TILE * TILE / ITEMS;

    private GroupForwardHalf() {}

    /** Pairs in a row of a matrix of this dim: whole fragments, the rest zeros. */
    public static int pairs(int dim) {
        return (dim + FRAGMENT - 1) / FRAGMENT * PAIRS;
    }

    /** Floats of local memory for these dims. */
    public static int localFloats(int dim, int valueDim) {
        return TILE * (stride(dim) + stride(valueDim));
    }

    private static int stride(int dim) {
        return pairs(dim) + QUAD;
    }

    /** {@code to [rows, pairs]} = {@code from [rows, dim]} in half precision; one item is four pairs. */
    public static void pack(float[] from, float[] to, int dim, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            int row = item / (pairs(dim) / QUAD);
            int pair = item % (pairs(dim) / QUAD) * QUAD;
            for (int i = 0; i < QUAD; i++) {
                int column = (pair + i) * 2;
                float low = column < dim ? from[row * dim + column] : 0f;
                float high = column + 1 < dim ? from[row * dim + column + 1] : 0f;
                to[row * pairs(dim) + pair + i] = Mma.pack(low, high);
            }
        }
    }

    /**
     * Fills {@code out} and {@code lse}; a group is an item of {@link AttentionForward#forward}, which has the parameters, but q, k
     * and v are pairs as of {@link #pack}.
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
            Object[] captures) {
        int dim = sizes[AttentionSizes.HEAD_DIM];
        int valueDim = sizes[AttentionSizes.VALUE_DIM];
        float[] keyTile = WorkGroup.localFloats(TILE * stride(dim));
        float[] valueTile = WorkGroup.localFloats(TILE * stride(valueDim));
        float[] queries = new float[pairs(dim) / 2];
        float[] s = new float[SCORES];
        float[] max = new float[2];
        float[] sum = new float[2];
        float[] output = new float[pairs(valueDim)];

        int tiles = AttentionSizes.tiles(sizes[AttentionSizes.QUERIES], sizes[AttentionSizes.QUERY_BLOCK]);
        int head = WorkGroup.groupId() / tiles;
        int t = tiles - 1 - WorkGroup.groupId() % tiles;
        int b = head / sizes[AttentionSizes.HEADS];
        int h = head % sizes[AttentionSizes.HEADS];
        int q0 = AttentionSizes.tileStart(t, sizes[AttentionSizes.QUERY_BLOCK]);
        int rows = AttentionSizes.tileEnd(q0, sizes[AttentionSizes.QUERY_BLOCK], sizes[AttentionSizes.QUERIES]) - q0;
        int firstRow = head * sizes[AttentionSizes.QUERIES] + q0;
        int firstKey = head / sizes[AttentionSizes.GROUP] * sizes[AttentionSizes.KEYS];
        int spanRow = AttentionSizes.row(sizes, b, h, tiles, t);
        int row = WorkGroup.localId() / Mma.WARP * FRAGMENT + WorkGroup.localId() % Mma.WARP / 4;

        loadQueries(q, firstRow, rows, dim, keyTile, queries);
        start(max, sum, sinks.length > 0 ? sinks[h] : Float.NEGATIVE_INFINITY);
        GroupTile.clear(output, pairs(valueDim));
        int span = starts[spanRow];
        int last = starts[spanRow + 1];
        int kv = 0;
        if (span < last) {
            kv = spans[2 * span];
            copyTile(k, firstKey + kv, Math.min(TILE, (spans[2 * span + 1] >> 1) - kv), dim, keyTile);
        }
        Mma.commit();
        while (span < last) {
            int end = spans[2 * span + 1] >> 1;
            boolean masked = (spans[2 * span + 1] & 1) == 0;
            int start = kv;
            int keys = Math.min(TILE, end - start);
            copyTile(v, firstKey + start, keys, valueDim, valueTile);
            Mma.commit();
            kv += TILE;
            if (kv >= end) {
                span++;
                kv = span < last ? spans[2 * span] : 0;
            }
            Mma.await(1);
            WorkGroup.barrier();
            scores(queries, keyTile, dim, s);
            WorkGroup.barrier();
            if (span < last) {
                copyTile(k, firstKey + kv, Math.min(TILE, (spans[2 * span + 1] >> 1) - kv), dim, keyTile);
            }
            Mma.commit();
            modify(s, scale, rows, keys, masked, b, h, q0, start, row, captures);
            softmax(s, 0, max, sum, output, pairs(valueDim));
            softmax(s, 1, max, sum, output, pairs(valueDim));
            if (dropout > 0f) {
                drop(s, dropout, seed, b, h, q0 + row, start);
            }
            Mma.await(1);
            WorkGroup.barrier();
            accumulate(s, valueTile, valueDim, output);
            WorkGroup.barrier();
        }
        for (int i = 0; i < 2; i++) {
            finish(i, max, sum, output, valueDim, row + 8 * i, rows, firstRow, out, lse);
        }
    }

    /** Starts the copy of a tile of rows, zeros behind the last. */
    private static void copyTile(float[] from, int first, int rows, int dim, float[] tile) {
        int quads = pairs(dim) / QUAD;
        for (int i = 0; i < TILE * quads / ITEMS; i++) {
            int at = i * ITEMS + WorkGroup.localId();
            int row = at / quads;
            int column = at % quads * QUAD;
            boolean valid = row < rows;
            int source = (first + (valid ? row : 0)) * pairs(dim) + column;
            Mma.copy(from, source, tile, row * stride(dim) + column, valid);
        }
    }

    /** The fragments A of a warp's queries, by way of the keys' place. */
    private static void loadQueries(float[] q, int firstRow, int rows, int dim, float[] tile, float[] queries) {
        copyTile(q, firstRow, rows, dim, tile);
        Mma.commit();
        Mma.await(0);
        WorkGroup.barrier();
        int first = WorkGroup.localId() / Mma.WARP * FRAGMENT * stride(dim);
        for (int i = 0; i < pairs(dim) / PAIRS; i++) {
            Mma.loadA(tile, first + i * PAIRS, stride(dim), queries, i * 4);
        }
        WorkGroup.barrier();
    }

    private static void start(float[] max, float[] sum, float sink) {
        boolean counts = WorkGroup.localId() % 4 == 0 && sink > Float.NEGATIVE_INFINITY;
        for (int i = 0; i < 2; i++) {
            max[i] = sink;
            sum[i] = counts ? 1f : 0f;
        }
    }

    /** S = Q · Kᵀ. */
    private static void scores(float[] queries, float[] tile, int dim, float[] s) {
        float[] b = new float[4];
        GroupTile.clear(s, SCORES);
        for (int i = 0; i < pairs(dim) / PAIRS; i++) {
            for (int n = 0; n < TILE / FRAGMENT; n++) {
                Mma.loadColumns(tile, n * FRAGMENT * stride(dim) + i * PAIRS, stride(dim), b, 0);
                Mma.multiply(queries, i * 4, b, 0, s, n * 8);
                Mma.multiply(queries, i * 4, b, 2, s, n * 8 + 4);
            }
        }
    }

    /** Scale, score mod, and the mask where it must be asked; −∞ past the last key. */
    private static void modify(
            float[] s,
            float scale,
            int rows,
            int keys,
            boolean masked,
            int b,
            int h,
            int q,
            int kv,
            int row,
            Object[] captures) {
        for (int at = 0; at < SCORES; at++) {
            int query = row + at / 2 % 2 * 8;
            int key = key(at);
            s[at] *= scale;
            if (key >= keys) {
                s[at] = Float.NEGATIVE_INFINITY;
            } else if (query < rows) {
                if (masked) {
                    Mods.maskedKeys(s, at, 1, b, h, q + query, kv + key, captures);
                } else {
                    Mods.scoreKeys(s, at, 1, b, h, q + query, kv + key, captures);
                }
            }
        }
    }

    /** The key, from the tile's first, of an item's element of a tile of scores. */
    private static int key(int at) {
        return at / 4 * 8 + WorkGroup.localId() % 4 * 2 + at % 2;
    }

    /** For one of an item's two rows: the new maximum; sum and output scaled down to it; s ← exp(s − max). */
    private static void softmax(float[] s, int which, float[] max, float[] sum, float[] output, int outputs) {
        float largest = max[which];
        for (int at = 2 * which; at < SCORES; at += 4) {
            largest = s[at] > largest ? s[at] : largest;
            largest = s[at + 1] > largest ? s[at + 1] : largest;
        }
        largest = Mma.rowMax(largest);
        float shift = largest == Float.NEGATIVE_INFINITY ? 0f : largest;
        float factor = Mma.exp(max[which] - shift);
        float total = sum[which] * factor;
        for (int at = 2 * which; at < SCORES; at += 4) {
            s[at] = Mma.exp(s[at] - shift);
            s[at + 1] = Mma.exp(s[at + 1] - shift);
            total += s[at] + s[at + 1];
        }
        max[which] = largest;
        sum[which] = total;
        for (int at = 2 * which; at < outputs; at += 4) {
            output[at] *= factor;
            output[at + 1] *= factor;
        }
    }

    private static void drop(float[] s, float dropout, long seed, int b, int h, int q, int kv) {
        for (int at = 0; at < SCORES; at++) {
            s[at] *= Philox.keep(seed, dropout, b, h, q + at / 2 % 2 * 8, kv + key(at));
        }
    }

    /** Output += weights · V. */
    private static void accumulate(float[] s, float[] tile, int valueDim, float[] output) {
        float[] a = new float[4];
        float[] b = new float[4];
        for (int i = 0; i < TILE / FRAGMENT; i++) {
            for (int j = 0; j < 4; j++) {
                a[j] = Mma.pack(s[i * 8 + 2 * j], s[i * 8 + 2 * j + 1]);
            }
            for (int n = 0; n < pairs(valueDim) / PAIRS; n++) {
                Mma.loadRows(tile, i * FRAGMENT * stride(valueDim) + n * PAIRS, stride(valueDim), b, 0);
                Mma.multiply(a, 0, b, 0, output, n * 8);
                Mma.multiply(a, 0, b, 2, output, n * 8 + 4);
            }
        }
    }

    /** One of an item's two rows: out = output / sum, or 0 where no key was allowed; lse = max + ln sum. */
    private static void finish(
            int which,
            float[] max,
            float[] sum,
            float[] output,
            int valueDim,
            int row,
            int rows,
            int firstRow,
            float[] out,
            float[] lse) {
        float total = Mma.rowSum(sum[which]);
        float inverse = total == 0f ? 0f : 1f / total;
        if (row < rows) {
            if (WorkGroup.localId() % 4 == 0) {
                lse[firstRow + row] = total == 0f ? Float.NEGATIVE_INFINITY : max[which] + (float) Math.log(total);
            }
            for (int n = 0; n < pairs(valueDim) / 4; n++) {
                for (int e = 0; e < 2; e++) {
                    int column = n * 8 + WorkGroup.localId() % 4 * 2 + e;
                    if (column < valueDim) {
                        out[(firstRow + row) * valueDim + column] = output[n * 4 + which * 2 + e] * inverse;
                    }
                }
            }
        }
    }
}
