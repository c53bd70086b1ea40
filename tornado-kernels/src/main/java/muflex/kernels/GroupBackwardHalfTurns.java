package muflex.kernels;

/**
 * {@link GroupBackwardHalf} for devices that give a work group little local memory: two tiles, which all operands take in turn, one's
 * own rows again for every tile that they meet.
 */
public final class GroupBackwardHalfTurns {
    /** Work items in a group: four warps. */
    public static final int ITEMS = HalfTile.ITEMS;

    private static final int TILE = HalfTile.TILE;
    private static final int SCORES = HalfTile.SCORES;

    private GroupBackwardHalfTurns() {}

    /** Floats of local memory for these dims. */
    public static int localFloats(int dim, int valueDim) {
        return 2 * tileFloats(dim, valueDim) + ITEMS;
    }

    private static int tileFloats(int dim, int valueDim) {
        return TILE * (dim > valueDim ? HalfTile.stride(dim) : HalfTile.stride(valueDim));
    }

    /** {@link GroupBackwardHalf#keys}. */
    public static void keys(
            float[] q,
            float[] k,
            float[] v,
            float[] dOut,
            float[] shift,
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
            int groups,
            boolean bfloat) {
        int dim = sizes[AttentionSizes.HEAD_DIM];
        int valueDim = sizes[AttentionSizes.VALUE_DIM];
        float[] own = WorkGroup.localFloats(tileFloats(dim, valueDim));
        float[] others = WorkGroup.localFloats(tileFloats(dim, valueDim));
        float[] rows = WorkGroup.localFloats(ITEMS);
        float[] s = new float[SCORES];
        float[] ds = new float[SCORES];
        float[] raw = new float[SCORES];
        float[] keySum = new float[HalfTile.pairs(dim)];
        float[] valueSum = new float[HalfTile.pairs(valueDim)];
        int[] place = new int[GroupPlace.COUNT];
        for (int unit = WorkGroup.groupId(); unit < GroupPlace.units(sizes); unit += groups) {
            GroupPlace.ofKeys(sizes, unit, place);
            int keyRow = place[GroupPlace.KEY_ROW];
            int keys = place[GroupPlace.KEYS];
            GroupTile.clear(keySum, HalfTile.pairs(dim));
            GroupTile.clear(valueSum, HalfTile.pairs(valueDim));
            for (int g = 0; g < sizes[AttentionSizes.GROUP]; g++) {
                GroupPlace.queryHead(sizes, starts, spans, unit, g, place);
                while (GroupPlace.more(place)) {
                    float next = GroupBackwardHalf.nextRow(shift, delta, place);
                    GroupPlace.stepQueries(spans, place);
                    int row = place[GroupPlace.QUERY_ROW];
                    int queries = place[GroupPlace.QUERIES];
                    multiply(k, keyRow, keys, q, row, queries, dim, own, others, s, bfloat);
                    rows[WorkGroup.localId()] = next;
                    multiply(v, keyRow, keys, dOut, row, queries, valueDim, own, others, ds, bfloat);
                    WorkGroup.barrier();
                    HalfTile.copy(q, row, queries, dim, own, 0);
                    Mma.commit();
                    HalfTile.scale(s, 1, scale);
                    GroupBackwardHalf.copy(s, raw);
                    HalfTile.modify(s, 1, true, place, captures);
                    GroupBackwardHalf.keyGradients(s, ds, rows, 0, place, dropout, seed);
                    if (learned) {
                        GroupBackwardHalf.learnInTurn(raw, ds, place, captures, gradients[WorkGroup.groupId()]);
                    }
                    if (modified) {
                        GroupBackwardHalf.derive(raw, ds, true, place, captures);
                    }
                    HalfTile.accumulate(s, 1, others, 0, valueDim, valueSum, bfloat);
                    Mma.await(0);
                    WorkGroup.barrier();
                    HalfTile.accumulate(ds, 1, own, 0, dim, keySum, bfloat);
                }
            }
            int first = HalfTile.row(1);
            HalfTile.write(keySum, 0, dim, scale, dk, keyRow, first, keys);
            HalfTile.write(valueSum, 0, valueDim, 1f, dv, keyRow, first, keys);
        }
    }

    /** {@link GroupBackwardHalf#queries}. */
    public static void queries(
            float[] q,
            float[] k,
            float[] v,
            float[] dOut,
            float[] shift,
            float[] delta,
            float[] dq,
            int[] starts,
            int[] spans,
            int[] sizes,
            float scale,
            boolean modified,
            float dropout,
            long seed,
            Object[] captures,
            boolean bfloat) {
        int dim = sizes[AttentionSizes.HEAD_DIM];
        int valueDim = sizes[AttentionSizes.VALUE_DIM];
        float[] own = WorkGroup.localFloats(tileFloats(dim, valueDim));
        float[] others = WorkGroup.localFloats(tileFloats(dim, valueDim));
        float[] s = new float[SCORES];
        float[] ds = new float[SCORES];
        float[] raw = new float[SCORES];
        float[] sum = new float[HalfTile.pairs(dim)];
        float[] rows = new float[4];
        int[] place = new int[GroupPlace.COUNT];
        GroupPlace.ofQueries(sizes, starts, spans, TILE, place);
        int row = place[GroupPlace.QUERY_ROW];
        int queries = place[GroupPlace.QUERIES];
        GroupTile.clear(sum, HalfTile.pairs(dim));
        GroupBackwardHalf.ownRows(shift, delta, place, rows);
        while (GroupPlace.more(place)) {
            GroupPlace.stepKeys(spans, place);
            int keyRow = place[GroupPlace.KEY_ROW];
            int keys = place[GroupPlace.KEYS];
            multiply(dOut, row, queries, v, keyRow, keys, valueDim, own, others, ds, bfloat);
            multiply(q, row, queries, k, keyRow, keys, dim, own, others, s, bfloat);
            HalfTile.scale(s, 1, scale);
            GroupBackwardHalf.copy(s, raw);
            HalfTile.modify(s, 1, false, place, captures);
            GroupBackwardHalf.queryGradients(s, ds, rows, place, dropout, seed);
            if (modified) {
                GroupBackwardHalf.derive(raw, ds, false, place, captures);
            }
            HalfTile.accumulate(ds, 1, others, 0, dim, sum, bfloat);
        }
        HalfTile.write(sum, 0, dim, scale, dq, row, HalfTile.row(1), queries);
    }

    /**
     * {@code c = a · bᵀ} of rows of matrices of pairs, which lie in the tiles afterwards; what lay there before has been read behind the
     * first barrier.
     */
    private static void multiply(
            float[] a,
            int aFirst,
            int aRows,
            float[] b,
            int bFirst,
            int bRows,
            int dim,
            float[] aTile,
            float[] bTile,
            float[] c,
            boolean bfloat) {
        WorkGroup.barrier();
        HalfTile.copy(a, aFirst, aRows, dim, aTile, 0);
        HalfTile.copy(b, bFirst, bRows, dim, bTile, 0);
        Mma.commit();
        Mma.await(0);
        WorkGroup.barrier();
        HalfTile.multiply(aTile, 1, bTile, 0, dim, c, bfloat);
    }
}
