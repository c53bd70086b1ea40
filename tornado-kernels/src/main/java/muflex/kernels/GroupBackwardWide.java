package muflex.kernels;

/**
 * {@link GroupBackwardHalf} by the products of {@link WideMma}, which run while the warps do other things: weights are computed while
 * dP = dO · Vᵀ is, and the scores' gradients while dV is summed (Shah et al. 2024, FlashAttention-3, arXiv:2407.08608, appendix B.1). In
 * {@link #keys} rows of scores are keys: so weights and gradients, as a product left them, are the left operands of dV and dK. Four
 * warps have 64 rows.
 */
public final class GroupBackwardWide {
    /** Work items in a group: four warps. */
    public static final int ITEMS = HalfTile.ITEMS;

    private static final int TILE = AttentionSizes.TILE;
    private static final int SCORES = HalfTile.SCORES;

    /** Floats from the first 64 rows of a tile to the second. */
    private static final int HALF = TILE * WideMma.PANEL / 2;

    private static final float LOG2_E = 1.442695f;

    private GroupBackwardWide() {}

    /** Floats of local memory for these dims: the rows that stay of both matrices, 64 of each, then two times 64 of those that come and go. */
    public static int localFloats(int dim, int valueDim) {
        return WideTile.floats(Math.max(dim, valueDim)) + WideTile.floats(dim) + WideTile.floats(valueDim) + 2 * ITEMS;
    }

    /**
     * Fills {@code dk} and {@code dv}; see {@link GroupBackwardHalf#keys} for the parameters that are its too. A group is a unit of work.
     *
     * @param plain whether there is no score mod and scale is positive: then scores are scaled in the exponent
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
            float dropout,
            long seed,
            Object[] captures,
            boolean bfloat,
            boolean plain) {
        int dim = sizes[AttentionSizes.HEAD_DIM];
        int valueDim = sizes[AttentionSizes.VALUE_DIM];
        float[] own = WorkGroup.localFloats(WideTile.floats(Math.max(dim, valueDim)));
        float[] queryTiles = WorkGroup.localFloats(WideTile.floats(dim));
        float[] outTiles = WorkGroup.localFloats(WideTile.floats(valueDim));
        float[] rows = WorkGroup.localFloats(2 * ITEMS);
        float[] s = new float[SCORES];
        float[] ds = new float[SCORES];
        float[] raw = new float[SCORES];
        float[] shifts = new float[SCORES / 2];
        float[] weights = new float[SCORES / 2];
        float[] gradients = new float[SCORES / 2];
        float[] keySum = new float[WideTile.elements(dim)];
        float[] valueSum = new float[WideTile.elements(valueDim)];
        int[] place = new int[GroupPlace.COUNT];
        GroupPlace.ofKeys(sizes, WorkGroup.groupId(), place);
        int keyRow = place[GroupPlace.KEY_ROW];
        int keys = place[GroupPlace.KEYS];
        WideTile.copy(k, keyRow, keys, dim, own, 0, TILE, ITEMS);
        WideTile.copy(v, keyRow, keys, valueDim, own, HALF, TILE, ITEMS);
        GroupTile.clear(keySum, WideTile.elements(dim));
        GroupTile.clear(valueSum, WideTile.elements(valueDim));
        float unit = (plain ? scale : 1f) * LOG2_E;
        int odd = 0;
        for (int g = 0; g < sizes[AttentionSizes.GROUP]; g++) {
            GroupPlace.queryHead(sizes, starts, spans, WorkGroup.groupId(), g, place);
            copyNext(q, dOut, place, dim, valueDim, queryTiles, outTiles, odd);
            rows[odd * ITEMS + WorkGroup.localId()] = GroupBackwardHalf.nextRow(shift, delta, place);
            while (GroupPlace.more(place)) {
                arrive();
                int tile = odd * HALF;
                int row = odd * ITEMS;
                odd = 1 - odd;
                WideTile.multiply(own, 0, queryTiles, tile, TILE, dim, s, bfloat);
                GroupPlace.stepQueries(spans, place);
                copyNext(q, dOut, place, dim, valueDim, queryTiles, outTiles, odd);
                float next = GroupBackwardHalf.nextRow(shift, delta, place);
                WideTile.multiply(own, HALF, outTiles, tile, TILE, valueDim, ds, bfloat);
                readRows(rows, row, shifts);
                WideMma.await(1);
                WideTile.take(s, SCORES);
                modify(s, raw, true, plain, scale, place, captures);
                columnWeights(s, unit, shifts);
                roundKept(s, dropout, seed, place, weights, bfloat);
                WideTile.accumulate(weights, TILE, outTiles, tile, valueDim, valueSum, bfloat);
                if (modified) {
                    GroupBackwardHalf.derive(raw, s, true, place, captures);
                }
                WideMma.await(1);
                WideTile.take(ds, SCORES);
                columnGradients(s, ds, rows, row + TILE, dropout, seed, place);
                WideTile.round(ds, TILE, gradients, bfloat);
                WideTile.accumulate(gradients, TILE, queryTiles, tile, dim, keySum, bfloat);
                rows[odd * ITEMS + WorkGroup.localId()] = next;
            }
            // For every head: NVIDIA's assembler lets no product go on around the outer of two loops.
            WideMma.await(0);
            WideTile.take(keySum, WideTile.elements(dim));
            WideTile.take(valueSum, WideTile.elements(valueDim));
        }
        int row = HalfTile.row(1);
        HalfTile.write(keySum, 0, dim, scale, dk, keyRow, row, keys);
        HalfTile.write(valueSum, 0, valueDim, 1f, dv, keyRow, row, keys);
        // Where there are no spans no step waited for the copies.
        Mma.await(0);
    }

    /**
     * Fills {@code dq}; see {@link GroupBackwardHalf#queries} for the parameters that are its too.
     *
     * @param plain whether there is no score mod and scale is positive: then scores are scaled in the exponent
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
            boolean bfloat,
            boolean plain) {
        int dim = sizes[AttentionSizes.HEAD_DIM];
        int valueDim = sizes[AttentionSizes.VALUE_DIM];
        float[] own = WorkGroup.localFloats(WideTile.floats(Math.max(dim, valueDim)));
        float[] keyTiles = WorkGroup.localFloats(WideTile.floats(dim));
        float[] valueTiles = WorkGroup.localFloats(WideTile.floats(valueDim));
        float[] s = new float[SCORES];
        float[] ds = new float[SCORES];
        float[] raw = new float[SCORES];
        float[] gradients = new float[SCORES / 2];
        float[] sum = new float[WideTile.elements(dim)];
        float[] rows = new float[4];
        int[] place = new int[GroupPlace.COUNT];
        GroupPlace.ofQueries(sizes, starts, spans, TILE, place);
        int firstRow = place[GroupPlace.QUERY_ROW];
        int queries = place[GroupPlace.QUERIES];
        WideTile.copy(q, firstRow, queries, dim, own, 0, TILE, ITEMS);
        WideTile.copy(dOut, firstRow, queries, valueDim, own, HALF, TILE, ITEMS);
        copyNext(k, v, place, dim, valueDim, keyTiles, valueTiles, 0);
        GroupTile.clear(sum, WideTile.elements(dim));
        GroupBackwardHalf.ownRows(shift, delta, place, rows);
        float unit = (plain ? scale : 1f) * LOG2_E;
        int odd = 0;
        while (GroupPlace.more(place)) {
            arrive();
            int tile = odd * HALF;
            odd = 1 - odd;
            WideTile.multiply(own, 0, keyTiles, tile, TILE, dim, s, bfloat);
            WideTile.multiply(own, HALF, valueTiles, tile, TILE, valueDim, ds, bfloat);
            GroupPlace.stepKeys(spans, place);
            WideMma.await(1);
            WideTile.take(s, SCORES);
            modify(s, raw, false, plain, scale, place, captures);
            rowWeights(s, unit, rows);
            if (modified) {
                GroupBackwardHalf.derive(raw, s, false, place, captures);
            }
            // In both arms: before them, NVIDIA's assembler waits as early as it can, before the weights.
            if (GroupPlace.more(place)) {
                copyNext(k, v, place, dim, valueDim, keyTiles, valueTiles, odd);
                WideMma.await(0);
            } else {
                WideMma.await(0);
            }
            WideTile.take(ds, SCORES);
            rowGradients(s, ds, rows, dropout, seed, place);
            WideTile.round(ds, TILE, gradients, bfloat);
            WideTile.accumulate(gradients, TILE, keyTiles, tile, dim, sum, bfloat);
        }
        WideMma.await(0);
        WideTile.take(sum, WideTile.elements(dim));
        HalfTile.write(sum, 0, dim, scale, dq, firstRow, HalfTile.row(1), queries);
        // Where there are no spans no step waited for the copies.
        Mma.await(0);
    }

    /** What all items copied is there for products, and none of the last step's reads any more what is copied to next. */
    private static void arrive() {
        WideMma.await(0);
        Mma.await(0);
        WideMma.publish();
        WorkGroup.barrier();
    }

    /** Starts the copy of the rows of two matrices at the next step, if there is one, to the first or second half of the tile of each. */
    private static void copyNext(
            float[] x, float[] y, int[] place, int dim, int yDim, float[] xTiles, float[] yTiles, int odd) {
        if (GroupPlace.more(place)) {
            int row = GroupPlace.nextRow(place);
            int count = GroupPlace.nextCount(place);
            WideTile.copy(x, row, count, dim, xTiles, odd * HALF, TILE, ITEMS);
            WideTile.copy(y, row, count, yDim, yTiles, odd * HALF, TILE, ITEMS);
        }
        Mma.commit();
    }

    /** Scores scaled, unless they are in the exponent, into {@code raw}, and modified into {@code s}. */
    private static void modify(
            float[] s, float[] raw, boolean keysDown, boolean plain, float scale, int[] place, Object[] captures) {
        if (!plain) {
            for (int i = 0; i < WorkGroup.unrolled(SCORES); i++) {
                s[i] *= scale;
                raw[i] = s[i];
            }
        }
        boolean whole = place[GroupPlace.QUERIES] == TILE && place[GroupPlace.KEYS] == TILE;
        WideTile.modify(s, TILE, whole, HalfTile.warpRow(1), 0, keysDown, place, captures);
    }

    /** {@code rows[first] …}, a number of each query, of an item's columns, two of each four scores. Asked for before a wait, not behind it. */
    private static void readRows(float[] rows, int first, float[] to) {
        for (int j = 0; j < WorkGroup.unrolled(SCORES / 4); j++) {
            Mma.read(rows, first + HalfTile.column() + WideTile.columnOf(4 * j), to, 2 * j);
        }
    }

    /** Weights of scores whose columns are queries, by the {@link #readRows shifts} of these. */
    private static void columnWeights(float[] s, float unit, float[] shift) {
        for (int j = 0; j < WorkGroup.unrolled(SCORES / 4); j++) {
            for (int i = 0; i < 4; i++) {
                s[4 * j + i] = Mma.exp2(Math.fma(s[4 * j + i], unit, shift[2 * j + i % 2]));
            }
        }
    }

    /** From weights, times the mod's derivative, and dP in {@code ds}, the gradients of scores whose columns are queries. */
    private static void columnGradients(
            float[] s, float[] ds, float[] rows, int first, float dropout, long seed, int[] place) {
        float[] delta = new float[2];
        for (int j = 0; j < WorkGroup.unrolled(SCORES / 4); j++) {
            Mma.read(rows, first + HalfTile.column() + WideTile.columnOf(4 * j), delta, 0);
            for (int i = 0; i < 4; i++) {
                float keep = keep(4 * j + i, true, dropout, seed, place);
                ds[4 * j + i] = s[4 * j + i] * (ds[4 * j + i] * keep - delta[i % 2]);
            }
        }
    }

    /** {@link #columnWeights} where rows are queries, of which an item has two. */
    private static void rowWeights(float[] s, float unit, float[] rows) {
        for (int i = 0; i < WorkGroup.unrolled(SCORES); i++) {
            s[i] = Mma.exp2(Math.fma(s[i], unit, rows[i / 2 % 2]));
        }
    }

    /** {@link #columnGradients} where rows are queries. */
    private static void rowGradients(float[] s, float[] ds, float[] rows, float dropout, long seed, int[] place) {
        for (int i = 0; i < WorkGroup.unrolled(SCORES); i++) {
            ds[i] = s[i] * (ds[i] * keep(i, false, dropout, seed, place) - rows[2 + i / 2 % 2]);
        }
    }

    /** What dropout makes of a weight of 1 at an item's score i. */
    private static float keep(int i, boolean keysDown, float dropout, long seed, int[] place) {
        int row = HalfTile.row(1) + WideTile.rowOf(i);
        int column = HalfTile.column() + WideTile.columnOf(i);
        return GroupPairs.keep(dropout, seed, place, keysDown ? column : row, keysDown ? row : column);
    }

    /** Weights after dropout, of scores whose columns are queries, as a product's left operand. */
    private static void roundKept(float[] s, float dropout, long seed, int[] place, float[] to, boolean bfloat) {
        for (int i = 0; i < WorkGroup.unrolled(SCORES / 2); i++) {
            float low = s[2 * i] * keep(2 * i, true, dropout, seed, place);
            float high = s[2 * i + 1] * keep(2 * i + 1, true, dropout, seed, place);
            to[i] = Mma.pack(low, high, bfloat);
        }
    }
}
