package muflex.kernels;

/**
 * The largest score of each query, after the score mod, over the keys that the mask allows: what QK-clip watches (Kimi K2, Moonshot
 * AI 2025, arXiv:2507.20534, section 2.1). A pass of its own over queries and keys, so that attention itself needs no further output.
 */
public final class AttentionMaxima {
    private static final int WIDTH = RowTile.WIDTH;

    private AttentionMaxima() {}

    /** Work items: queries of all heads. */
    public static int items(int[] sizes) {
        return sizes[AttentionSizes.BATCH] * sizes[AttentionSizes.HEADS] * sizes[AttentionSizes.QUERIES];
    }

    /** Fills {@code max}, {@code [batch, heads, queries]}; −∞ where no key is allowed. See {@link AttentionForward#forward}. */
    public static void maxima(
            float[] q,
            float[] k,
            float[] max,
            int[] starts,
            int[] spans,
            int[] sizes,
            float scale,
            Object[] captures,
            int first,
            int last) {
        for (@Parallel int item = first; item < last; item++) {
            int queries = sizes[AttentionSizes.QUERIES];
            int block = sizes[AttentionSizes.QUERY_BLOCK];
            int head = item / queries;
            int query = item % queries;
            int b = head / sizes[AttentionSizes.HEADS];
            int h = head % sizes[AttentionSizes.HEADS];
            int t = AttentionSizes.tileOf(query, block);
            int row = AttentionSizes.row(sizes, b, h, AttentionSizes.tiles(queries, block), t);
            int firstKey = head / sizes[AttentionSizes.GROUP] * sizes[AttentionSizes.KEYS];
            float[] s = Scratch.floats(0, WIDTH);
            float largest = Float.NEGATIVE_INFINITY;
            for (int span = starts[row]; span < starts[row + 1]; span++) {
                int end = spans[2 * span + 1] >> 1;
                boolean partial = (spans[2 * span + 1] & 1) == 0;
                for (int kv = spans[2 * span]; kv < end; kv += WIDTH) {
                    int count = Math.min(WIDTH, end - kv);
                    for (int j = 0; j < count; j++) {
                        s[j] = scale * dot(q, item, k, firstKey + kv + j, sizes[AttentionSizes.HEAD_DIM]);
                    }
                    if (partial) {
                        ModTiles.maskedKeys(s, 0, 1, count, b, h, query, kv, captures);
                    } else {
                        ModTiles.scoreKeys(s, 0, 1, count, b, h, query, kv, captures);
                    }
                    for (int j = 0; j < count; j++) {
                        largest = Math.max(largest, s[j]);
                    }
                }
            }
            max[item] = largest;
        }
    }

    private static float dot(float[] q, int query, float[] k, int key, int dim) {
        Lanes sum = Lanes.zero();
        for (int d = 0; d < dim; d += Lanes.length()) {
            sum = Lanes.fma(Lanes.load(q, query * dim + d, dim - d), Lanes.load(k, key * dim + d, dim - d), sum);
        }
        return Lanes.horizontalSum(sum);
    }
}
