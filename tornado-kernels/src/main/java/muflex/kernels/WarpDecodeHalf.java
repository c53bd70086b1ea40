package muflex.kernels;

/**
 * {@link WarpDecode} on tensor cores, from keys and values of 16 bits. A warp has a fragment of {@value #ROWS} queries and takes
 * {@value #KEYS} keys at a time, which go from memory to where {@link Mma} wants them: the order in which a product's sum is taken,
 * and that of its columns, are free. So lane l reads elements 8 · (l mod 4) … of 32 of key l / 4, and multiplies them with the
 * queries' same elements; and elements 8 · (l / 4) … of 64 of values 2 · (l mod 4), the next, and those 8 further on.
 */
public final class WarpDecodeHalf {
    /** Work items in a group. */
    public static final int ITEMS = WarpParts.ITEMS;

    private static final int ROWS = HalfTile.FRAGMENT;
    private static final int KEYS = HalfTile.FRAGMENT;

    /** Scores of an item: of two neighbouring matrices C. */
    private static final int SCORES = ROWS * KEYS / Mma.WARP;

    /** Pairs of a read. */
    private static final int QUAD = 4;

    /** Values that an item reads of {@value #KEYS}. */
    private static final int VALUES = 4;

    /** Numbers of a read: columns that lie side by side in memory. */
    private static final int EIGHT = 2 * QUAD;

    private WarpDecodeHalf() {}

    /** Warps of a group that have different queries: a power of two. */
    public static int high(int queries) {
        return WarpParts.high(queries, ROWS);
    }

    /** Floats of local memory for this dim. */
    public static int localFloats(int valueDim) {
        return WarpParts.localFloats(ROWS, valueDim);
    }

    /** Reads that a row of keys takes from an item. */
    private static int keyReads(int dim) {
        return (dim + 4 * EIGHT - 1) / (4 * EIGHT);
    }

    /** Reads that a row of values takes from an item. */
    private static int valueReads(int dim) {
        return (dim + 8 * EIGHT - 1) / (8 * EIGHT);
    }

    /**
     * Fills {@code parts} and {@code lses} as {@link GroupDecode#forward}, whose parameters these are, but k and v are pairs as of
     * {@link GroupForwardHalf#pack}.
     *
     * @param high see {@link #high}
     * @param bfloat whether the 16 bits are bfloat16
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
            int high,
            boolean bfloat) {
        int dim = sizes[AttentionSizes.HEAD_DIM];
        int valueDim = sizes[AttentionSizes.VALUE_DIM];
        float[] found = WorkGroup.localFloats(localFloats(valueDim));
        float[] queries = new float[keyReads(dim) * 2 * 4];
        float[] keys = new float[2 * keyReads(dim) * QUAD];
        float[] values = new float[VALUES * valueReads(valueDim) * QUAD];
        float[] s = new float[SCORES];
        float[] max = new float[2];
        float[] sum = new float[2];
        float[] output = new float[valueReads(valueDim) * EIGHT * 4];
        int[] place = new int[GroupPlace.COUNT];
        int from = WorkGroup.groupId() % splits * chunk;
        GroupPlace.ofKeyHead(sizes, starts, spans, WorkGroup.groupId() / splits, from, from + chunk, place);

        int warp = WorkGroup.localId() / Mma.WARP;
        int query = warp % high * ROWS + Mma.lane() / 4;
        readQueries(q, place, query, dim, queries, bfloat);
        max[0] = Float.NEGATIVE_INFINITY;
        max[1] = Float.NEGATIVE_INFINITY;
        GroupTile.clear(sum, 2);
        GroupTile.clear(output, valueReads(valueDim) * EIGHT * 4);
        while (GroupPlace.more(place)) {
            GroupPlace.stepKeys(spans, place);
            for (int key = warp / high * KEYS; key < place[GroupPlace.KEYS]; key += WarpParts.WARPS / high * KEYS) {
                readKeys(k, place, key, dim, keys);
                readValues(v, place, key, valueDim, values);
                multiply(queries, keys, dim, s, bfloat);
                for (int i = 0; i < WorkGroup.unrolled(SCORES); i++) {
                    s[i] *= scale;
                    GroupDecode.modify(s, i, query + rowOf(i), key + keyOf(i), place, sizes, captures);
                }
                softmax(s, max, sum, output, valueDim);
                if (dropout > 0f) {
                    for (int i = 0; i < WorkGroup.unrolled(SCORES); i++) {
                        s[i] *= GroupDecode.keep(dropout, seed, query + rowOf(i), key + keyOf(i), place, sizes);
                    }
                }
                accumulate(s, values, valueDim, output, bfloat);
            }
        }
        store(max, sum, output, valueDim, found);
        WorkGroup.barrier();
        WarpParts.join(found, ROWS, high, valueDim, sinks, place, sizes, splits, parts, lses);
    }

    /** The row of an item's element i of a matrix C, from its first. */
    private static int rowOf(int i) {
        return i / 2 % 2 * 8;
    }

    /** The key of an item's score i, of those that the warp has read. */
    private static int keyOf(int i) {
        return i / 4 * 8 + Mma.lane() % 4 * 2 + i % 2;
    }

    /** A of each 16 elements: those that {@link #readKeys} reads first and second, then third and fourth. */
    private static void readQueries(float[] q, int[] place, int query, int dim, float[] queries, boolean bfloat) {
        for (int i = 0; i < WorkGroup.unrolled(keyReads(dim) * 2 * 4); i++) {
            int row = query + i % 2 * 8;
            int pair = i / 4 % 2 * 2 + i / 2 % 2;
            int column = i / 8 * 4 * EIGHT + Mma.lane() % 4 * EIGHT + 2 * pair;
            int at = (place[GroupPlace.QUERY_ROW] + row) * dim + column;
            boolean exists = row < place[GroupPlace.QUERIES];
            float low = exists && column < dim ? q[at] : 0f;
            float high = exists && column + 1 < dim ? q[at + 1] : 0f;
            queries[i] = Mma.pack(low, high, bfloat);
        }
    }

    /** Two keys of an item; where there is no such key or element, the last one: it meets a query of 0, or its score is −∞. */
    private static void readKeys(float[] k, int[] place, int key, int dim, float[] keys) {
        int pairs = HalfTile.pairs(dim);
        for (int i = 0; i < WorkGroup.unrolled(2 * keyReads(dim)); i++) {
            int row = Math.min(key + i / keyReads(dim) * 8 + Mma.lane() / 4, place[GroupPlace.KEYS] - 1);
            int column = Math.min((i % keyReads(dim) * 4 + Mma.lane() % 4) * QUAD, pairs - QUAD);
            Mma.readQuad(k, (place[GroupPlace.KEY_ROW] + row) * pairs + column, keys, i * QUAD);
        }
    }

    private static void readValues(float[] v, int[] place, int key, int dim, float[] values) {
        int pairs = HalfTile.pairs(dim);
        for (int i = 0; i < WorkGroup.unrolled(VALUES * valueReads(dim)); i++) {
            int ofItem = i % VALUES;
            int row = Math.min(key + Mma.lane() % 4 * 2 + ofItem % 2 + ofItem / 2 * 8, place[GroupPlace.KEYS] - 1);
            int column = Math.min((i / VALUES * 8 + Mma.lane() / 4) * QUAD, pairs - QUAD);
            Mma.readQuad(v, (place[GroupPlace.KEY_ROW] + row) * pairs + column, values, i * QUAD);
        }
    }

    private static void multiply(float[] queries, float[] keys, int dim, float[] s, boolean bfloat) {
        GroupTile.clear(s, SCORES);
        for (int i = 0; i < WorkGroup.unrolled(keyReads(dim) * 2); i++) {
            int ofKey = i / 2 * QUAD + i % 2 * 2;
            Mma.multiply(queries, i * 4, keys, ofKey, s, 0, bfloat);
            Mma.multiply(queries, i * 4, keys, keyReads(dim) * QUAD + ofKey, s, 4, bfloat);
        }
    }

    /** Of an item's two rows: the new maximum; sum and output scaled down to it; s ← exp(s − max). */
    private static void softmax(float[] s, float[] max, float[] sum, float[] output, int valueDim) {
        for (int r = 0; r < 2; r++) {
            float largest = max[r];
            for (int i = 0; i < SCORES / 2; i++) {
                largest = Mma.max(largest, s[element(r, i)]);
            }
            largest = Mma.rowMax(largest);
            float shift = largest == Float.NEGATIVE_INFINITY ? 0f : largest;
            if (Mma.any(largest > max[r])) {
                float factor = (float) Math.exp(max[r] - shift);
                sum[r] *= factor;
                max[r] = largest;
                for (int i = 0; i < WorkGroup.unrolled(valueReads(valueDim) * EIGHT * 2); i++) {
                    output[element(r, i)] *= factor;
                }
            }
            for (int i = 0; i < SCORES / 2; i++) {
                s[element(r, i)] = (float) Math.exp(s[element(r, i)] - shift);
                sum[r] += s[element(r, i)];
            }
        }
    }

    /** The place, among an item's elements of matrices C, of the i-th of its row r. */
    private static int element(int r, int i) {
        return i / 2 * 4 + r * 2 + i % 2;
    }

    /** Each product is of the columns that the items read as their n-th of eight. */
    private static void accumulate(float[] s, float[] values, int valueDim, float[] output, boolean bfloat) {
        float[] weights = new float[4];
        float[] b = new float[2];
        for (int i = 0; i < 4; i++) {
            weights[i] = Mma.pack(s[2 * i], s[2 * i + 1], bfloat);
        }
        for (int i = 0; i < WorkGroup.unrolled(valueReads(valueDim) * EIGHT); i++) {
            int at = i / EIGHT * VALUES * QUAD + i % EIGHT / 2;
            b[0] = Mma.interleave(values[at], values[at + QUAD], i % 2);
            b[1] = Mma.interleave(values[at + 2 * QUAD], values[at + 3 * QUAD], i % 2);
            Mma.multiply(weights, 0, b, 0, output, i * 4, bfloat);
        }
    }

    private static void store(float[] max, float[] sum, float[] output, int valueDim, float[] found) {
        int row = WorkGroup.localId() / Mma.WARP * ROWS + Mma.lane() / 4;
        for (int r = 0; r < 2; r++) {
            float total = Mma.rowSum(sum[r]);
            if (Mma.lane() % 4 == 0) {
                WarpParts.store(max[r], total, row + r * 8, valueDim, found);
            }
        }
        for (int i = 0; i < WorkGroup.unrolled(valueReads(valueDim) * EIGHT * 4); i++) {
            int product = i / 4;
            int column = (product / EIGHT * 8 + Mma.lane() % 4 * 2 + i % 2) * EIGHT + product % EIGHT;
            if (column < valueDim) {
                found[WarpParts.row(row + rowOf(i), valueDim) + column] = output[i];
            }
        }
    }
}
