package muflex.kernels;

/**
 * {@link GroupForward} for devices that give a work group little local memory, and for any dims: queries, keys and values come a
 * slice at a time ({@link GroupSlices}), the queries once for every tile of keys.
 */
public final class GroupForwardSliced {
    /** Work items in a group. */
    public static final int ITEMS = GroupForward.ITEMS;

    private static final int TILE = GroupTile.TILE;
    private static final int ACROSS = GroupTile.ACROSS;
    private static final int HIGH = GroupSoftmax.HIGH;
    private static final int ROWS = TILE / HIGH;
    private static final int QUAD = GroupTile.QUAD;

    private GroupForwardSliced() {}

    /** Floats of local memory, whatever the dims. */
    public static int localFloats() {
        return GroupSlices.FLOATS + TILE * (GroupTile.stride(TILE) + GroupSoftmax.STRIDE);
    }

    /** {@link GroupForward#forward}. */
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
        int blocks = GroupTile.blocks(valueDim);
        float[] staged = WorkGroup.localFloats(GroupSlices.FLOATS);
        float[] weights = WorkGroup.localFloats(TILE * GroupTile.stride(TILE));
        float[] partial = WorkGroup.localFloats(TILE * GroupSoftmax.STRIDE);
        float[] s = new float[ROWS * GroupTile.COLUMNS];
        float[] max = new float[ROWS];
        float[] sum = new float[ROWS];
        float[] output = new float[ROWS * blocks * QUAD];

        int[] place = new int[GroupPlace.COUNT];
        GroupPlace.ofQueries(sizes, starts, spans, TILE, place);
        int y = WorkGroup.localId() / ACROSS;
        int x = WorkGroup.localId() % ACROSS;
        int row = place[GroupPlace.QUERY_ROW];
        int rows = place[GroupPlace.QUERIES];

        GroupSoftmax.start(max, sum, ROWS, sinks.length > 0 ? sinks[place[GroupPlace.HEAD]] : Float.NEGATIVE_INFINITY);
        GroupTile.clear(output, ROWS * blocks * QUAD);
        while (GroupPlace.more(place)) {
            GroupPlace.stepKeys(spans, place);
            int keyRow = place[GroupPlace.KEY_ROW];
            int keys = place[GroupPlace.KEYS];
            GroupSlices.multiply(q, row, rows, k, keyRow, keys, dim, staged, ROWS, HIGH, y, x, s);
            GroupTile.scale(s, ROWS * GroupTile.COLUMNS, scale);
            GroupForward.modify(s, place, y, x, captures);
            GroupSoftmax.shareMaxima(s, ROWS, y, x, partial);
            WorkGroup.barrier();
            GroupSoftmax.weigh(s, ROWS, max, sum, output, partial, blocks, y);
            if (dropout > 0f) {
                GroupForward.drop(s, dropout, seed, place, y, x);
            }
            GroupTile.store(s, ROWS, HIGH, y, x, weights);
            GroupSlices.accumulate(weights, v, keyRow, keys, valueDim, staged, ROWS, HIGH, y, x, output);
        }
        GroupSoftmax.share(sum, ROWS, y, x, partial);
        WorkGroup.barrier();
        GroupSoftmax.finish(max, output, ROWS, blocks, partial, y, x, rows, lse, row, 1);
        GroupTile.write(output, valueDim, ROWS, HIGH, y, x, 1f, out, row, rows);
    }
}
