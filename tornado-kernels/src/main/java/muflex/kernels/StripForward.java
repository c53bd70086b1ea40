package muflex.kernels;

/**
 * Attention forward without helpers, short enough for a compiler that inlines everything and unrolls little, such as TornadoVM's:
 * the algorithm of {@link AttentionForward}. One work item is a strip of {@link Lanes#length} queries of one head, one a lane, so that
 * the maximum and the sum of a softmax are plain vector operations; it takes {@value #KEYS} keys at a time.
 */
public final class StripForward {
    private static final int KEYS = 4;

    /** Less than any score, and far enough from the end of floats for a difference. */
    private static final float LEAST = -Float.MAX_VALUE / 4;

    private StripForward() {}

    /** Work items, those of tiles that are cut short by a block of the mask among them. */
    public static int items(int tiles, int lanes) {
        return tiles * (AttentionSizes.TILE / lanes);
    }

    /**
     * Fills {@code out} and {@code lse}, where there is no dropout and there are no sinks; arrays and spans are as in {@link
     * AttentionForward#forward}, the other parameters what {@link AttentionSizes} has: a compiler that knows them has no divisor that
     * could be 0.
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
            int rows = Math.min(length, past - q0);
            float[] panel = new float[dim * length];
            float[] output = new float[valueDim * length];
            float[] s = new float[KEYS * length];
            for (int d = 0; d < dim; d++) {
                for (int i = 0; i < length; i++) {
                    int query = Math.min(q0 + i, queries - 1);
                    panel[d * length + i] = q[(head * queries + query) * dim + d] * scale;
                }
            }
            for (int i = 0; i < valueDim * length; i++) {
                output[i] = 0f;
            }
            Lanes max = Lanes.splat(LEAST);
            Lanes sum = Lanes.zero();
            int b = head / heads;
            int h = head % heads;
            int base = head / group * keys;
            int row = (b % maskBatch * maskHeads + h % maskHeads) * tiles + t;
            int spanEnd = rows > 0 ? starts[row + 1] : 0;
            for (int span = starts[row]; span < spanEnd; span++) {
                int end = spans[2 * span + 1] >> 1;
                int partial = 1 - (spans[2 * span + 1] & 1);
                for (int kv = spans[2 * span]; kv < end; kv += KEYS) {
                    // Beyond the end the last key stands in, whose scores are then dropped: functions may index by the
                    // key.
                    int kv1 = Math.min(kv + 1, end - 1);
                    int kv2 = Math.min(kv + 2, end - 1);
                    int kv3 = Math.min(kv + 3, end - 1);
                    int k0 = (base + kv) * dim;
                    int k1 = (base + kv1) * dim;
                    int k2 = (base + kv2) * dim;
                    int k3 = (base + kv3) * dim;
                    Lanes s0 = Lanes.zero();
                    Lanes s1 = Lanes.zero();
                    Lanes s2 = Lanes.zero();
                    Lanes s3 = Lanes.zero();
                    for (int d = 0; d < dim; d++) {
                        Lanes x = Lanes.load(panel, d * length);
                        s0 = Lanes.fma(x, Lanes.splat(k[k0 + d]), s0);
                        s1 = Lanes.fma(x, Lanes.splat(k[k1 + d]), s1);
                        s2 = Lanes.fma(x, Lanes.splat(k[k2 + d]), s2);
                        s3 = Lanes.fma(x, Lanes.splat(k[k3 + d]), s3);
                    }
                    Lanes.store(s, 0, s0);
                    Lanes.store(s, length, s1);
                    Lanes.store(s, 2 * length, s2);
                    Lanes.store(s, 3 * length, s3);
                    if (partial == 1) {
                        Mods.maskedQueries(s, 0, rows, b, h, q0, kv, captures);
                        Mods.maskedQueries(s, length, rows, b, h, q0, kv1, captures);
                        Mods.maskedQueries(s, 2 * length, rows, b, h, q0, kv2, captures);
                        Mods.maskedQueries(s, 3 * length, rows, b, h, q0, kv3, captures);
                    } else {
                        Mods.scoreQueries(s, 0, rows, b, h, q0, kv, captures);
                        Mods.scoreQueries(s, length, rows, b, h, q0, kv1, captures);
                        Mods.scoreQueries(s, 2 * length, rows, b, h, q0, kv2, captures);
                        Mods.scoreQueries(s, 3 * length, rows, b, h, q0, kv3, captures);
                    }
                    for (int i = Math.min(KEYS, end - kv) * length; i < KEYS * length; i++) {
                        s[i] = Float.NEGATIVE_INFINITY;
                    }
                    s0 = Lanes.load(s, 0);
                    s1 = Lanes.load(s, length);
                    s2 = Lanes.load(s, 2 * length);
                    s3 = Lanes.load(s, 3 * length);
                    Lanes m = Lanes.max(Lanes.max(max, Lanes.max(s0, s1)), Lanes.max(s2, s3));
                    Lanes factor = Lanes.exp(Lanes.sub(max, m));
                    max = m;
                    s0 = Lanes.exp(Lanes.sub(s0, m));
                    s1 = Lanes.exp(Lanes.sub(s1, m));
                    s2 = Lanes.exp(Lanes.sub(s2, m));
                    s3 = Lanes.exp(Lanes.sub(s3, m));
                    sum = Lanes.add(Lanes.mul(sum, factor), Lanes.add(Lanes.add(s0, s1), Lanes.add(s2, s3)));
                    int v0 = (base + kv) * valueDim;
                    int v1 = (base + kv1) * valueDim;
                    int v2 = (base + kv2) * valueDim;
                    int v3 = (base + kv3) * valueDim;
                    for (int d = 0; d < valueDim; d++) {
                        Lanes o = Lanes.mul(Lanes.load(output, d * length), factor);
                        o = Lanes.fma(s0, Lanes.splat(v[v0 + d]), o);
                        o = Lanes.fma(s1, Lanes.splat(v[v1 + d]), o);
                        o = Lanes.fma(s2, Lanes.splat(v[v2 + d]), o);
                        o = Lanes.fma(s3, Lanes.splat(v[v3 + d]), o);
                        Lanes.store(output, d * length, o);
                    }
                }
            }
            Lanes.store(s, 0, max);
            Lanes.store(s, length, sum);
            for (int i = 0; i < rows; i++) {
                int to = head * queries + q0 + i;
                float total = s[length + i];
                lse[to] = total == 0f ? Float.NEGATIVE_INFINITY : s[i] + (float) Math.log(total);
                float inverse = total == 0f ? 0f : 1f / total;
                for (int d = 0; d < valueDim; d++) {
                    out[to * valueDim + d] = output[d * length + i] * inverse;
                }
            }
        }
    }
}
