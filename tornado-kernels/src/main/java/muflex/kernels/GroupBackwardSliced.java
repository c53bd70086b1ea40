package muflex.kernels;

/**
 * {@link GroupBackward} for devices that give a work group little local memory, and for any dims: all operands come a slice at a time
 * ({@link GroupSlices}), those of the group's own rows once for every tile that they meet.
 */
public final class GroupBackwardSliced {
    /** Work items in a group. */
    public static final int ITEMS = GroupBackward.ITEMS;

    private static final int TILE = GroupTile.TILE;
    private static final int ACROSS = GroupTile.ACROSS;
    private static final int HIGH = ITEMS / ACROSS;
    private static final int ROWS = TILE / HIGH;
    private static final int SCORES = ROWS * GroupTile.COLUMNS;
    private static final int QUAD = GroupTile.QUAD;

    private GroupBackwardSliced() {}

    /** Floats of local memory, whatever the dims. */
    public static int localFloats() {
        return GroupSlices.FLOATS + TILE * GroupTile.stride(TILE);
    }

    /** {@link GroupBackward#keys}. */
    public static void keys(
            float[] q,
            float[] k,
            float[] v,
            float[] dOut,
            float[] lse,
            float[] delta,
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
            int groups) {
        int dim = sizes[AttentionSizes.HEAD_DIM];
        int valueDim = sizes[AttentionSizes.VALUE_DIM];
        float[] staged = WorkGroup.localFloats(GroupSlices.FLOATS);
        float[] weights = WorkGroup.localFloats(TILE * GroupTile.stride(TILE));
        float[] s = new float[SCORES];
        float[] ds = new float[SCORES];
        float[] raw = new float[SCORES];
        float[] keySum = new float[ROWS * GroupTile.blocks(dim) * QUAD];
        float[] valueSum = new float[ROWS * GroupTile.blocks(valueDim) * QUAD];

        int[] place = new int[GroupPlace.COUNT];
        int y = WorkGroup.localId() / ACROSS;
        int x = WorkGroup.localId() % ACROSS;
        for (int unit = WorkGroup.groupId(); unit < GroupPlace.units(sizes); unit += groups) {
            GroupPlace.ofKeys(sizes, unit, place);
            int keyRow = place[GroupPlace.KEY_ROW];
            int keys = place[GroupPlace.KEYS];
            GroupTile.clear(keySum, ROWS * GroupTile.blocks(dim) * QUAD);
            GroupTile.clear(valueSum, ROWS * GroupTile.blocks(valueDim) * QUAD);
            for (int g = 0; g < sizes[AttentionSizes.GROUP]; g++) {
                GroupPlace.queryHead(sizes, starts, spans, unit, g, place);
                while (GroupPlace.more(place)) {
                    GroupPlace.stepQueries(spans, place);
                    int row = place[GroupPlace.QUERY_ROW];
                    int rows = place[GroupPlace.QUERIES];
                    GroupSlices.multiply(k, keyRow, keys, q, row, rows, dim, staged, ROWS, HIGH, y, x, s);
                    GroupTile.scale(s, SCORES, scale);
                    GroupSlices.multiply(v, keyRow, keys, dOut, row, rows, valueDim, staged, ROWS, HIGH, y, x, ds);
                    GroupBackward.keyGradients(s, ds, raw, lse, delta, place, dropout, seed, y, x, captures);
                    if (learned) {
                        GroupBackward.learnInTurn(raw, ds, place, y, x, captures, gradients[WorkGroup.groupId()]);
                    }
                    if (modified) {
                        GroupBackward.derive(raw, ds, place, y, x, captures);
                    }
                    GroupTile.store(s, ROWS, HIGH, y, x, weights);
                    GroupSlices.accumulate(weights, dOut, row, rows, valueDim, staged, ROWS, HIGH, y, x, valueSum);
                    GroupTile.store(ds, ROWS, HIGH, y, x, weights);
                    GroupSlices.accumulate(weights, q, row, rows, dim, staged, ROWS, HIGH, y, x, keySum);
                }
            }
            GroupTile.write(keySum, dim, ROWS, HIGH, y, x, scale, dk, keyRow, keys);
            GroupTile.write(valueSum, valueDim, ROWS, HIGH, y, x, 1f, dv, keyRow, keys);
        }
    }

    /** {@link GroupBackward#queries}. */
    public static void queries(
            float[] q,
            float[] k,
            float[] v,
            float[] dOut,
            float[] lse,
            float[] delta,
            float[] dq,
            int[] starts,
            int[] spans,
            int[] sizes,
            float scale,
            boolean modified,
            float dropout,
            long seed,
            Object[] captures) {
        int dim = sizes[AttentionSizes.HEAD_DIM];
        int valueDim = sizes[AttentionSizes.VALUE_DIM];
        float[] staged = WorkGroup.localFloats(GroupSlices.FLOATS);
        float[] weights = WorkGroup.localFloats(TILE * GroupTile.stride(TILE));
        float[] s = new float[SCORES];
        float[] ds = new float[SCORES];
        float[] raw = new float[SCORES];
        float[] sum = new float[ROWS * GroupTile.blocks(dim) * QUAD];

        int[] place = new int[GroupPlace.COUNT];
        GroupPlace.ofQueries(sizes, starts, spans, TILE, place);
        int row = place[GroupPlace.QUERY_ROW];
        int rows = place[GroupPlace.QUERIES];
        int y = WorkGroup.localId() / ACROSS;
        int x = WorkGroup.localId() % ACROSS;

        GroupTile.clear(sum, ROWS * GroupTile.blocks(dim) * QUAD);
        while (GroupPlace.more(place)) {
            GroupPlace.stepKeys(spans, place);
            int keyRow = place[GroupPlace.KEY_ROW];
            int keys = place[GroupPlace.KEYS];
            GroupSlices.multiply(dOut, row, rows, v, keyRow, keys, valueDim, staged, ROWS, HIGH, y, x, ds);
            GroupSlices.multiply(q, row, rows, k, keyRow, keys, dim, staged, ROWS, HIGH, y, x, s);
            GroupTile.scale(s, SCORES, scale);
            GroupBackward.queryGradients(s, ds, raw, lse, delta, place, modified, dropout, seed, y, x, captures);
            GroupTile.store(ds, ROWS, HIGH, y, x, weights);
            GroupSlices.accumulate(weights, k, keyRow, keys, dim, staged, ROWS, HIGH, y, x, sum);
        }
        GroupTile.write(sum, dim, ROWS, HIGH, y, x, scale, dq, row, rows);
    }
}
