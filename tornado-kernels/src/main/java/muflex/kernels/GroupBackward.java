package muflex.kernels;

/**
 * Attention backward for GPUs: the formulas of {@link AttentionBackward}, in two kernels that compute the scores again each
 * for itself, so that no two groups add to one sum and results do not depend on timing. {@link #keys} sums dK and dV of a
 * tile of keys over the queries that attend to it, {@link #queries} dQ of a tile of queries over its keys. To the gradients of
 * captured arrays the items of a group add one after the other: right for any read, the same every time, and slow.
 *
 * <p>See {@link GroupTile} for who computes what; in {@link #keys} the rows of a tile of scores are keys, so that its
 * products read it as it lies.
 */
public final class GroupBackward {
    /** Work items in a group. */
    public static final int ITEMS = 256;

    private static final int TILE = GroupTile.TILE;
    private static final int ACROSS = GroupTile.ACROSS;
    private static final int HIGH = ITEMS / ACROSS;
    private static final int ROWS = TILE / HIGH;
    private static final int COLUMNS = GroupTile.COLUMNS;

    private GroupBackward() {}

    /** Floats of local memory for these dims. */
    public static int localFloats(int dim, int valueDim) {
        return TILE
                * (GroupTile.stride(dim)
                        + GroupTile.stride(valueDim)
                        + GroupTile.largerStride(dim, valueDim)
                        + GroupTile.stride(TILE));
    }

    /**
     * Fills {@code dk} and {@code dv}. A unit of work is a tile of keys of a key head; group i of {@code groups} does units
     * i, i + groups, …, and adds the gradients of captured arrays to its own {@code gradients[i][slot]}.
     *
     * @param starts row starts of {@code spans} for tiles of keys, see {@link AttentionSizes}
     * @param modified whether the score mod has a derivative other than 1
     * @param learned whether gradients of captured arrays are wanted
     */
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
        float[] keyTile = WorkGroup.localFloats(TILE * GroupTile.stride(dim));
        float[] valueTile = WorkGroup.localFloats(TILE * GroupTile.stride(valueDim));
        float[] right = WorkGroup.localFloats(TILE * GroupTile.largerStride(dim, valueDim));
        float[] weights = WorkGroup.localFloats(TILE * GroupTile.stride(TILE));
        float[] s = new float[ROWS * COLUMNS];
        float[] ds = new float[ROWS * COLUMNS];
        float[] raw = new float[ROWS * COLUMNS];
        float[] keySum = new float[ROWS * GroupTile.blocks(dim) * GroupTile.QUAD];
        float[] valueSum = new float[ROWS * GroupTile.blocks(valueDim) * GroupTile.QUAD];

        int[] place = new int[GroupPlace.COUNT];
        int y = WorkGroup.localId() / ACROSS;
        int x = WorkGroup.localId() % ACROSS;
        for (int unit = WorkGroup.groupId(); unit < GroupPlace.units(sizes); unit += groups) {
            GroupPlace.ofKeys(sizes, unit, place);
            int firstKey = place[GroupPlace.KEY_ROW];
            int keys = place[GroupPlace.KEYS];
            GroupTile.clear(keySum, ROWS * GroupTile.blocks(dim) * GroupTile.QUAD);
            GroupTile.clear(valueSum, ROWS * GroupTile.blocks(valueDim) * GroupTile.QUAD);
            GroupTile.stage(k, firstKey, keys, dim, 1f, keyTile);
            GroupTile.stage(v, firstKey, keys, valueDim, 1f, valueTile);
            for (int g = 0; g < sizes[AttentionSizes.GROUP]; g++) {
                GroupPlace.queryHead(sizes, starts, spans, unit, g, place);
                while (GroupPlace.more(place)) {
                    GroupPlace.stepQueries(spans, place);
                    GroupTile.stage(q, place[GroupPlace.QUERY_ROW], place[GroupPlace.QUERIES], dim, scale, right);
                    WorkGroup.barrier();
                    GroupTile.multiply(keyTile, right, dim, ROWS, HIGH, y, x, s);
                    WorkGroup.barrier();
                    GroupTile.stage(dOut, place[GroupPlace.QUERY_ROW], place[GroupPlace.QUERIES], valueDim, 1f, right);
                    WorkGroup.barrier();
                    GroupTile.multiply(valueTile, right, valueDim, ROWS, HIGH, y, x, ds);
                    keyGradients(s, ds, raw, lse, delta, place, dropout, seed, y, x, captures);
                    if (learned) {
                        learnInTurn(raw, ds, place, y, x, captures, gradients[WorkGroup.groupId()]);
                    }
                    if (modified) {
                        derive(raw, ds, place, y, x, captures);
                    }
                    GroupTile.store(s, ROWS, HIGH, y, x, weights);
                    WorkGroup.barrier();
                    GroupTile.accumulate(weights, right, valueDim, ROWS, HIGH, y, x, valueSum);
                    WorkGroup.barrier();
                    GroupTile.store(ds, ROWS, HIGH, y, x, weights);
                    GroupTile.stage(q, place[GroupPlace.QUERY_ROW], place[GroupPlace.QUERIES], dim, scale, right);
                    WorkGroup.barrier();
                    GroupTile.accumulate(weights, right, dim, ROWS, HIGH, y, x, keySum);
                    WorkGroup.barrier();
                }
            }
            GroupTile.write(keySum, dim, ROWS, HIGH, y, x, 1f, dk, firstKey, keys);
            GroupTile.write(valueSum, valueDim, ROWS, HIGH, y, x, 1f, dv, firstKey, keys);
            WorkGroup.barrier();
        }
    }

    /** {@link #gradient} of all of an item's pairs, whose rows are keys. */
    static void keyGradients(
            float[] s,
            float[] ds,
            float[] raw,
            float[] lse,
            float[] delta,
            int[] place,
            float dropout,
            long seed,
            int y,
            int x,
            Object[] captures) {
        for (int i = 0; i < ROWS * COLUMNS; i++) {
            gradient(s, ds, raw, i, lse, delta, place, across(x, i), down(y, i), dropout, seed, captures);
        }
    }

    /** The row of an item's element of a tile of scores. */
    private static int down(int y, int i) {
        return y + HIGH * (i / COLUMNS);
    }

    /** The column of that element. */
    private static int across(int x, int i) {
        return x + ACROSS * (i % COLUMNS);
    }

    /**
     * One pair: the score as it was into {@code raw}, its weight into {@code s}, and the gradient of the modified score, from dP, into
     * {@code ds}; 0 where there is no such pair.
     */
    private static void gradient(
            float[] s,
            float[] ds,
            float[] raw,
            int i,
            float[] lse,
            float[] delta,
            int[] place,
            int query,
            int key,
            float dropout,
            long seed,
            Object[] captures) {
        raw[i] = s[i];
        if (GroupPairs.exists(place, query, key)) {
            float normalizer = lse[place[GroupPlace.QUERY_ROW] + query];
            float d = delta[place[GroupPlace.QUERY_ROW] + query];
            GroupPairs.modify(s, i, place, query, key, captures);
            float weight = normalizer == Float.NEGATIVE_INFINITY ? 0f : (float) Math.exp(s[i] - normalizer);
            GroupPairs.gradient(s, ds, i, weight, d, GroupPairs.keep(dropout, seed, place, query, key));
        } else {
            s[i] = 0f;
            ds[i] = 0f;
        }
    }

    /** The items of a group, one after the other: two may add to one element. Their rows are keys. */
    static void learnInTurn(
            float[] raw, float[] ds, int[] place, int y, int x, Object[] captures, float[][] gradients) {
        for (int turn = 0; turn < ITEMS; turn++) {
            if (turn == WorkGroup.localId()) {
                for (int i = 0; i < ROWS * COLUMNS; i++) {
                    if (GroupPairs.exists(place, across(x, i), down(y, i))) {
                        GroupPairs.learn(raw, ds, i, place, across(x, i), down(y, i), captures, gradients);
                    }
                }
            }
            WorkGroup.barrier();
        }
    }

    /** Of all of an item's pairs, whose rows are keys, the gradient of the score before it was modified. */
    static void derive(float[] raw, float[] ds, int[] place, int y, int x, Object[] captures) {
        for (int i = 0; i < ROWS * COLUMNS; i++) {
            if (GroupPairs.exists(place, across(x, i), down(y, i))) {
                GroupPairs.derive(raw, ds, i, place, across(x, i), down(y, i), captures);
            }
        }
    }

    /**
     * Fills {@code dq}; a group is a tile of queries of a head.
     *
     * @param starts row starts of {@code spans} for tiles of queries, see {@link AttentionSizes}
     * @param modified whether the score mod has a derivative other than 1
     */
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
        float[] queryTile = WorkGroup.localFloats(TILE * GroupTile.stride(dim));
        float[] outTile = WorkGroup.localFloats(TILE * GroupTile.stride(valueDim));
        float[] right = WorkGroup.localFloats(TILE * GroupTile.largerStride(dim, valueDim));
        float[] weights = WorkGroup.localFloats(TILE * GroupTile.stride(TILE));
        float[] s = new float[ROWS * COLUMNS];
        float[] ds = new float[ROWS * COLUMNS];
        float[] raw = new float[ROWS * COLUMNS];
        float[] sum = new float[ROWS * GroupTile.blocks(dim) * GroupTile.QUAD];

        int[] place = new int[GroupPlace.COUNT];
        GroupPlace.ofQueries(sizes, starts, spans, TILE, place);
        int firstRow = place[GroupPlace.QUERY_ROW];
        int rows = place[GroupPlace.QUERIES];
        int y = WorkGroup.localId() / ACROSS;
        int x = WorkGroup.localId() % ACROSS;

        GroupTile.clear(sum, ROWS * GroupTile.blocks(dim) * GroupTile.QUAD);
        GroupTile.stage(q, firstRow, rows, dim, scale, queryTile);
        GroupTile.stage(dOut, firstRow, rows, valueDim, 1f, outTile);
        while (GroupPlace.more(place)) {
            GroupPlace.stepKeys(spans, place);
            GroupTile.stage(v, place[GroupPlace.KEY_ROW], place[GroupPlace.KEYS], valueDim, 1f, right);
            WorkGroup.barrier();
            GroupTile.multiply(outTile, right, valueDim, ROWS, HIGH, y, x, ds);
            WorkGroup.barrier();
            GroupTile.stage(k, place[GroupPlace.KEY_ROW], place[GroupPlace.KEYS], dim, 1f, right);
            WorkGroup.barrier();
            GroupTile.multiply(queryTile, right, dim, ROWS, HIGH, y, x, s);
            queryGradients(s, ds, raw, lse, delta, place, modified, dropout, seed, y, x, captures);
            GroupTile.store(ds, ROWS, HIGH, y, x, weights);
            WorkGroup.barrier();
            GroupTile.accumulate(weights, right, dim, ROWS, HIGH, y, x, sum);
            WorkGroup.barrier();
        }
        GroupTile.write(sum, dim, ROWS, HIGH, y, x, scale, dq, firstRow, rows);
    }

    /** {@link #gradient} of all of an item's pairs, whose rows are queries, and of the scores before they were modified. */
    static void queryGradients(
            float[] s,
            float[] ds,
            float[] raw,
            float[] lse,
            float[] delta,
            int[] place,
            boolean modified,
            float dropout,
            long seed,
            int y,
            int x,
            Object[] captures) {
        for (int i = 0; i < ROWS * COLUMNS; i++) {
            gradient(s, ds, raw, i, lse, delta, place, down(y, i), across(x, i), dropout, seed, captures);
            if (modified && GroupPairs.exists(place, down(y, i), across(x, i))) {
                GroupPairs.derive(raw, ds, i, place, down(y, i), across(x, i), captures);
            }
        }
    }
}
