package muflex.kernels;

/**
 * {@link GroupDecode} for GPUs whose items tell each other numbers in warps of 32: no key or value goes through local memory and no
 * item waits for another warp, so that the memory's speed is what counts. A warp has {@value #ROWS} queries and takes
 * {@value #KEYS} keys at a time; lane l holds elements l, l + 32, … of each of these rows, and, once the sums over the lanes are
 * taken, the scores of query l mod 8 with keys l / 8 and l / 8 + 4. What the warps of a group found is joined by
 * {@link WarpParts}.
 */
public final class WarpDecode {
    /** Work items in a group. */
    public static final int ITEMS = WarpParts.ITEMS;

    /** Queries of a warp. */
    private static final int ROWS = 8;

    /** Keys that a warp reads at a time, and as many values with them, before it waits for the first. */
    private static final int KEYS = 8;

    /** Scores of an item. */
    private static final int SCORES = ROWS * KEYS / Mma.WARP;

    /** Keys to whose scores the items give an element each. */
    private static final int FOLDED = KEYS / SCORES;

    private WarpDecode() {}

    /** Warps of a group that have different queries: a power of two. */
    public static int high(int queries) {
        return WarpParts.high(queries, ROWS);
    }

    /** Floats of local memory for this dim. */
    public static int localFloats(int valueDim) {
        return WarpParts.localFloats(ROWS, valueDim);
    }

    /** Elements of a row that an item holds. */
    private static int slices(int dim) {
        return (dim + Mma.WARP - 1) / Mma.WARP;
    }

    /**
     * Fills {@code parts} and {@code lses} as {@link GroupDecode#forward}, whose parameters these are but for {@code high}.
     *
     * @param high see {@link #high}
     */
    public static void forward(
            float[] q,
            float[] k,
            float[] v,
            float[] parts,
            float[] lses,
            float[] sinks,
            int[] starts,
            int[] spans,
            int[] sizes,
            float scale,
            float dropout,
            long seed,
            Object[] captures,
            int splits,
            int chunk,
            int high) {
        int dim = sizes[AttentionSizes.HEAD_DIM];
        int valueDim = sizes[AttentionSizes.VALUE_DIM];
        float[] found = WorkGroup.localFloats(localFloats(valueDim));
        float[] queries = new float[ROWS * slices(dim)];
        float[] keys = new float[KEYS * slices(dim)];
        float[] values = new float[KEYS * slices(valueDim)];
        float[] s = new float[SCORES];
        float[] output = new float[ROWS * slices(valueDim)];
        int[] place = new int[GroupPlace.COUNT];
        int from = WorkGroup.groupId() % splits * chunk;
        GroupPlace.ofKeyHead(sizes, starts, spans, WorkGroup.groupId() / splits, from, from + chunk, place);

        int warp = WorkGroup.localId() / Mma.WARP;
        int first = warp % high * ROWS;
        int query = first + Mma.lane() % ROWS;
        float max = Float.NEGATIVE_INFINITY;
        float sum = 0f;
        readQueries(q, place, first, dim, scale, queries);
        GroupTile.clear(output, ROWS * slices(valueDim));
        while (GroupPlace.more(place)) {
            GroupPlace.stepKeys(spans, place);
            for (int key = warp / high * KEYS; key < place[GroupPlace.KEYS]; key += WarpParts.WARPS / high * KEYS) {
                read(k, place, key, dim, keys);
                read(v, place, key, valueDim, values);
                multiply(queries, keys, dim, s);
                for (int i = 0; i < WorkGroup.unrolled(SCORES); i++) {
                    GroupDecode.modify(s, i, query, key + keyOf(i), place, sizes, captures);
                }
                float largest = largest(max, s);
                float shift = largest == Float.NEGATIVE_INFINITY ? 0f : largest;
                if (Mma.any(largest > max)) {
                    float factor = (float) Math.exp(max - shift);
                    sum *= factor;
                    scale(output, valueDim, factor);
                    max = largest;
                }
                for (int i = 0; i < WorkGroup.unrolled(SCORES); i++) {
                    s[i] = (float) Math.exp(s[i] - shift);
                    sum += s[i];
                    if (dropout > 0f) {
                        s[i] *= GroupDecode.keep(dropout, seed, query, key + keyOf(i), place, sizes);
                    }
                }
                accumulate(s, values, valueDim, output);
            }
        }
        store(max, sum, output, valueDim, found);
        WorkGroup.barrier();
        WarpParts.join(found, ROWS, high, valueDim, sinks, place, sizes, splits, parts, lses);
    }

    /** The key of an item's score i, of those that the warp has read. */
    private static int keyOf(int i) {
        return i * FOLDED + Mma.lane() / ROWS;
    }

    private static void readQueries(float[] q, int[] place, int first, int dim, float scale, float[] queries) {
        for (int i = 0; i < WorkGroup.unrolled(ROWS * slices(dim)); i++) {
            int row = first + i / slices(dim);
            int column = i % slices(dim) * Mma.WARP + Mma.lane();
            boolean exists = row < place[GroupPlace.QUERIES] && column < dim;
            queries[i] = exists ? q[(place[GroupPlace.QUERY_ROW] + row) * dim + column] * scale : 0f;
        }
    }

    /** Rows from {@code key} on; where there is no such row or column, the last one. */
    private static void read(float[] from, int[] place, int key, int dim, float[] rows) {
        for (int i = 0; i < WorkGroup.unrolled(KEYS * slices(dim)); i++) {
            int row = Math.min(key + i / slices(dim), place[GroupPlace.KEYS] - 1);
            int column = Math.min(i % slices(dim) * Mma.WARP + Mma.lane(), dim - 1);
            rows[i] = from[(place[GroupPlace.KEY_ROW] + row) * dim + column];
        }
    }

    private static void multiply(float[] queries, float[] keys, int dim, float[] s) {
        float[] sums = new float[Mma.WARP];
        for (int i = 0; i < WorkGroup.unrolled(SCORES); i++) {
            for (int e = 0; e < WorkGroup.unrolled(Mma.WARP); e++) {
                sums[e] = 0f;
                for (int j = 0; j < slices(dim); j++) {
                    float left = queries[e % ROWS * slices(dim) + j];
                    sums[e] = Math.fma(left, keys[(i * FOLDED + e / ROWS) * slices(dim) + j], sums[e]);
                }
            }
            fold(sums, 16);
            fold(sums, 8);
            fold(sums, 4);
            fold(sums, 2);
            fold(sums, 1);
            s[i] = sums[0];
        }
    }

    /** A step of a sum over lanes that leaves element l to lane l: an item keeps the half of {@code 2 · half} elements that its is in. */
    private static void fold(float[] sums, int half) {
        boolean upper = (Mma.lane() & half) != 0;
        for (int i = 0; i < WorkGroup.unrolled(half); i++) {
            float others = upper ? sums[i] : sums[i + half];
            float mine = upper ? sums[i + half] : sums[i];
            sums[i] = mine + Mma.fromPartner(others, half);
        }
    }

    /** The largest of {@code max} and all scores of an item's query. */
    private static float largest(float max, float[] s) {
        float largest = max;
        for (int i = 0; i < WorkGroup.unrolled(SCORES); i++) {
            largest = Mma.max(largest, s[i]);
        }
        largest = Mma.max(largest, Mma.fromPartner(largest, ROWS));
        return Mma.max(largest, Mma.fromPartner(largest, 2 * ROWS));
    }

    /** Each query's output times its items' factor. */
    private static void scale(float[] output, int valueDim, float factor) {
        for (int i = 0; i < WorkGroup.unrolled(ROWS * slices(valueDim)); i++) {
            output[i] *= Mma.fromLane(factor, i / slices(valueDim));
        }
    }

    private static void accumulate(float[] weights, float[] values, int valueDim, float[] output) {
        for (int i = 0; i < WorkGroup.unrolled(KEYS * ROWS); i++) {
            int key = i / ROWS;
            float weight = Mma.fromLane(weights[key / FOLDED], key % FOLDED * ROWS + i % ROWS);
            for (int j = 0; j < slices(valueDim); j++) {
                int at = i % ROWS * slices(valueDim) + j;
                output[at] = Math.fma(weight, values[key * slices(valueDim) + j], output[at]);
            }
        }
    }

    private static void store(float max, float sum, float[] output, int valueDim, float[] found) {
        float total = sum + Mma.fromPartner(sum, ROWS);
        total += Mma.fromPartner(total, 2 * ROWS);
        int first = WorkGroup.localId() / Mma.WARP * ROWS;
        if (Mma.lane() < ROWS) {
            WarpParts.store(max, total, first + Mma.lane(), valueDim, found);
        }
        for (int i = 0; i < WorkGroup.unrolled(ROWS * slices(valueDim)); i++) {
            int column = i % slices(valueDim) * Mma.WARP + Mma.lane();
            if (column < valueDim) {
                found[WarpParts.row(first + i / slices(valueDim), valueDim) + column] = output[i];
            }
        }
    }
}
