package muflex.kernels;

/**
 * The softmax of group kernels without fragments, as the scores come, a tile of 64 keys at a time: {@value #ITEMS} items in rows
 * of 16, item (y, x) has {@code rows} queries y, y + 8, …, and of each the scores of keys x, x + 16, …, as
 * {@link GroupTile#multiply} leaves them. The 16 items that share a query agree on its maximum by way of local memory; each
 * sums only its own weights, and the sums are added at the end.
 */
final class GroupSoftmax {
    static final int ITEMS = 128;

    /** Rows of items. */
    static final int HIGH = ITEMS / GroupTile.ACROSS;

    /** Floats from query to query of what the items share: a value of each of the 16, and four for the banks. */
    static final int STRIDE = GroupTile.ACROSS + GroupTile.QUAD;

    private static final int COLUMNS = GroupTile.COLUMNS;
    private static final int QUAD = GroupTile.QUAD;

    private GroupSoftmax() {}

    /** Before the first key: a sink is a key with weight 1 and value 0, which one of a query's items counts. */
    static void start(float[] max, float[] sum, int rows, float sink) {
        boolean counts = WorkGroup.localId() % GroupTile.ACROSS == 0 && sink > Float.NEGATIVE_INFINITY;
        for (int r = 0; r < rows; r++) {
            max[r] = sink;
            sum[r] = counts ? 1f : 0f;
        }
    }

    /** The largest of an item's scores of each query, for the others to see. */
    static void shareMaxima(float[] s, int rows, int y, int x, float[] shared) {
        for (int r = 0; r < rows; r++) {
            float largest = s[r * COLUMNS];
            for (int j = 1; j < COLUMNS; j++) {
                largest = s[r * COLUMNS + j] > largest ? s[r * COLUMNS + j] : largest;
            }
            shared[(y + HIGH * r) * STRIDE + x] = largest;
        }
    }

    static void share(float[] values, int rows, int y, int x, float[] shared) {
        for (int r = 0; r < rows; r++) {
            shared[(y + HIGH * r) * STRIDE + x] = values[r];
        }
    }

    /** The new maxima; sums and output scaled down to them; s ← exp(s − max). A maximum of −∞ is taken as 0. */
    static void weigh(
            float[] s, int rows, float[] max, float[] sum, float[] output, float[] shared, int blocks, int y) {
        for (int r = 0; r < rows; r++) {
            float before = max[r];
            float largest = before;
            for (int i = 0; i < GroupTile.ACROSS; i++) {
                float other = shared[(y + HIGH * r) * STRIDE + i];
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
            for (int i = 0; i < blocks * QUAD; i++) {
                output[r * blocks * QUAD + i] *= factor;
            }
        }
    }

    /**
     * output ← output / Σ sums, or 0 where no key was allowed; of the first {@code count} queries, query i's
     * {@code lse[first + i · step]} = max + ln Σ sums.
     */
    static void finish(
            float[] max,
            float[] output,
            int rows,
            int blocks,
            float[] shared,
            int y,
            int x,
            int count,
            float[] lse,
            int first,
            int step) {
        for (int r = 0; r < rows; r++) {
            int row = y + HIGH * r;
            float total = 0f;
            for (int i = 0; i < GroupTile.ACROSS; i++) {
                total += shared[row * STRIDE + i];
            }
            if (x == 0 && row < count) {
                lse[first + row * step] = total == 0f ? Float.NEGATIVE_INFINITY : max[r] + (float) Math.log(total);
            }
            float inverse = total == 0f ? 0f : 1f / total;
            for (int i = 0; i < blocks * QUAD; i++) {
                output[r * blocks * QUAD + i] *= inverse;
            }
        }
    }
}
