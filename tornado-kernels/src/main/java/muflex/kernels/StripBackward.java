package muflex.kernels;

/**
 * Attention backward in the manner of {@link StripForward}: without helpers, for a compiler that inlines everything. The formulas
 * are those of {@link AttentionBackward}, for score functions whose derivative is 1. The scores are computed twice: in
 * {@link #queries} a work item is a strip of {@link Lanes#length} queries, one a lane, and sums their dQ; in {@link #keys} it is a strip
 * of keys, and sums their dK and dV. So no two items write the same element, and results depend on no number of items.
 */
public final class StripBackward {
    /** Keys, or queries, that meet a strip at a time. */
    private static final int STEP = 4;

    private StripBackward() {}

    /**
     * Fills {@code dq} and {@code delta [rows]}, which is Σ out · dOut − dLse. It is summed here, in the order of dP = dO·Vᵀ and
     * with the same roundings, so that a query with one key, whose dP is δ, gets gradients of exactly 0. The other parameters are
     * those of {@link StripForward#forward}.
     *
     * @param dLse of rows, or empty for 0
     */
    public static void queries(
            float[] q,
            float[] k,
            float[] v,
            float[] out,
            float[] lse,
            float[] dOut,
            float[] dLse,
            float[] delta,
            float[] dq,
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
            float[] gradients = new float[valueDim * length];
            float[] sums = new float[dim * length];
            float[] s = new float[STEP * length];
            for (int i = 0; i < length; i++) {
                int query = Math.min(q0 + i, queries - 1);
                for (int d = 0; d < dim; d++) {
                    panel[d * length + i] = q[(head * queries + query) * dim + d] * scale;
                    sums[d * length + i] = 0f;
                }
            }
            Lanes products = Lanes.zero();
            for (int d = 0; d < valueDim; d++) {
                for (int i = 0; i < length; i++) {
                    int at = (head * queries + Math.min(q0 + i, queries - 1)) * valueDim + d;
                    gradients[d * length + i] = dOut[at];
                    s[i] = out[at];
                }
                products = Lanes.fma(Lanes.load(gradients, d * length), Lanes.load(s, 0), products);
            }
            for (int i = 0; i < length; i++) {
                int row = head * queries + Math.min(q0 + i, queries - 1);
                float normalizer = lse[row];
                // No key is allowed: all scores are −∞, and so is what they are less 0.
                s[i] = normalizer == Float.NEGATIVE_INFINITY ? 0f : normalizer;
                s[length + i] = dLse.length > 0 ? dLse[row] : 0f;
            }
            Lanes normalizers = Lanes.load(s, 0);
            Lanes deltas = Lanes.sub(products, Lanes.load(s, length));
            Lanes.store(s, 0, deltas);
            for (int i = 0; i < rows; i++) {
                delta[head * queries + q0 + i] = s[i];
            }
            int b = head / heads;
            int h = head % heads;
            int base = head / group * keys;
            int row = (b % maskBatch * maskHeads + h % maskHeads) * tiles + t;
            int spanEnd = rows > 0 ? starts[row + 1] : 0;
            for (int span = starts[row]; span < spanEnd; span++) {
                int end = spans[2 * span + 1] >> 1;
                int partial = 1 - (spans[2 * span + 1] & 1);
                for (int kv = spans[2 * span]; kv < end; kv += STEP) {
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
                    for (int i = Math.min(STEP, end - kv) * length; i < STEP * length; i++) {
                        s[i] = Float.NEGATIVE_INFINITY;
                    }
                    int v0 = (base + kv) * valueDim;
                    int v1 = (base + kv1) * valueDim;
                    int v2 = (base + kv2) * valueDim;
                    int v3 = (base + kv3) * valueDim;
                    Lanes p0 = Lanes.zero();
                    Lanes p1 = Lanes.zero();
                    Lanes p2 = Lanes.zero();
                    Lanes p3 = Lanes.zero();
                    for (int d = 0; d < valueDim; d++) {
                        Lanes x = Lanes.load(gradients, d * length);
                        p0 = Lanes.fma(x, Lanes.splat(v[v0 + d]), p0);
                        p1 = Lanes.fma(x, Lanes.splat(v[v1 + d]), p1);
                        p2 = Lanes.fma(x, Lanes.splat(v[v2 + d]), p2);
                        p3 = Lanes.fma(x, Lanes.splat(v[v3 + d]), p3);
                    }
                    s0 = Lanes.mul(Lanes.exp(Lanes.sub(Lanes.load(s, 0), normalizers)), Lanes.sub(p0, deltas));
                    s1 = Lanes.mul(Lanes.exp(Lanes.sub(Lanes.load(s, length), normalizers)), Lanes.sub(p1, deltas));
                    s2 = Lanes.mul(Lanes.exp(Lanes.sub(Lanes.load(s, 2 * length), normalizers)), Lanes.sub(p2, deltas));
                    s3 = Lanes.mul(Lanes.exp(Lanes.sub(Lanes.load(s, 3 * length), normalizers)), Lanes.sub(p3, deltas));
                    for (int d = 0; d < dim; d++) {
                        Lanes sum = Lanes.load(sums, d * length);
                        sum = Lanes.fma(s0, Lanes.splat(k[k0 + d]), sum);
                        sum = Lanes.fma(s1, Lanes.splat(k[k1 + d]), sum);
                        sum = Lanes.fma(s2, Lanes.splat(k[k2 + d]), sum);
                        sum = Lanes.fma(s3, Lanes.splat(k[k3 + d]), sum);
                        Lanes.store(sums, d * length, sum);
                    }
                }
            }
            for (int i = 0; i < rows; i++) {
                for (int d = 0; d < dim; d++) {
                    dq[(head * queries + q0 + i) * dim + d] = sums[d * length + i] * scale;
                }
            }
        }
    }

    /**
     * Fills {@code dk} and {@code dv}, from the {@code delta} of {@link #queries}.
     *
     * @param starts row starts of {@code spans} for tiles of keys, see {@link AttentionSizes}
     * @param blockTiles tiles in a block of {@code keyBlock}
     * @param tiles tiles in a key head
     */
    public static void keys(
            float[] q,
            float[] k,
            float[] v,
            float[] lse,
            float[] dOut,
            float[] delta,
            float[] dk,
            float[] dv,
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
            int keyBlock,
            int blockTiles,
            int tiles,
            Object[] captures,
            int first,
            int last) {
        for (@Parallel int item = first; item < last; item++) {
            int length = Lanes.length();
            int strips = AttentionSizes.TILE / length;
            int tile = item / strips;
            int keyHead = tile / tiles;
            int t = tile % tiles;
            int block = t / blockTiles * keyBlock;
            int start = block + t % blockTiles * AttentionSizes.TILE;
            int kv0 = start + item % strips * length;
            int past = Math.min(Math.min(start + AttentionSizes.TILE, block + keyBlock), keys);
            int columns = Math.min(length, past - kv0);
            float[] panel = new float[dim * length];
            float[] values = new float[valueDim * length];
            float[] keySums = new float[dim * length];
            float[] valueSums = new float[valueDim * length];
            float[] s = new float[STEP * length];
            for (int i = 0; i < length; i++) {
                int kv = keyHead * keys + Math.min(kv0 + i, keys - 1);
                for (int d = 0; d < dim; d++) {
                    panel[d * length + i] = k[kv * dim + d];
                    keySums[d * length + i] = 0f;
                }
                for (int d = 0; d < valueDim; d++) {
                    values[d * length + i] = v[kv * valueDim + d];
                    valueSums[d * length + i] = 0f;
                }
            }
            for (int g = 0; g < group; g++) {
                int head = keyHead * group + g;
                int b = head / heads;
                int h = head % heads;
                int row = (b % maskBatch * maskHeads + h % maskHeads) * tiles + t;
                int spanEnd = columns > 0 ? starts[row + 1] : 0;
                for (int span = starts[row]; span < spanEnd; span++) {
                    int end = spans[2 * span + 1] >> 1;
                    int partial = 1 - (spans[2 * span + 1] & 1);
                    for (int query = spans[2 * span]; query < end; query += STEP) {
                        int query1 = Math.min(query + 1, end - 1);
                        int query2 = Math.min(query + 2, end - 1);
                        int query3 = Math.min(query + 3, end - 1);
                        int row0 = head * queries + query;
                        int row1 = head * queries + query1;
                        int row2 = head * queries + query2;
                        int row3 = head * queries + query3;
                        Lanes s0 = Lanes.zero();
                        Lanes s1 = Lanes.zero();
                        Lanes s2 = Lanes.zero();
                        Lanes s3 = Lanes.zero();
                        for (int d = 0; d < dim; d++) {
                            Lanes x = Lanes.load(panel, d * length);
                            s0 = Lanes.fma(x, Lanes.splat(q[row0 * dim + d] * scale), s0);
                            s1 = Lanes.fma(x, Lanes.splat(q[row1 * dim + d] * scale), s1);
                            s2 = Lanes.fma(x, Lanes.splat(q[row2 * dim + d] * scale), s2);
                            s3 = Lanes.fma(x, Lanes.splat(q[row3 * dim + d] * scale), s3);
                        }
                        Lanes.store(s, 0, s0);
                        Lanes.store(s, length, s1);
                        Lanes.store(s, 2 * length, s2);
                        Lanes.store(s, 3 * length, s3);
                        if (partial == 1) {
                            Mods.maskedKeys(s, 0, columns, b, h, query, kv0, captures);
                            Mods.maskedKeys(s, length, columns, b, h, query1, kv0, captures);
                            Mods.maskedKeys(s, 2 * length, columns, b, h, query2, kv0, captures);
                            Mods.maskedKeys(s, 3 * length, columns, b, h, query3, kv0, captures);
                        } else {
                            Mods.scoreKeys(s, 0, columns, b, h, query, kv0, captures);
                            Mods.scoreKeys(s, length, columns, b, h, query1, kv0, captures);
                            Mods.scoreKeys(s, 2 * length, columns, b, h, query2, kv0, captures);
                            Mods.scoreKeys(s, 3 * length, columns, b, h, query3, kv0, captures);
                        }
                        for (int i = Math.min(STEP, end - query) * length; i < STEP * length; i++) {
                            s[i] = Float.NEGATIVE_INFINITY;
                        }
                        float n0 = lse[row0] == Float.NEGATIVE_INFINITY ? 0f : lse[row0];
                        float n1 = lse[row1] == Float.NEGATIVE_INFINITY ? 0f : lse[row1];
                        float n2 = lse[row2] == Float.NEGATIVE_INFINITY ? 0f : lse[row2];
                        float n3 = lse[row3] == Float.NEGATIVE_INFINITY ? 0f : lse[row3];
                        Lanes p0 = Lanes.exp(Lanes.sub(Lanes.load(s, 0), Lanes.splat(n0)));
                        Lanes p1 = Lanes.exp(Lanes.sub(Lanes.load(s, length), Lanes.splat(n1)));
                        Lanes p2 = Lanes.exp(Lanes.sub(Lanes.load(s, 2 * length), Lanes.splat(n2)));
                        Lanes p3 = Lanes.exp(Lanes.sub(Lanes.load(s, 3 * length), Lanes.splat(n3)));
                        s0 = Lanes.zero();
                        s1 = Lanes.zero();
                        s2 = Lanes.zero();
                        s3 = Lanes.zero();
                        for (int d = 0; d < valueDim; d++) {
                            Lanes x = Lanes.load(values, d * length);
                            Lanes sum = Lanes.load(valueSums, d * length);
                            Lanes g0 = Lanes.splat(dOut[row0 * valueDim + d]);
                            Lanes g1 = Lanes.splat(dOut[row1 * valueDim + d]);
                            Lanes g2 = Lanes.splat(dOut[row2 * valueDim + d]);
                            Lanes g3 = Lanes.splat(dOut[row3 * valueDim + d]);
                            s0 = Lanes.fma(x, g0, s0);
                            s1 = Lanes.fma(x, g1, s1);
                            s2 = Lanes.fma(x, g2, s2);
                            s3 = Lanes.fma(x, g3, s3);
                            sum = Lanes.fma(p0, g0, sum);
                            sum = Lanes.fma(p1, g1, sum);
                            sum = Lanes.fma(p2, g2, sum);
                            sum = Lanes.fma(p3, g3, sum);
                            Lanes.store(valueSums, d * length, sum);
                        }
                        s0 = Lanes.mul(p0, Lanes.sub(s0, Lanes.splat(delta[row0])));
                        s1 = Lanes.mul(p1, Lanes.sub(s1, Lanes.splat(delta[row1])));
                        s2 = Lanes.mul(p2, Lanes.sub(s2, Lanes.splat(delta[row2])));
                        s3 = Lanes.mul(p3, Lanes.sub(s3, Lanes.splat(delta[row3])));
                        for (int d = 0; d < dim; d++) {
                            Lanes sum = Lanes.load(keySums, d * length);
                            sum = Lanes.fma(s0, Lanes.splat(q[row0 * dim + d]), sum);
                            sum = Lanes.fma(s1, Lanes.splat(q[row1 * dim + d]), sum);
                            sum = Lanes.fma(s2, Lanes.splat(q[row2 * dim + d]), sum);
                            sum = Lanes.fma(s3, Lanes.splat(q[row3 * dim + d]), sum);
                            Lanes.store(keySums, d * length, sum);
                        }
                    }
                }
            }
            for (int i = 0; i < columns; i++) {
                int kv = keyHead * keys + kv0 + i;
                for (int d = 0; d < dim; d++) {
                    dk[kv * dim + d] = keySums[d * length + i] * scale;
                }
                for (int d = 0; d < valueDim; d++) {
                    dv[kv * valueDim + d] = valueSums[d * length + i];
                }
            }
        }
    }
}
