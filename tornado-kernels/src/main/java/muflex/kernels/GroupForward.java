package muflex.kernels;

/**
 * Attention forward for GPUs: the algorithm of {@link AttentionForward}, a tile of queries a work group. Queries, a tile
 * of keys or values, and the weights lie in local memory; scores, output, and each query's maximum and sum are registers.
 * See {@link GroupTile} for who computes what.
 *
 * <p>The 16 items that share a query agree on its maximum, by way of local memory; each sums only its own weights, and the
 * sums are added at the end.
 */
public final class GroupForward {
    /** Work items in a group. */
    public static final int ITEMS = GroupSoftmax.ITEMS;

    private static final int TILE = GroupTile.TILE;
    private static final int ACROSS = GroupTile.ACROSS;
    private static final int HIGH = GroupSoftmax.HIGH;
    private static final int ROWS = TILE / HIGH;
    private static final int COLUMNS = GroupTile.COLUMNS;

    private GroupForward() {}

    /** Floats of local memory for these dims. */
    public static int localFloats(int dim, int valueDim) {
        return TILE
                * (GroupTile.stride(dim)
                        + GroupTile.largerStride(dim, valueDim)
                        + GroupTile.stride(TILE)
                        + GroupSoftmax.STRIDE);
    }

    /** Groups that {@link #forward} is called by. */
    public static int groups(int[] sizes) {
        return GroupPlace.groups(sizes, TILE);
    }

    /** Fills {@code out} and {@code lse}; a group is an item of {@link AttentionForward#forward}, which has the parameters. */
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
        float[] queries = WorkGroup.localFloats(TILE * GroupTile.stride(dim));
        float[] right = WorkGroup.localFloats(TILE * GroupTile.largerStride(dim, valueDim));
        float[] weights = WorkGroup.localFloats(TILE * GroupTile.stride(TILE));
        float[] partial = WorkGroup.localFloats(TILE * GroupSoftmax.STRIDE);
        float[] s = new float[ROWS * COLUMNS];
        float[] max = new float[ROWS];
        float[] sum = new float[ROWS];
        float[] output = new float[ROWS * GroupTile.blocks(valueDim) * GroupTile.QUAD];

        int[] place = new int[GroupPlace.COUNT];
        GroupPlace.ofQueries(sizes, starts, spans, TILE, place);
        int y = WorkGroup.localId() / ACROSS;
        int x = WorkGroup.localId() % ACROSS;
        int rows = place[GroupPlace.QUERIES];

        GroupSoftmax.start(max, sum, ROWS, sinks.length > 0 ? sinks[place[GroupPlace.HEAD]] : Float.NEGATIVE_INFINITY);
        GroupTile.clear(output, ROWS * GroupTile.blocks(valueDim) * GroupTile.QUAD);
        GroupTile.stage(q, place[GroupPlace.QUERY_ROW], rows, dim, scale, queries);
        while (GroupPlace.more(place)) {
            GroupPlace.stepKeys(spans, place);
            GroupTile.stage(k, place[GroupPlace.KEY_ROW], place[GroupPlace.KEYS], dim, 1f, right);
            WorkGroup.barrier();
            GroupTile.multiply(queries, right, dim, ROWS, HIGH, y, x, s);
            modify(s, place, y, x, captures);
            GroupSoftmax.shareMaxima(s, ROWS, y, x, partial);
            WorkGroup.barrier();
            GroupTile.stage(v, place[GroupPlace.KEY_ROW], place[GroupPlace.KEYS], valueDim, 1f, right);
            GroupSoftmax.weigh(s, ROWS, max, sum, output, partial, GroupTile.blocks(valueDim), y);
            if (dropout > 0f) {
                drop(s, dropout, seed, place, y, x);
            }
            GroupTile.store(s, ROWS, HIGH, y, x, weights);
            WorkGroup.barrier();
            GroupTile.accumulate(weights, right, valueDim, ROWS, HIGH, y, x, output);
            WorkGroup.barrier();
        }
        GroupSoftmax.share(sum, ROWS, y, x, partial);
        WorkGroup.barrier();
        GroupSoftmax.finish(
                max,
                output,
                ROWS,
                GroupTile.blocks(valueDim),
                partial,
                y,
                x,
                rows,
                lse,
                place[GroupPlace.QUERY_ROW],
                1);
        GroupTile.write(output, valueDim, ROWS, HIGH, y, x, 1f, out, place[GroupPlace.QUERY_ROW], rows);
    }

    /** The score mod, and the mask where it must be asked; −∞ past the last key. Whole tiles without a mask have no branches. */
    static void modify(float[] s, int[] place, int y, int x, Object[] captures) {
        boolean whole = place[GroupPlace.QUERIES] == TILE && place[GroupPlace.KEYS] == TILE;
        if (whole && place[GroupPlace.MASKED] == 0) {
            for (int i = 0; i < WorkGroup.unrolled(ROWS * COLUMNS); i++) {
                GroupPairs.modifyUnmasked(s, i, place, query(y, i), key(x, i), captures);
            }
            return;
        }
        for (int i = 0; i < WorkGroup.unrolled(ROWS * COLUMNS); i++) {
            if (GroupPairs.exists(place, query(y, i), key(x, i))) {
                GroupPairs.modify(s, i, place, query(y, i), key(x, i), captures);
            } else {
                s[i] = Float.NEGATIVE_INFINITY;
            }
        }
    }

    private static int query(int y, int i) {
        return y + HIGH * (i / COLUMNS);
    }

    private static int key(int x, int i) {
        return x + ACROSS * (i % COLUMNS);
    }

    static void drop(float[] s, float dropout, long seed, int[] place, int y, int x) {
        for (int i = 0; i < WorkGroup.unrolled(ROWS * COLUMNS); i++) {
            s[i] *= GroupPairs.keep(dropout, seed, place, query(y, i), key(x, i));
        }
    }
}
