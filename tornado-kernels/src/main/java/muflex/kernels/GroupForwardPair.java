package muflex.kernels;

/**
 * {@link GroupForwardWide} where a group is alone on its compute unit: two times four warps have the same 64 queries, the one four the
 * first half of each step's keys and the other the second, each with its own maxima, sums and output, which are joined at the end. So
 * a quarter of the unit has two warps, one of which computes while the other waits.
 */
public final class GroupForwardPair {
    private static final int TILE = AttentionSizes.TILE;
    private static final float LOG2_E = 1.442695f;

    /** Work items in a group. */
    public static final int ITEMS = 2 * HalfTile.ITEMS;

    /** Keys of four warps in a step. */
    private static final int COLUMNS = WideTile.ROWS / 2;

    /** Of an item, of these keys. */
    private static final int SCORES = WideTile.scores(COLUMNS);

    private GroupForwardPair() {}

    /**
     * Fills {@code out} and {@code lse}; see {@link GroupForwardWide#forward}, for tiles = 1. Its local memory is the same.
     */
    public static void forward(
            float[] q,
            float[] k,
            float[] v,
            float[] out,
            float[] lse,
            float[] sinks,
            int[] places,
            int[] starts,
            int[] spans,
            int[] sizes,
            float scale,
            float dropout,
            long seed,
            Object[] captures,
            boolean bfloat,
            boolean plain) {
        int dim = sizes[AttentionSizes.HEAD_DIM];
        int valueDim = sizes[AttentionSizes.VALUE_DIM];
        int keyFloats = WideTile.floats(dim);
        int valueFloats = WideTile.floats(valueDim);
        float[] queries = WorkGroup.localFloats(WideTile.floats(dim));
        float[] keyTiles = WorkGroup.localFloats(2 * keyFloats);
        float[] valueTiles = WorkGroup.localFloats(2 * valueFloats);
        float[] s = new float[SCORES];
        float[] weights = new float[SCORES / 2];
        float[] max = new float[2];
        float[] sum = new float[2];
        float[] factor = new float[2];
        float[] output = new float[WideTile.elements(valueDim)];
        int[] place = new int[GroupPlace.COUNT];
        GroupPlace.ofTable(places, starts, spans, place);
        place[GroupPlace.STEP] = WideTile.ROWS;
        GroupForwardWide.copyNext(k, place, dim, keyTiles, 0, ITEMS);
        WideTile.round(q, place[GroupPlace.QUERY_ROW], place[GroupPlace.QUERIES], dim, queries, TILE, ITEMS, bfloat);
        int part = WorkGroup.localId() / HalfTile.ITEMS;
        int warpRow = HalfTile.warpRow(1) % TILE;
        int firstKey = part * COLUMNS;
        int half = WideTile.at(firstKey);
        float unit = plain ? scale : 1f;
        float sink = Float.NEGATIVE_INFINITY;
        if (sinks.length > 0 && part == 0) {
            sink = sinks[place[GroupPlace.HEAD]] / unit;
        }
        GroupForwardHalf.start(max, sum, 1, sink);
        GroupTile.clear(output, WideTile.elements(valueDim));
        boolean before = false;
        int odd = 0;
        while (GroupPlace.more(place)) {
            GroupPlace.stepKeys(spans, place);
            GroupForwardWide.arrive();
            int keys = place[GroupPlace.KEYS];
            WideTile.copy(
                    v, place[GroupPlace.KEY_ROW], keys, valueDim, valueTiles, odd * valueFloats, WideTile.ROWS, ITEMS);
            GroupForwardWide.copyNext(k, place, dim, keyTiles, (1 - odd) * keyFloats, ITEMS);
            WideTile.multiply(queries, 0, keyTiles, odd * keyFloats + half, COLUMNS, dim, s, bfloat);
            if (before) {
                int at = (1 - odd) * valueFloats + half;
                WideTile.accumulate(weights, COLUMNS, valueTiles, at, valueDim, output, bfloat);
                WideMma.await(1);
            } else {
                WideMma.await(0);
            }
            WideTile.take(s, SCORES);
            if (!plain) {
                GroupForwardWide.scale(s, SCORES, scale);
            }
            boolean whole = place[GroupPlace.QUERIES] == TILE && keys == WideTile.ROWS;
            WideTile.modify(s, COLUMNS, whole, warpRow, firstKey, false, place, captures);
            boolean grew = WideTile.softmax(s, COLUMNS, unit * LOG2_E, max, sum, factor);
            if (dropout > 0f) {
                int row = warpRow + WorkGroup.localId() % Mma.WARP / 4;
                WideTile.drop(s, SCORES, dropout, seed, place, row, firstKey + HalfTile.column());
            }
            GroupForwardWide.takeScaled(output, grew, valueDim, factor);
            WideTile.round(s, COLUMNS, weights, bfloat);
            before = true;
            odd = 1 - odd;
        }
        GroupForwardWide.arrive();
        if (before) {
            int at = (1 - odd) * valueFloats + half;
            WideTile.accumulate(weights, COLUMNS, valueTiles, at, valueDim, output, bfloat);
            WideMma.await(0);
            WideTile.take(output, WideTile.elements(valueDim));
        }
        join(part, unit * LOG2_E, max, sum, output, HalfTile.pairs(valueDim), valueTiles);
        if (part == 0) {
            GroupForwardHalf.finish(max, unit, sum, output, 1, valueDim, place, out, lse);
        }
    }

    /**
     * Adds to what the items of part 0 hold what those of part 1 do, both scaled to the larger maximum.
     *
     * @param tile in local memory, which products read no more once all items are here
     */
    private static void join(int part, float unit, float[] max, float[] sum, float[] output, int count, float[] tile) {
        int id = WorkGroup.localId() % HalfTile.ITEMS;
        WorkGroup.barrier();
        if (part == 1) {
            for (int i = 0; i < count; i++) {
                tile[i * HalfTile.ITEMS + id] = output[i];
            }
            for (int r = 0; r < 2; r++) {
                tile[(count + r) * HalfTile.ITEMS + id] = max[r];
                tile[(count + 2 + r) * HalfTile.ITEMS + id] = sum[r];
            }
        }
        WorkGroup.barrier();
        if (part == 0) {
            float[] theirs = new float[2];
            for (int r = 0; r < 2; r++) {
                float other = tile[(count + r) * HalfTile.ITEMS + id];
                float larger = Mma.max(max[r], other);
                float shift = larger == Float.NEGATIVE_INFINITY ? 0f : -larger * unit;
                float mine = Mma.exp2(Math.fma(max[r], unit, shift));
                theirs[r] = Mma.exp2(Math.fma(other, unit, shift));
                sum[r] = Math.fma(sum[r], mine, tile[(count + 2 + r) * HalfTile.ITEMS + id] * theirs[r]);
                GroupForwardHalf.scale(output, r, count, mine);
                max[r] = larger;
            }
            for (int i = 0; i < count; i++) {
                output[i] = Math.fma(tile[i * HalfTile.ITEMS + id], theirs[i / 2 % 2], output[i]);
            }
        }
    }
}
