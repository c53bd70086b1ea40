package muflex.kernels;

/**
 * Attention forward with few helpers, short enough for a compiler that inlines everything and unrolls little, such as TornadoVM's:
 * the algorithm of {@link AttentionForward}. One work item is a strip of {@link Lanes#length} queries of one head, one a lane, so that
 * the maximum and the sum of a softmax are plain vector operations; it takes {@value Strip#STEP} keys at a time.
 */
public final class StripForward {
    private static final int WIDTH = RowTile.WIDTH;

    /** Less than any score, and far enough from the end of floats for a difference. */
    private static final float LEAST = -Float.MAX_VALUE / 4;

    private StripForward() {}

    /** Work items, those of tiles that are cut short by a block of the mask among them. */
    public static int items(int tiles, int lanes) {
        return tiles * (AttentionSizes.TILE / lanes);
    }

    /**
     * Fills {@code out} and {@code lse}; arrays, sinks, spans and dropout are as in {@link AttentionForward#forward}, the other
     * parameters what {@link AttentionSizes} has: a compiler that knows them has no divisor that could be 0.
     *
     * @param blockTiles tiles in a block of {@code queryBlock}
     * @param tiles tiles in a head
     */
    public static void forward(
            float[] q,
            float[] k,
            float[] v,
            float[] out,
            float[] lse,
            float[] sinks,
            int[] starts,
            int[] spans,
            float scale,
            int heads,
            int group,
            int queries,
            int keys,
            int dim,
            int valueDim,
            int maskBatch,
            int maskHeads,
            int queryBlock,
            int blockTiles,
            int tiles,
            float dropout,
            long seed,
            Object[] captures,
            int first,
            int last) {
        for (@Parallel int item = first; item < last; item++) {
            int length = Lanes.length();
            int strips = AttentionSizes.TILE / length;
            int tile = item / strips;
            int head = tile / tiles;
            int t = tiles - 1 - tile % tiles;
            int block = t / blockTiles * queryBlock;
            int start = block + t % blockTiles * AttentionSizes.TILE;
            int q0 = start + item % strips * length;
            int past = Math.min(Math.min(start + AttentionSizes.TILE, block + queryBlock), queries);
            int lanes = Math.min(length, past - q0);
            float[] panel = new float[dim * length];
            float[] output = new float[valueDim * length];
            float[] s = new float[Strip.STEP * WIDTH];
            Strip.load(q, head * queries + Math.min(q0, queries - 1), Math.max(0, lanes - 1), dim, scale, panel);
            Strip.fill(output, 0, valueDim * length, 0f);
            int b = head / heads;
            int h = head % heads;
            // A sink is a key with that score and v = 0.
            float sink = sinks.length > 0 ? sinks[h] : Float.NEGATIVE_INFINITY;
            Lanes max = Lanes.splat(Math.max(sink, LEAST));
            Lanes sum = Lanes.splat(sink < LEAST ? 0f : 1f);
            int base = head / group * keys;
            int row = (b % maskBatch * maskHeads + h % maskHeads) * tiles + t;
            int spanEnd = lanes > 0 ? starts[row + 1] : 0;
            for (int span = starts[row]; span < spanEnd; span++) {
                int end = spans[2 * span + 1] >> 1;
                boolean partial = (spans[2 * span + 1] & 1) == 0;
                for (int kv = spans[2 * span]; kv < end; kv += Strip.STEP) {
                    int step = Math.min(Strip.STEP, end - kv);
                    Strip.multiply(panel, k, base + kv, step - 1, dim, s);
                    if (partial) {
                        ModTiles.maskedQueries(s, step, lanes, b, h, q0, kv, captures);
                    } else {
                        ModTiles.scoreQueries(s, step, lanes, b, h, q0, kv, captures);
                    }
                    Lanes m = max;
                    for (int j = 0; j < step; j++) {
                        m = Lanes.max(m, Lanes.load(s, j * WIDTH));
                    }
                    Lanes factor = Lanes.exp(Lanes.sub(max, m));
                    max = m;
                    sum = Lanes.mul(sum, factor);
                    for (int j = 0; j < step; j++) {
                        Lanes p = Lanes.exp(Lanes.sub(Lanes.load(s, j * WIDTH), m));
                        Lanes.store(s, j * WIDTH, p);
                        sum = Lanes.add(sum, p);
                    }
                    Strip.fillRows(s, step, 0f);
                    if (dropout > 0f) {
                        AttentionForward.drop(s, step, lanes, b, h, q0, kv, dropout, seed);
                    }
                    Strip.add(output, factor, s, v, base + kv, step - 1, valueDim);
                }
            }
            Lanes.store(s, 0, max);
            Lanes.store(s, WIDTH, sum);
            for (int i = 0; i < lanes; i++) {
                int to = head * queries + q0 + i;
                float total = s[WIDTH + i];
                lse[to] = total == 0f ? Float.NEGATIVE_INFINITY : s[i] + (float) Math.log(total);
                float inverse = total == 0f ? 0f : 1f / total;
                for (int d = 0; d < valueDim; d++) {
                    out[to * valueDim + d] = output[d * length + i] * inverse;
                }
            }
        }
    }
}
