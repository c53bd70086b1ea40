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

        int tiles = AttentionSizes.tiles(sizes[AttentionSizes.KEYS], sizes[AttentionSizes.KEY_BLOCK]);
        int units = sizes[AttentionSizes.BATCH] * sizes[AttentionSizes.HEADS] / sizes[AttentionSizes.GROUP] * tiles;
        int y = WorkGroup.localId() / ACROSS;
        int x = WorkGroup.localId() % ACROSS;
        for (int unit = WorkGroup.groupId(); unit < units; unit += groups) {
            int head = unit / tiles;
            int t = unit % tiles;
            int kv = AttentionSizes.tileStart(t, sizes[AttentionSizes.KEY_BLOCK]);
            int keys = AttentionSizes.tileEnd(kv, sizes[AttentionSizes.KEY_BLOCK], sizes[AttentionSizes.KEYS]) - kv;
            int firstKey = head * sizes[AttentionSizes.KEYS] + kv;
            GroupTile.clear(keySum, ROWS * GroupTile.blocks(dim) * GroupTile.QUAD);
            GroupTile.clear(valueSum, ROWS * GroupTile.blocks(valueDim) * GroupTile.QUAD);
            GroupTile.stage(k, firstKey, keys, dim, 1f, keyTile);
            GroupTile.stage(v, firstKey, keys, valueDim, 1f, valueTile);
            for (int g = 0; g < sizes[AttentionSizes.GROUP]; g++) {
                int queryHead = head * sizes[AttentionSizes.GROUP] + g;
                int b = queryHead / sizes[AttentionSizes.HEADS];
                int h = queryHead % sizes[AttentionSizes.HEADS];
                int spanRow = AttentionSizes.row(sizes, b, h, tiles, t);
                for (int span = starts[spanRow]; span < starts[spanRow + 1]; span++) {
                    int end = spans[2 * span + 1] >> 1;
                    boolean masked = (spans[2 * span + 1] & 1) == 0;
                    for (int q0 = spans[2 * span]; q0 < end; q0 += TILE) {
                        int rows = Math.min(TILE, end - q0);
                        int firstRow = queryHead * sizes[AttentionSizes.QUERIES] + q0;
                        GroupTile.stage(q, firstRow, rows, dim, scale, right);
                        WorkGroup.barrier();
                        GroupTile.multiply(keyTile, right, dim, ROWS, HIGH, y, x, s);
                        WorkGroup.barrier();
                        GroupTile.stage(dOut, firstRow, rows, valueDim, 1f, right);
                        WorkGroup.barrier();
                        GroupTile.multiply(valueTile, right, valueDim, ROWS, HIGH, y, x, ds);
                        scoreGradients(
                                s, ds, raw, lse, delta, firstRow, rows, keys, masked, dropout, seed, b, h, q0, kv, y, x,
                                captures);
                        if (learned) {
                            learnInTurn(
                                    raw,
                                    ds,
                                    rows,
                                    keys,
                                    masked,
                                    b,
                                    h,
                                    q0,
                                    kv,
                                    y,
                                    x,
                                    captures,
                                    gradients[WorkGroup.groupId()]);
                        }
                        if (modified) {
                            deriveAll(raw, ds, rows, keys, masked, b, h, q0, kv, y, x, captures);
                        }
                        GroupTile.store(s, ROWS, HIGH, y, x, weights);
                        WorkGroup.barrier();
                        GroupTile.accumulate(weights, right, valueDim, ROWS, HIGH, y, x, valueSum);
                        WorkGroup.barrier();
                        GroupTile.store(ds, ROWS, HIGH, y, x, weights);
                        GroupTile.stage(q, firstRow, rows, dim, scale, right);
                        WorkGroup.barrier();
                        GroupTile.accumulate(weights, right, dim, ROWS, HIGH, y, x, keySum);
                        WorkGroup.barrier();
                    }
                }
            }
            GroupTile.write(keySum, dim, ROWS, HIGH, y, x, 1f, dk, firstKey, keys);
            GroupTile.write(valueSum, valueDim, ROWS, HIGH, y, x, 1f, dv, firstKey, keys);
            WorkGroup.barrier();
        }
    }

    /** {@link #gradient} of all of an item's pairs, whose rows are keys; the scores as they were into {@code raw}. */
    private static void scoreGradients(
            float[] s,
            float[] ds,
            float[] raw,
            float[] lse,
            float[] delta,
            int firstRow,
            int rows,
            int keys,
            boolean masked,
            float dropout,
            long seed,
            int b,
            int h,
            int q,
            int kv,
            int y,
            int x,
            Object[] captures) {
        for (int i = 0; i < ROWS * COLUMNS; i++) {
            int key = y + HIGH * (i / COLUMNS);
            int row = x + ACROSS * (i % COLUMNS);
            raw[i] = s[i];
            if (key < keys && row < rows) {
                float keep = keep(dropout, seed, b, h, q + row, kv + key);
                float normalizer = lse[firstRow + row];
                float d = delta[firstRow + row];
                gradient(s, ds, i, normalizer, d, keep, masked, b, h, q + row, kv + key, captures);
            } else {
                s[i] = 0f;
                ds[i] = 0f;
            }
        }
    }

    /** The items of a group, one after the other: two may add to one element. */
    private static void learnInTurn(
            float[] raw,
            float[] ds,
            int rows,
            int keys,
            boolean masked,
            int b,
            int h,
            int q,
            int kv,
            int y,
            int x,
            Object[] captures,
            float[][] gradients) {
        for (int turn = 0; turn < ITEMS; turn++) {
            if (turn == WorkGroup.localId()) {
                learn(raw, ds, rows, keys, masked, b, h, q, kv, y, x, captures, gradients);
            }
            WorkGroup.barrier();
        }
    }

    private static void deriveAll(
            float[] raw,
            float[] ds,
            int rows,
            int keys,
            boolean masked,
            int b,
            int h,
            int q,
            int kv,
            int y,
            int x,
            Object[] captures) {
        for (int i = 0; i < ROWS * COLUMNS; i++) {
            int key = y + HIGH * (i / COLUMNS);
            int row = x + ACROSS * (i % COLUMNS);
            if (key < keys && row < rows) {
                derive(raw, ds, i, masked, b, h, q + row, kv + key, captures);
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

        int tiles = AttentionSizes.tiles(sizes[AttentionSizes.QUERIES], sizes[AttentionSizes.QUERY_BLOCK]);
        int head = WorkGroup.groupId() / tiles;
        int t = tiles - 1 - WorkGroup.groupId() % tiles;
        int b = head / sizes[AttentionSizes.HEADS];
        int h = head % sizes[AttentionSizes.HEADS];
        int q0 = AttentionSizes.tileStart(t, sizes[AttentionSizes.QUERY_BLOCK]);
        int rows = AttentionSizes.tileEnd(q0, sizes[AttentionSizes.QUERY_BLOCK], sizes[AttentionSizes.QUERIES]) - q0;
        int firstRow = head * sizes[AttentionSizes.QUERIES] + q0;
        int firstKey = head / sizes[AttentionSizes.GROUP] * sizes[AttentionSizes.KEYS];
        int spanRow = AttentionSizes.row(sizes, b, h, tiles, t);
        int y = WorkGroup.localId() / ACROSS;
        int x = WorkGroup.localId() % ACROSS;

        GroupTile.clear(sum, ROWS * GroupTile.blocks(dim) * GroupTile.QUAD);
        GroupTile.stage(q, firstRow, rows, dim, scale, queryTile);
        GroupTile.stage(dOut, firstRow, rows, valueDim, 1f, outTile);
        for (int span = starts[spanRow]; span < starts[spanRow + 1]; span++) {
            int end = spans[2 * span + 1] >> 1;
            boolean masked = (spans[2 * span + 1] & 1) == 0;
            for (int kv = spans[2 * span]; kv < end; kv += TILE) {
                int keys = Math.min(TILE, end - kv);
                GroupTile.stage(v, firstKey + kv, keys, valueDim, 1f, right);
                WorkGroup.barrier();
                GroupTile.multiply(outTile, right, valueDim, ROWS, HIGH, y, x, ds);
                WorkGroup.barrier();
                GroupTile.stage(k, firstKey + kv, keys, dim, 1f, right);
                WorkGroup.barrier();
                GroupTile.multiply(queryTile, right, dim, ROWS, HIGH, y, x, s);
                for (int i = 0; i < ROWS * COLUMNS; i++) {
                    int row = y + HIGH * (i / COLUMNS);
                    int key = x + ACROSS * (i % COLUMNS);
                    raw[i] = s[i];
                    if (key < keys && row < rows) {
                        float keep = keep(dropout, seed, b, h, q0 + row, kv + key);
                        float normalizer = lse[firstRow + row];
                        float d = delta[firstRow + row];
                        gradient(s, ds, i, normalizer, d, keep, masked, b, h, q0 + row, kv + key, captures);
                        if (modified) {
                            derive(raw, ds, i, masked, b, h, q0 + row, kv + key, captures);
                        }
                    } else {
                        ds[i] = 0f;
                    }
                }
                GroupTile.store(ds, ROWS, HIGH, y, x, weights);
                WorkGroup.barrier();
                GroupTile.accumulate(weights, right, dim, ROWS, HIGH, y, x, sum);
                WorkGroup.barrier();
            }
        }
        GroupTile.write(sum, dim, ROWS, HIGH, y, x, scale, dq, firstRow, rows);
    }

    private static float keep(float dropout, long seed, int b, int h, int q, int kv) {
        return dropout > 0f ? Philox.keep(seed, dropout, b, h, q, kv) : 1f;
    }

    /**
     * One pair of a query and a key: from its score in {@code s[at]} and dP in {@code ds[at]}, the weight that dV takes and the
     * gradient of the modified score. Both are 0 in rows that attend to nothing.
     */
    private static void gradient(
            float[] s,
            float[] ds,
            int at,
            float lse,
            float delta,
            float keep,
            boolean masked,
            int b,
            int h,
            int q,
            int kv,
            Object[] captures) {
        if (masked) {
            Mods.maskedKeys(s, at, 1, b, h, q, kv, captures);
        } else {
            Mods.scoreKeys(s, at, 1, b, h, q, kv, captures);
        }
        boolean none = lse == Float.NEGATIVE_INFINITY;
        float weight = none ? 0f : (float) Math.exp(s[at] - lse);
        s[at] = weight * keep;
        ds[at] = none ? 0f : weight * (ds[at] * keep - delta);
    }

    private static void derive(
            float[] raw, float[] ds, int at, boolean masked, int b, int h, int q, int kv, Object[] captures) {
        if (masked) {
            Mods.maskedDerivativeKeys(raw, at, ds, at, 1, b, h, q, kv, captures);
        } else {
            Mods.derivativeKeys(raw, at, ds, at, 1, b, h, q, kv, captures);
        }
    }

    /** Adds an item's pairs to the gradients of captured arrays; its rows are keys. */
    private static void learn(
            float[] raw,
            float[] ds,
            int rows,
            int keys,
            boolean masked,
            int b,
            int h,
            int q,
            int kv,
            int y,
            int x,
            Object[] captures,
            float[][] gradients) {
        for (int i = 0; i < ROWS * COLUMNS; i++) {
            int key = y + HIGH * (i / COLUMNS);
            int row = x + ACROSS * (i % COLUMNS);
            if (key < keys && row < rows) {
                if (masked) {
                    Mods.maskedAccumulateKeys(raw, i, ds, i, 1, b, h, q + row, kv + key, captures, gradients);
                } else {
                    Mods.accumulateKeys(raw, i, ds, i, 1, b, h, q + row, kv + key, captures, gradients);
                }
            }
        }
    }
}
