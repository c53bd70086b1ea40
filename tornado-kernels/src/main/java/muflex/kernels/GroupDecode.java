package muflex.kernels;

/**
 * Attention forward for GPUs where queries are few and keys many, as when a model generates: the keys of a head are dealt to
 * work groups, which each read theirs once for all the query heads that share them, and {@link #combine} joins what they found
 * (Flash-Decoding; Dao, Haziza, Massa and Sizov 2023). The algorithm of a group is that of {@link GroupForward}.
 *
 * <p>The {@code GROUP · QUERIES} queries of a key head lie one after the other in q: row r of them is of query head
 * {@code r / QUERIES} of those that share it.
 */
public final class GroupDecode {
    /** Work items in a group. */
    public static final int ITEMS = GroupSoftmax.ITEMS;

    /** The most queries of a key head: {@link #forward}'s {@code rows} is up to four. */
    public static final int MOST_QUERIES = 4 * GroupSoftmax.HIGH;

    private static final int TILE = GroupTile.TILE;
    private static final int ACROSS = GroupTile.ACROSS;
    private static final int HIGH = GroupSoftmax.HIGH;
    private static final int COLUMNS = GroupTile.COLUMNS;

    /** Parts that an item of {@link #combine} reads at a time, so that their reads wait together. */
    private static final int COMBINED = 16;

    private GroupDecode() {}

    /** The {@code rows} that these queries of a key head need. */
    public static int rows(int queries) {
        return (queries + HIGH - 1) / HIGH;
    }

    /** Floats of local memory for these dims. */
    public static int localFloats(int dim, int valueDim, int rows) {
        return TILE * GroupTile.largerStride(dim, valueDim)
                + rows * HIGH * (GroupTile.stride(dim) + GroupTile.stride(TILE) + GroupSoftmax.STRIDE);
    }

    /**
     * Fills {@code parts}, rows of outputs {@code [batch, heads, queries, splits, valueDim]}, and {@code lses}, the same without
     * values: group i is part i mod splits of the keys of key head i / splits. See {@link AttentionForward#forward} for the
     * other parameters. All queries of a head must be one tile, and the heads that share keys must share spans.
     *
     * @param chunk keys in a part
     * @param rows queries of an item
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
            int rows) {
        int dim = sizes[AttentionSizes.HEAD_DIM];
        int valueDim = sizes[AttentionSizes.VALUE_DIM];
        float[] queries = WorkGroup.localFloats(rows * HIGH * GroupTile.stride(dim));
        float[] right = WorkGroup.localFloats(TILE * GroupTile.largerStride(dim, valueDim));
        float[] weights = WorkGroup.localFloats(rows * HIGH * GroupTile.stride(TILE));
        float[] shared = WorkGroup.localFloats(rows * HIGH * GroupSoftmax.STRIDE);
        float[] s = new float[rows * COLUMNS];
        float[] max = new float[rows];
        float[] sum = new float[rows];
        float[] output = new float[rows * GroupTile.blocks(valueDim) * GroupTile.QUAD];
        int[] place = new int[GroupPlace.COUNT];
        int part = WorkGroup.groupId() % splits;
        int y = WorkGroup.localId() / ACROSS;
        int x = WorkGroup.localId() % ACROSS;
        int from = part * chunk;
        GroupPlace.ofKeyHead(sizes, starts, spans, WorkGroup.groupId() / splits, from, from + chunk, place);

        start(max, sum, rows, part == 0 ? sinks.length : 0, sinks, place, sizes);
        GroupTile.clear(output, rows * GroupTile.blocks(valueDim) * GroupTile.QUAD);
        stageQueries(q, place, rows, dim, scale, queries);
        while (GroupPlace.more(place)) {
            GroupPlace.stepKeys(spans, place);
            GroupTile.stage(k, place[GroupPlace.KEY_ROW], place[GroupPlace.KEYS], dim, 1f, right);
            WorkGroup.barrier();
            GroupTile.multiply(queries, right, dim, rows, HIGH, y, x, s);
            modify(s, rows, place, sizes, captures);
            GroupSoftmax.shareMaxima(s, rows, y, x, shared);
            WorkGroup.barrier();
            GroupTile.stage(v, place[GroupPlace.KEY_ROW], place[GroupPlace.KEYS], valueDim, 1f, right);
            GroupSoftmax.weigh(s, rows, max, sum, output, shared, GroupTile.blocks(valueDim), y);
            if (dropout > 0f) {
                drop(s, rows, dropout, seed, place, sizes);
            }
            GroupTile.store(s, rows, HIGH, y, x, weights);
            WorkGroup.barrier();
            GroupTile.accumulate(weights, right, valueDim, rows, HIGH, y, x, output);
            WorkGroup.barrier();
        }
        GroupSoftmax.share(sum, rows, y, x, shared);
        WorkGroup.barrier();
        write(max, output, rows, shared, valueDim, place, splits, parts, lses);
    }

    /** {@link GroupSoftmax#start} where each query has its head's sink, if {@code count} is not 0. */
    private static void start(float[] max, float[] sum, int rows, int count, float[] sinks, int[] place, int[] sizes) {
        for (int r = 0; r < rows; r++) {
            int query = query(r);
            boolean counts = count > 0 && query < place[GroupPlace.QUERIES];
            max[r] = counts ? sinks[head(query, place, sizes)] : Float.NEGATIVE_INFINITY;
            boolean one = WorkGroup.localId() % ACROSS == 0 && max[r] > Float.NEGATIVE_INFINITY;
            sum[r] = one ? 1f : 0f;
        }
    }

    /** An item's r-th query of those of the key head. */
    private static int query(int r) {
        return WorkGroup.localId() / ACROSS + HIGH * r;
    }

    private static int head(int query, int[] place, int[] sizes) {
        return place[GroupPlace.HEAD] + query / sizes[AttentionSizes.QUERIES];
    }

    private static void stageQueries(float[] q, int[] place, int rows, int dim, float scale, float[] tile) {
        int width = GroupTile.blocks(dim) * TILE;
        for (int i = 0; i < rows * HIGH * width / ITEMS; i++) {
            int at = i * ITEMS + WorkGroup.localId();
            int row = at / width;
            int column = at % width;
            boolean exists = row < place[GroupPlace.QUERIES] && column < dim;
            float value = exists ? q[(place[GroupPlace.QUERY_ROW] + row) * dim + column] * scale : 0f;
            tile[row * GroupTile.stride(dim) + column] = value;
        }
    }

    private static void modify(float[] s, int rows, int[] place, int[] sizes, Object[] captures) {
        for (int i = 0; i < rows * COLUMNS; i++) {
            modify(s, i, query(i / COLUMNS), key(i), place, sizes, captures);
        }
    }

    /** The key of an item's score i, of those at hand. */
    private static int key(int i) {
        return WorkGroup.localId() % ACROSS + ACROSS * (i % COLUMNS);
    }

    /** Of the score {@code s[i]}: the score mod, and the mask where it must be asked; −∞ past the last key. */
    static void modify(float[] s, int i, int query, int key, int[] place, int[] sizes, Object[] captures) {
        if (key >= place[GroupPlace.KEYS]) {
            s[i] = Float.NEGATIVE_INFINITY;
        } else if (query < place[GroupPlace.QUERIES]) {
            int b = place[GroupPlace.BATCH];
            int h = head(query, place, sizes);
            int q = query % sizes[AttentionSizes.QUERIES];
            int kv = place[GroupPlace.KEY] + key;
            if (place[GroupPlace.MASKED] == 1) {
                Mods.maskedKeys(s, i, 1, b, h, q, kv, captures);
            } else {
                Mods.scoreKeys(s, i, 1, b, h, q, kv, captures);
            }
        }
    }

    private static void drop(float[] s, int rows, float dropout, long seed, int[] place, int[] sizes) {
        for (int i = 0; i < rows * COLUMNS; i++) {
            s[i] *= keep(dropout, seed, query(i / COLUMNS), key(i), place, sizes);
        }
    }

    /** What dropout makes of a weight of 1. */
    static float keep(float dropout, long seed, int query, int key, int[] place, int[] sizes) {
        int h = head(query, place, sizes);
        int q = query % sizes[AttentionSizes.QUERIES];
        return Philox.keep(seed, dropout, place[GroupPlace.BATCH], h, q, place[GroupPlace.KEY] + key);
    }

    /** A part's output and lse of each query. */
    private static void write(
            float[] max,
            float[] output,
            int rows,
            float[] shared,
            int valueDim,
            int[] place,
            int splits,
            float[] parts,
            float[] lses) {
        int y = WorkGroup.localId() / ACROSS;
        int x = WorkGroup.localId() % ACROSS;
        int count = place[GroupPlace.QUERIES];
        int first = place[GroupPlace.QUERY_ROW] * splits + WorkGroup.groupId() % splits;
        int blocks = GroupTile.blocks(valueDim);
        GroupSoftmax.finish(max, output, rows, blocks, shared, y, x, count, lses, first, splits);
        for (int r = 0; r < rows; r++) {
            int query = query(r);
            for (int i = 0; i < blocks * GroupTile.QUAD; i++) {
                int column = i / GroupTile.QUAD * TILE + x * GroupTile.QUAD + i % GroupTile.QUAD;
                if (query < count && column < valueDim) {
                    parts[(first + query * splits) * valueDim + column] = output[r * blocks * GroupTile.QUAD + i];
                }
            }
        }
    }

    /**
     * {@code lse} = ln Σ exp lses and {@code out} = Σ exp(lses − lse) · parts over the parts of each row, in order; 0 where all are
     * empty. One item is an element of {@code out}.
     */
    public static void combine(
            float[] parts, float[] lses, float[] out, float[] lse, int splits, int valueDim, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            int row = item / valueDim;
            float[] lseOf = new float[COMBINED];
            float[] valueOf = new float[COMBINED];
            float max = Float.NEGATIVE_INFINITY;
            float sum = 0f;
            float total = 0f;
            for (int start = 0; start < splits; start += COMBINED) {
                for (int i = 0; i < WorkGroup.unrolled(COMBINED); i++) {
                    int at = row * splits + Math.min(start + i, splits - 1);
                    lseOf[i] = start + i < splits ? lses[at] : Float.NEGATIVE_INFINITY;
                    valueOf[i] = parts[at * valueDim + item % valueDim];
                }
                float largest = max;
                for (int i = 0; i < WorkGroup.unrolled(COMBINED); i++) {
                    largest = Math.max(largest, lseOf[i]);
                }
                float shift = largest == Float.NEGATIVE_INFINITY ? 0f : largest;
                float factor = (float) Math.exp(max - shift);
                sum *= factor;
                total *= factor;
                max = largest;
                for (int i = 0; i < WorkGroup.unrolled(COMBINED); i++) {
                    float weight = (float) Math.exp(lseOf[i] - shift);
                    sum += weight;
                    total += weight * valueOf[i];
                }
            }
            out[item] = sum == 0f ? 0f : total / sum;
            if (item % valueDim == 0) {
                lse[row] = sum == 0f ? Float.NEGATIVE_INFINITY : max + (float) Math.log(sum);
            }
        }
    }
}
