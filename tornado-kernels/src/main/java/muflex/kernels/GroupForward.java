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
    public static final int ITEMS = 128;

    private static final int TILE = GroupTile.TILE;
    private static final int ACROSS = GroupTile.ACROSS;
    private static final int HIGH = ITEMS / ACROSS;
    private static final int ROWS = TILE / HIGH;
    private static final int COLUMNS = GroupTile.COLUMNS;

    /** Floats from row to row of {@code partial}: a value of each of the 16 items, and four for the banks. */
    private static final int PARTIAL = ACROSS + GroupTile.QUAD;

    private GroupForward() {}

    /** Floats of local memory for these dims. */
    public static int localFloats(int dim, int valueDim) {
        return TILE
                * (GroupTile.stride(dim) + GroupTile.largerStride(dim, valueDim) + GroupTile.stride(TILE) + PARTIAL);
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
        float[] partial = WorkGroup.localFloats(TILE * PARTIAL);
        float[] s = new float[ROWS * COLUMNS];
        float[] max = new float[ROWS];
        float[] sum = new float[ROWS];
        float[] output = new float[ROWS * GroupTile.blocks(valueDim) * GroupTile.QUAD];

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

        start(max, sum, sinks.length > 0 ? sinks[h] : Float.NEGATIVE_INFINITY, x);
        GroupTile.clear(output, ROWS * GroupTile.blocks(valueDim) * GroupTile.QUAD);
        GroupTile.stage(q, firstRow, rows, dim, scale, queries);
        for (int span = starts[spanRow]; span < starts[spanRow + 1]; span++) {
            int end = spans[2 * span + 1] >> 1;
            boolean masked = (spans[2 * span + 1] & 1) == 0;
            for (int kv = spans[2 * span]; kv < end; kv += TILE) {
                int keys = Math.min(TILE, end - kv);
                GroupTile.stage(k, firstKey + kv, keys, dim, 1f, right);
                WorkGroup.barrier();
                GroupTile.multiply(queries, right, dim, ROWS, HIGH, y, x, s);
                modify(s, rows, keys, masked, b, h, q0, kv, y, x, captures);
                shareMaxima(s, y, x, partial);
                WorkGroup.barrier();
                GroupTile.stage(v, firstKey + kv, keys, valueDim, 1f, right);
                softmax(s, max, sum, output, partial, GroupTile.blocks(valueDim), y);
                if (dropout > 0f) {
                    drop(s, dropout, seed, b, h, q0, kv, y, x);
                }
                GroupTile.store(s, ROWS, HIGH, y, x, weights);
                WorkGroup.barrier();
                GroupTile.accumulate(weights, right, valueDim, ROWS, HIGH, y, x, output);
                WorkGroup.barrier();
            }
        }
        share(sum, y, x, partial);
        WorkGroup.barrier();
        finish(max, output, GroupTile.blocks(valueDim), partial, y, x, rows, firstRow, lse);
        GroupTile.write(output, valueDim, ROWS, HIGH, y, x, 1f, out, firstRow, rows);
    }

    /** Before the first key: a sink is a key with weight 1 and value 0, which one of a query's items counts. */
    private static void start(float[] max, float[] sum, float sink, int x) {
        for (int r = 0; r < ROWS; r++) {
            max[r] = sink;
            sum[r] = x == 0 && sink > Float.NEGATIVE_INFINITY ? 1f : 0f;
        }
    }

    /** The score mod, and the mask where it must be asked; −∞ past the last key. */
    private static void modify(
            float[] s,
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
        for (int r = 0; r < ROWS; r++) {
            for (int j = 0; j < COLUMNS; j++) {
                int at = r * COLUMNS + j;
                int row = y + HIGH * r;
                int key = x + ACROSS * j;
                if (key >= keys) {
                    s[at] = Float.NEGATIVE_INFINITY;
                } else if (row < rows) {
                    if (masked) {
                        Mods.maskedKeys(s, at, 1, b, h, q + row, kv + key, captures);
                    } else {
                        Mods.scoreKeys(s, at, 1, b, h, q + row, kv + key, captures);
                    }
                }
            }
        }
    }

    /** The largest of an item's scores of each query, for the others to see. */
    private static void shareMaxima(float[] s, int y, int x, float[] partial) {
        for (int r = 0; r < ROWS; r++) {
            float largest = s[r * COLUMNS];
            for (int j = 1; j < COLUMNS; j++) {
                largest = s[r * COLUMNS + j] > largest ? s[r * COLUMNS + j] : largest;
            }
            partial[(y + HIGH * r) * PARTIAL + x] = largest;
        }
    }

    private static void share(float[] values, int y, int x, float[] partial) {
        for (int r = 0; r < ROWS; r++) {
            partial[(y + HIGH * r) * PARTIAL + x] = values[r];
        }
    }

    /** The new maxima; sums and output scaled down to them; s ← exp(s − max). A maximum of −∞ is taken as 0. */
    private static void softmax(
            float[] s, float[] max, float[] sum, float[] output, float[] partial, int blocks, int y) {
        for (int r = 0; r < ROWS; r++) {
            float before = max[r];
            float largest = before;
            for (int i = 0; i < ACROSS; i++) {
                float other = partial[(y + HIGH * r) * PARTIAL + i];
                largest = other > largest ? other : largest;
            }
            float shift = largest == Float.NEGATIVE_INFINITY ? 0f : largest;
            float factor = (float) Math.exp(before - shift);
            float total = sum[r] * factor;
            for (int j = 0; j < COLUMNS; j++) {
                float weight = (float) Math.exp(s[r * COLUMNS + j] - shift);
                s[r * COLUMNS + j] = weight;
                total += weight;
            }
            max[r] = largest;
            sum[r] = total;
            for (int i = 0; i < blocks * GroupTile.QUAD; i++) {
                output[r * blocks * GroupTile.QUAD + i] *= factor;
            }
        }
    }

    private static void drop(float[] s, float dropout, long seed, int b, int h, int q, int kv, int y, int x) {
        for (int r = 0; r < ROWS; r++) {
            for (int j = 0; j < COLUMNS; j++) {
                s[r * COLUMNS + j] *= Philox.keep(seed, dropout, b, h, q + y + HIGH * r, kv + x + ACROSS * j);
            }
        }
    }

    /** output ← output / Σ sums, or 0 where no key was allowed; lse = max + ln Σ sums. */
    private static void finish(
            float[] max,
            float[] output,
            int blocks,
            float[] partial,
            int y,
            int x,
            int rows,
            int firstRow,
            float[] lse) {
        for (int r = 0; r < ROWS; r++) {
            int row = y + HIGH * r;
            float total = 0f;
            for (int i = 0; i < ACROSS; i++) {
                total += partial[row * PARTIAL + i];
            }
            if (x == 0 && row < rows) {
                lse[firstRow + row] = total == 0f ? Float.NEGATIVE_INFINITY : max[r] + (float) Math.log(total);
            }
            float inverse = total == 0f ? 0f : 1f / total;
            for (int i = 0; i < blocks * GroupTile.QUAD; i++) {
                output[r * blocks * GroupTile.QUAD + i] *= inverse;
            }
        }
    }
}
