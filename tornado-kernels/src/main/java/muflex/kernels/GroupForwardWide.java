package muflex.kernels;

/**
 * {@link GroupForwardHalf} by the products of {@link WideMma}, which run while the warps do other things: the next scores and the
 * last step's part of the output are under way together, and the softmax is computed while the latter is (Shah et al. 2024,
 * FlashAttention-3, arXiv:2407.08608, section 3.2). Four warps have 64 queries, in local memory; keys and values travel there a step
 * ahead.
 */
public final class GroupForwardWide {
    private static final int TILE = AttentionSizes.TILE;
    private static final float LOG2_E = 1.442695f;

    /** Of an item, of a step's keys. */
    private static final int SCORES = WideTile.scores(WideTile.ROWS);

    private GroupForwardWide() {}

    /** Work items in a group that has {@code tiles} times 64 queries. */
    public static int items(int tiles) {
        return tiles * HalfTile.ITEMS;
    }

    /** Floats of local memory for these dims: a tile of queries, two of keys and two of values. */
    public static int localFloats(int dim, int valueDim) {
        return 3 * WideTile.floats(dim) + 2 * WideTile.floats(valueDim);
    }

    /** Where each group is, for groups of {@code tiles} times 64 queries. */
    public static int[] places(int[] sizes, int tiles) {
        return GroupPlace.table(sizes, tiles * TILE);
    }

    /**
     * Fills {@code out} and {@code lse}; see {@link GroupForwardHalf#forward}.
     *
     * @param places of these tiles, see {@link #places}
     * @param starts row starts of {@code spans} for tiles of 64 · tiles queries
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
            int tiles,
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

        int odd = 0;
        copyNext(k, place, dim, keyTiles, 0, items(tiles));
        int queryRow = place[GroupPlace.QUERY_ROW];
        int rows = tiles * TILE;
        WideTile.round(q, queryRow, place[GroupPlace.QUERIES], dim, queries, rows, items(tiles), bfloat);
        int left = WideTile.at(HalfTile.warpRow(1) / TILE * TILE);
        float unit = plain ? scale : 1f;
        float sink = sinks.length > 0 ? sinks[place[GroupPlace.HEAD]] / unit : Float.NEGATIVE_INFINITY;
        GroupForwardHalf.start(max, sum, 1, sink);
        GroupTile.clear(output, WideTile.elements(valueDim));
        boolean before = false;
        while (GroupPlace.more(place)) {
            GroupPlace.stepKeys(spans, place);
            arrive();
            int keyRow = place[GroupPlace.KEY_ROW];
            int keys = place[GroupPlace.KEYS];
            WideTile.copy(v, keyRow, keys, valueDim, valueTiles, odd * valueFloats, WideTile.ROWS, items(tiles));
            copyNext(k, place, dim, keyTiles, (1 - odd) * keyFloats, items(tiles));
            WideTile.multiply(queries, left, keyTiles, odd * keyFloats, WideTile.ROWS, dim, s, bfloat);
            if (before) {
                WideTile.accumulate(
                        weights, WideTile.ROWS, valueTiles, (1 - odd) * valueFloats, valueDim, output, bfloat);
                WideMma.await(1);
            } else {
                WideMma.await(0);
            }
            WideTile.take(s, SCORES);
            if (!plain) {
                scale(s, SCORES, scale);
            }
            boolean whole = place[GroupPlace.QUERIES] == rows && place[GroupPlace.KEYS] == WideTile.ROWS;
            WideTile.modify(s, WideTile.ROWS, whole, HalfTile.warpRow(1), 0, false, place, captures);
            boolean grew = WideTile.softmax(s, WideTile.ROWS, unit * LOG2_E, max, sum, factor);
            if (dropout > 0f) {
                WideTile.drop(s, SCORES, dropout, seed, place, HalfTile.row(1), HalfTile.column());
            }
            takeScaled(output, grew, valueDim, factor);
            WideTile.round(s, WideTile.ROWS, weights, bfloat);
            before = true;
            odd = 1 - odd;
        }
        arrive();
        if (before) {
            WideTile.accumulate(weights, WideTile.ROWS, valueTiles, (1 - odd) * valueFloats, valueDim, output, bfloat);
            WideMma.await(0);
            WideTile.take(output, WideTile.elements(valueDim));
        }
        GroupForwardHalf.finish(max, unit, sum, output, 1, valueDim, place, out, lse);
    }

    /** Waits for the output, and scales it if a maximum grew. */
    static void takeScaled(float[] output, boolean grew, int valueDim, float[] factor) {
        // Waits in both arms: before them, NVIDIA's assembler waits as early as it can, before the softmax.
        if (grew) {
            WideMma.await(0);
            WideTile.take(output, WideTile.elements(valueDim));
            GroupForwardHalf.scale(output, 0, HalfTile.pairs(valueDim), factor[0]);
            GroupForwardHalf.scale(output, 1, HalfTile.pairs(valueDim), factor[1]);
        } else {
            WideMma.await(0);
            WideTile.take(output, WideTile.elements(valueDim));
        }
    }

    static void scale(float[] s, int count, float factor) {
        for (int i = 0; i < WorkGroup.unrolled(count); i++) {
            s[i] *= factor;
        }
    }

    /** What all items copied is there for products; nobody reads the tiles any more that are copied to next. */
    static void arrive() {
        Mma.await(0);
        WideMma.publish();
        WorkGroup.barrier();
    }

    /** Starts the copy of the next keys, if there are any. */
    static void copyNext(float[] k, int[] place, int dim, float[] tiles, int at, int items) {
        if (GroupPlace.more(place)) {
            WideTile.copy(
                    k, GroupPlace.nextRow(place), GroupPlace.nextCount(place), dim, tiles, at, WideTile.ROWS, items);
        }
        Mma.commit();
    }
}
