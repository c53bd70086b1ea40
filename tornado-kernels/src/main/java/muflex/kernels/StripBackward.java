package muflex.kernels;

/**
 * Attention backward in the manner of {@link StripForward}, with the formulas and the units of work of {@link AttentionBackward}.
 * A work item walks over strips of {@link Lanes#length} keys, one a lane, and sums their dK and dV; {@value Strip#STEP} queries at a
 * time meet a strip, whose part of their dQ goes to the item's own sums.
 */
public final class StripBackward {
    private static final int WIDTH = RowTile.WIDTH;

    private StripBackward() {}

    /**
     * Fills {@code delta [rows]}, as {@link AttentionBackward#delta}; one item is a strip of rows. It is summed in the order of dP =
     * dO·Vᵀ below and with the same roundings, so that a query with one key, whose dP is δ, gets gradients of exactly 0.
     *
     * @param dLse of rows, or empty for 0
     */
    public static void delta(
            float[] out, float[] dOut, float[] dLse, float[] delta, int rows, int valueDim, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            int length = Lanes.length();
            float[] x = new float[length];
            float[] y = new float[length];
            int row = item * length;
            Lanes sum = Lanes.zero();
            for (int d = 0; d < valueDim; d++) {
                for (int i = 0; i < length; i++) {
                    int at = Math.min(row + i, rows - 1) * valueDim + d;
                    x[i] = out[at];
                    y[i] = dOut[at];
                }
                sum = Lanes.fma(Lanes.load(x, 0), Lanes.load(y, 0), sum);
            }
            Lanes.store(x, 0, sum);
            int end = Math.min(length, rows - row);
            for (int i = 0; i < end; i++) {
                delta[row + i] = x[i] - (dLse.length > 0 ? dLse[row + i] : 0f);
            }
        }
    }

    /**
     * Fills {@code dk}, {@code dv} and {@code dqParts} as {@link AttentionBackward#backward}; an item is a unit of work, which takes every
     * parts-th strip of the keys of a head. No captured array learns here.
     *
     * @param starts row starts of {@code spans} for tiles of keys, see {@link AttentionSizes}
     * @param heads of queries
     * @param dqHeads of {@code dqParts} in a part
     * @param blockTiles tiles in a block of {@code keyBlock}
     * @param tiles tiles in a key head
     * @param modified whether the score mod has a derivative other than 1
     */
    public static void backward(
            float[] q,
            float[] k,
            float[] v,
            float[] dOut,
            float[] lse,
            float[] delta,
            float[] dqParts,
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
            float dropout,
            long seed,
            Object[] captures,
            boolean modified,
            int dqHeads,
            int parts,
            int first,
            int last) {
        for (@Parallel int item = first; item < last; item++) {
            int length = Lanes.length();
            int vectors = (dim + length - 1) / length;
            int width = vectors * length;
            int dqRow = Panels.count(dim) * RowTile.WIDTH;
            int dqHead = (queries + RowTile.ROWS) * dqRow;
            int keyHead = item / parts;
            int dqItem = item % parts * dqHeads * dqHead;
            float[] panel = new float[dim * length];
            float[] rows = new float[length * width];
            float[] values = new float[valueDim * length];
            float[] keySums = new float[dim * length];
            float[] valueSums = new float[valueDim * length];
            float[] s = new float[Strip.STEP * WIDTH];
            float[] ds = new float[Strip.STEP * WIDTH];
            float[] derivatives = new float[Strip.STEP * WIDTH];
            Strip.fill(dqParts, dqItem + keyHead * group * dqHead, group * dqHead, 0f);
            Strip.fill(rows, 0, length * width, 0f);
            Lanes one = Lanes.splat(1f);
            int strips = AttentionSizes.TILE / length;
            for (int strip = item % parts; strip < tiles * strips; strip += parts) {
                int t = strip / strips;
                int block = t / blockTiles * keyBlock;
                int start = block + t % blockTiles * AttentionSizes.TILE;
                int kv0 = start + strip % strips * length;
                int past = Math.min(Math.min(start + AttentionSizes.TILE, block + keyBlock), keys);
                int columns = Math.min(length, past - kv0);
                int firstKey = keyHead * keys + kv0;
                if (columns > 0) {
                    Strip.load(k, firstKey, columns - 1, dim, scale, panel);
                    Strip.load(v, firstKey, columns - 1, valueDim, 1f, values);
                    for (int i = 0; i < columns; i++) {
                        for (int d = 0; d < dim; d++) {
                            rows[i * width + d] = k[(firstKey + i) * dim + d];
                        }
                    }
                    Strip.fill(keySums, 0, dim * length, 0f);
                    Strip.fill(valueSums, 0, valueDim * length, 0f);
                    for (int g = 0; g < group; g++) {
                        int head = keyHead * group + g;
                        int b = head / heads;
                        int h = head % heads;
                        int row = (b % maskBatch * maskHeads + h % maskHeads) * tiles + t;
                        for (int span = starts[row]; span < starts[row + 1]; span++) {
                            int end = spans[2 * span + 1] >> 1;
                            boolean partial = (spans[2 * span + 1] & 1) == 0;
                            for (int query = spans[2 * span]; query < end; query += Strip.STEP) {
                                int count = Math.min(Strip.STEP, end - query);
                                int firstRow = head * queries + query;
                                Strip.multiply(panel, q, firstRow, count - 1, dim, s);
                                Strip.multiply(values, dOut, firstRow, count - 1, valueDim, ds);
                                AttentionBackward.modify(
                                        s, derivatives, count, columns, b, h, query, kv0, partial, modified, captures);
                                if (dropout > 0f) {
                                    AttentionBackward.drop(ds, count, columns, b, h, query, kv0, dropout, seed);
                                }
                                softmax(s, ds, derivatives, modified, lse, delta, firstRow, count, columns);
                                if (dropout > 0f) {
                                    AttentionBackward.drop(s, count, columns, b, h, query, kv0, dropout, seed);
                                }
                                Strip.add(valueSums, one, s, dOut, firstRow, count - 1, valueDim);
                                Strip.add(keySums, one, ds, q, firstRow, count - 1, dim);
                                int to = dqItem + head * dqHead + query * dqRow;
                                Strip.addRows(ds, count - 1, rows, vectors, dqParts, to, dqRow);
                            }
                        }
                    }
                    for (int i = 0; i < columns; i++) {
                        for (int d = 0; d < dim; d++) {
                            dk[(firstKey + i) * dim + d] = keySums[d * length + i] * scale;
                        }
                        for (int d = 0; d < valueDim; d++) {
                            dv[(firstKey + i) * valueDim + d] = valueSums[d * length + i];
                        }
                    }
                }
            }
        }
    }

    /** As {@link ScoreGradients#softmax}, of one vector a row; both are 0 in rows past {@code count}, ds also in columns past theirs. */
    private static void softmax(
            float[] s,
            float[] ds,
            float[] derivatives,
            boolean modified,
            float[] lse,
            float[] delta,
            int firstRow,
            int count,
            int columns) {
        for (int j = 0; j < count; j++) {
            float normalizer = lse[firstRow + j];
            // Of a row that attends to nothing all scores are −∞, and so is what they are less 0.
            float shift = normalizer == Float.NEGATIVE_INFINITY ? 0f : normalizer;
            Lanes p = Lanes.exp(Lanes.sub(Lanes.load(s, j * WIDTH), Lanes.splat(shift)));
            Lanes.store(s, j * WIDTH, p);
            Lanes gradient = Lanes.mul(p, Lanes.sub(Lanes.load(ds, j * WIDTH), Lanes.splat(delta[firstRow + j])));
            if (modified) {
                gradient = Lanes.mul(gradient, Lanes.load(derivatives, j * WIDTH));
            }
            Lanes.store(ds, j * WIDTH, gradient);
            Strip.fill(ds, j * WIDTH + columns, Lanes.length() - columns, 0f);
        }
        Strip.fillRows(s, count, 0f);
        Strip.fillRows(ds, count, 0f);
    }
}
