package muflex.kernels;

/**
 * How the warps of a group share the queries and the keys of a part, and how what they found is joined. Warp w has the queries
 * {@code rows · (w mod high) …} and, of the keys, every {@code WARPS / high}-th few. In local memory each row of a warp is its
 * output, which nothing has divided yet, then its maximum and its sum.
 */
final class WarpParts {
    static final int WARPS = 4;
    static final int ITEMS = WARPS * Mma.WARP;

    private WarpParts() {}

    /** Warps with different queries that {@code queries} need, {@code rows} to each: 1, 2 or 4. */
    static int high(int queries, int rows) {
        return queries <= rows ? 1 : queries <= 2 * rows ? 2 : WARPS;
    }

    static int localFloats(int rows, int valueDim) {
        return row(WARPS * rows, valueDim);
    }

    /** Where a row begins. */
    static int row(int row, int valueDim) {
        return row * (valueDim + 2);
    }

    static void store(float max, float sum, int row, int valueDim, float[] found) {
        found[row(row, valueDim) + valueDim] = max;
        found[row(row, valueDim) + valueDim + 1] = sum;
    }

    /**
     * A part's output and lse of each query, over the warps that have it and, in the first part, the sink, which is a key with weight 1 and
     * value 0.
     */
    static void join(
            float[] found,
            int rows,
            int high,
            int valueDim,
            float[] sinks,
            int[] place,
            int[] sizes,
            int splits,
            float[] parts,
            float[] lses) {
        int part = WorkGroup.groupId() % splits;
        int elements = place[GroupPlace.QUERIES] * valueDim;
        for (int i = WorkGroup.localId(); i < elements; i += ITEMS) {
            int query = i / valueDim;
            int column = i % valueDim;
            int head = place[GroupPlace.HEAD] + query / sizes[AttentionSizes.QUERIES];
            float sink = part == 0 && sinks.length > 0 ? sinks[head] : Float.NEGATIVE_INFINITY;
            int first = row(query, valueDim);
            int step = row(high * rows, valueDim);
            float max = sink;
            for (int at = first; at < row(WARPS * rows, valueDim); at += step) {
                max = Math.max(max, found[at + valueDim]);
            }
            float shift = max == Float.NEGATIVE_INFINITY ? 0f : max;
            float sum = (float) Math.exp(sink - shift);
            float total = 0f;
            for (int at = first; at < row(WARPS * rows, valueDim); at += step) {
                float weight = (float) Math.exp(found[at + valueDim] - shift);
                sum += weight * found[at + valueDim + 1];
                total += weight * found[at + column];
            }
            int to = (place[GroupPlace.QUERY_ROW] + query) * splits + part;
            parts[to * valueDim + column] = sum == 0f ? 0f : total / sum;
            if (column == 0) {
                lses[to] = sum == 0f ? Float.NEGATIVE_INFINITY : shift + (float) Math.log(sum);
            }
        }
    }
}
