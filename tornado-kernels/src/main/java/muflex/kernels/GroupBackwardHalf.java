package muflex.kernels;

/**
 * Attention backward on tensor cores: the two kernels of {@link GroupBackward} with the operands of every product rounded to
 * 16 bits, sums, scores and gradients of scores in float. A warp computes 16 rows of a tile of 64 × 64 scores; the next
 * tiles travel to local memory meanwhile. See {@link Mma} for which elements an item holds.
 */
public final class GroupBackwardHalf {
    /** Work items in a group: four warps. */
    public static final int ITEMS = HalfTile.ITEMS;

    private static final int TILE = HalfTile.TILE;
    private static final int SCORES = HalfTile.SCORES;
    private static final float LOG2_E = 1.442695f;

    private GroupBackwardHalf() {}

    /** Floats of local memory for these dims: a tile of each operand that stays, two of those that come and go. */
    public static int localFloats(int dim, int valueDim) {
        return 3 * TILE * (HalfTile.stride(dim) + HalfTile.stride(valueDim)) + 2 * ITEMS;
    }

    /**
     * Fills {@code dk} and {@code dv}; see {@link GroupBackward#keys} for the parameters that are its too, but q, k, v and dOut are
     * pairs as of {@link GroupForwardHalf#pack}.
     *
     * @param shift of {@link WarpDelta#delta}
     * @param bfloat whether the 16 bits are bfloat16
     */
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
        float[] keyTile = WorkGroup.localFloats(TILE * HalfTile.stride(dim));
        float[] valueTile = WorkGroup.localFloats(TILE * HalfTile.stride(valueDim));
        float[] queryTiles = WorkGroup.localFloats(2 * TILE * HalfTile.stride(dim));
        float[] outTiles = WorkGroup.localFloats(2 * TILE * HalfTile.stride(valueDim));
        float[] rows = WorkGroup.localFloats(2 * ITEMS);
        float[] s = new float[SCORES];
        float[] ds = new float[SCORES];
        float[] raw = new float[SCORES];
        float[] keySum = new float[HalfTile.pairs(dim)];
        float[] valueSum = new float[HalfTile.pairs(valueDim)];
        int[] place = new int[GroupPlace.COUNT];
        for (int unit = WorkGroup.groupId(); unit < GroupPlace.units(sizes); unit += groups) {
            GroupPlace.ofKeys(sizes, unit, place);
            GroupTile.clear(keySum, HalfTile.pairs(dim));
            GroupTile.clear(valueSum, HalfTile.pairs(valueDim));
            HalfTile.copy(k, place[GroupPlace.KEY_ROW], place[GroupPlace.KEYS], dim, keyTile, 0);
            HalfTile.copy(v, place[GroupPlace.KEY_ROW], place[GroupPlace.KEYS], valueDim, valueTile, 0);
            int buffer = 0;
            for (int g = 0; g < sizes[AttentionSizes.GROUP]; g++) {
                GroupPlace.queryHead(sizes, starts, spans, unit, g, place);
                copyNext(q, dOut, place, dim, valueDim, queryTiles, outTiles, buffer);
                rows[buffer * ITEMS + WorkGroup.localId()] = nextRow(shift, delta, place);
                while (GroupPlace.more(place)) {
                    GroupPlace.stepQueries(spans, place);
                    Mma.await(0);
                    WorkGroup.barrier();
                    int queryTile = buffer * TILE * HalfTile.stride(dim);
                    int outTile = buffer * TILE * HalfTile.stride(valueDim);
                    int row = buffer * ITEMS;
                    buffer = 1 - buffer;
                    copyNext(q, dOut, place, dim, valueDim, queryTiles, outTiles, buffer);
                    float next = nextRow(shift, delta, place);
                    HalfTile.multiply(keyTile, 1, queryTiles, queryTile, dim, s, bfloat);
                    HalfTile.multiply(valueTile, 1, outTiles, outTile, valueDim, ds, bfloat);
                    HalfTile.scale(s, 1, scale);
                    copy(s, raw);
                    HalfTile.modify(s, 1, true, place, captures);
                    keyGradients(s, ds, rows, row, place, dropout, seed);
                    if (learned) {
                        learnInTurn(raw, ds, place, captures, gradients[WorkGroup.groupId()]);
                    }
                    if (modified) {
                        derive(raw, ds, true, place, captures);
                    }
                    HalfTile.accumulate(s, 1, outTiles, outTile, valueDim, valueSum, bfloat);
                    HalfTile.accumulate(ds, 1, queryTiles, queryTile, dim, keySum, bfloat);
                    rows[buffer * ITEMS + WorkGroup.localId()] = next;
                }
            }
            int row = HalfTile.row(1);
            HalfTile.write(keySum, 0, dim, scale, dk, place[GroupPlace.KEY_ROW], row, place[GroupPlace.KEYS]);
            HalfTile.write(valueSum, 0, valueDim, 1f, dv, place[GroupPlace.KEY_ROW], row, place[GroupPlace.KEYS]);
            Mma.await(0);
            WorkGroup.barrier();
        }
    }

    /** Starts the copy of the rows of two matrices at the next step, if there is one, to tile {@code buffer} of each. */
    private static void copyNext(
            float[] x, float[] y, int[] place, int dim, int yDim, float[] xTiles, float[] yTiles, int buffer) {
        if (GroupPlace.more(place)) {
            int row = GroupPlace.nextRow(place);
            int count = GroupPlace.nextCount(place);
            HalfTile.copy(x, row, count, dim, xTiles, buffer * TILE * HalfTile.stride(dim));
            HalfTile.copy(y, row, count, yDim, yTiles, buffer * TILE * HalfTile.stride(yDim));
        }
        Mma.commit();
    }

    static void copy(float[] from, float[] to) {
        for (int i = 0; i < WorkGroup.unrolled(SCORES); i++) {
            to[i] = from[i];
        }
    }

    /** This item's part of what {@link #keyGradients} reads in the next step: shift of a query, or delta. */
    static float nextRow(float[] shift, float[] delta, int[] place) {
        int query = WorkGroup.localId() % TILE;
        if (GroupPlace.more(place) && query < GroupPlace.nextCount(place)) {
            int row = GroupPlace.nextRow(place) + query;
            return WorkGroup.localId() < TILE ? shift[row] : delta[row];
        }
        return 0f;
    }

    private static float weight(float score, float shift) {
        return Mma.exp2(Math.fma(score, LOG2_E, shift));
    }

    /** Of all of an item's pairs, whose rows are keys: weights into {@code s}, the modified scores' gradients into {@code ds}. */
    static void keyGradients(float[] s, float[] ds, float[] rows, int first, int[] place, float dropout, long seed) {
        int row = HalfTile.row(1);
        for (int i = 0; i < WorkGroup.unrolled(SCORES); i++) {
            int query = HalfTile.column() + HalfTile.columnOf(i);
            float keep = GroupPairs.keep(dropout, seed, place, query, row + HalfTile.rowOf(i));
            GroupPairs.gradient(s, ds, i, weight(s[i], rows[first + query]), rows[first + TILE + query], keep);
        }
    }

    /** The items of a group, one after the other: two may add to one element. */
    static void learnInTurn(float[] raw, float[] ds, int[] place, Object[] captures, float[][] gradients) {
        for (int turn = 0; turn < ITEMS; turn++) {
            if (turn == WorkGroup.localId()) {
                for (int i = 0; i < WorkGroup.unrolled(SCORES); i++) {
                    int query = HalfTile.column() + HalfTile.columnOf(i);
                    int key = HalfTile.row(1) + HalfTile.rowOf(i);
                    if (GroupPairs.exists(place, query, key)) {
                        GroupPairs.learn(raw, ds, i, place, query, key, captures, gradients);
                    }
                }
            }
            WorkGroup.barrier();
        }
    }

    static void derive(float[] raw, float[] ds, boolean keysDown, int[] place, Object[] captures) {
        int row = HalfTile.row(1);
        for (int i = 0; i < WorkGroup.unrolled(SCORES); i++) {
            int query = keysDown ? HalfTile.column() + HalfTile.columnOf(i) : row + HalfTile.rowOf(i);
            int key = keysDown ? row + HalfTile.rowOf(i) : HalfTile.column() + HalfTile.columnOf(i);
            if (GroupPairs.exists(place, query, key)) {
                GroupPairs.derive(raw, ds, i, place, query, key, captures);
            }
        }
    }

    /**
     * Fills {@code dq}; see {@link GroupBackward#queries} for the parameters that are its too, but q, k, v and dOut are pairs as
     * of {@link GroupForwardHalf#pack}.
     *
     * @param shift of {@link WarpDelta#delta}
     * @param bfloat whether the 16 bits are bfloat16
     */
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
        float[] queryTile = WorkGroup.localFloats(TILE * HalfTile.stride(dim));
        float[] outTile = WorkGroup.localFloats(TILE * HalfTile.stride(valueDim));
        float[] keyTiles = WorkGroup.localFloats(2 * TILE * HalfTile.stride(dim));
        float[] valueTiles = WorkGroup.localFloats(2 * TILE * HalfTile.stride(valueDim));
        float[] s = new float[SCORES];
        float[] ds = new float[SCORES];
        float[] raw = new float[SCORES];
        float[] sum = new float[HalfTile.pairs(dim)];
        float[] rows = new float[4];
        int[] place = new int[GroupPlace.COUNT];
        GroupPlace.ofQueries(sizes, starts, spans, TILE, place);
        int firstRow = place[GroupPlace.QUERY_ROW];
        int queries = place[GroupPlace.QUERIES];
        GroupTile.clear(sum, HalfTile.pairs(dim));
        HalfTile.copy(q, firstRow, queries, dim, queryTile, 0);
        HalfTile.copy(dOut, firstRow, queries, valueDim, outTile, 0);
        int buffer = 0;
        copyNext(k, v, place, dim, valueDim, keyTiles, valueTiles, buffer);
        ownRows(shift, delta, place, rows);
        while (GroupPlace.more(place)) {
            GroupPlace.stepKeys(spans, place);
            Mma.await(0);
            WorkGroup.barrier();
            int keyTile = buffer * TILE * HalfTile.stride(dim);
            int valueTile = buffer * TILE * HalfTile.stride(valueDim);
            buffer = 1 - buffer;
            copyNext(k, v, place, dim, valueDim, keyTiles, valueTiles, buffer);
            HalfTile.multiply(queryTile, 1, keyTiles, keyTile, dim, s, bfloat);
            HalfTile.multiply(outTile, 1, valueTiles, valueTile, valueDim, ds, bfloat);
            HalfTile.scale(s, 1, scale);
            copy(s, raw);
            HalfTile.modify(s, 1, false, place, captures);
            queryGradients(s, ds, rows, place, dropout, seed);
            if (modified) {
                derive(raw, ds, false, place, captures);
            }
            HalfTile.accumulate(ds, 1, keyTiles, keyTile, dim, sum, bfloat);
        }
        HalfTile.write(sum, 0, dim, scale, dq, firstRow, HalfTile.row(1), queries);
    }

    /** Shift and delta of an item's two queries. */
    static void ownRows(float[] shift, float[] delta, int[] place, float[] rows) {
        for (int i = 0; i < 2; i++) {
            int query = HalfTile.row(1) + 8 * i;
            boolean exists = query < place[GroupPlace.QUERIES];
            int row = place[GroupPlace.QUERY_ROW] + (exists ? query : 0);
            rows[i] = exists ? shift[row] : 0f;
            rows[2 + i] = exists ? delta[row] : 0f;
        }
    }

    /** {@link #keyGradients} where rows are queries. */
    static void queryGradients(float[] s, float[] ds, float[] rows, int[] place, float dropout, long seed) {
        int row = HalfTile.row(1);
        for (int i = 0; i < WorkGroup.unrolled(SCORES); i++) {
            int own = i / 2 % 2;
            float keep = GroupPairs.keep(
                    dropout, seed, place, row + HalfTile.rowOf(i), HalfTile.column() + HalfTile.columnOf(i));
            GroupPairs.gradient(s, ds, i, weight(s[i], rows[own]), rows[2 + own], keep);
        }
    }
}
