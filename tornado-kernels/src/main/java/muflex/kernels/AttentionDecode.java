package muflex.kernels;

/**
 * Attention forward where queries are few and keys many, as when a model generates: the keys of a head are dealt to work items,
 * which each read theirs once for all the query heads that share them, and {@link #combine} joins what they found
 * (Flash-Decoding; Dao, Haziza, Massa and Sizov 2023). The softmax is that of {@link AttentionForward}.
 *
 * <p>K is read where it lies, once: lanes run along the head dim, and a score is the sum of its lanes. Four and more queries take a
 * key together, values are fetched into panels meanwhile, and P · V is a product of {@link RowTile}. Fewer queries are bound by
 * memory: each key and each value is read in order and used at once. So a query costs what its head's keys cost, where {@link
 * AttentionForward} computes a vector of queries, most of which are not there.
 *
 * <p>Measured on two Zen 4 cores, head dim 128, in GB/s of keys and values where {@code System.arraycopy} moves 34 (read and
 * written): one query a key head 29, by the way of four 22; eight queries 15, most of it products and the sums of their lanes. Two keys at a time,
 * keys fetched as values are, sums put off to the end of a tile: all slower.
 *
 * <p>The {@code GROUP · QUERIES} queries of a key head lie one after the other in q: row r of them is of query head
 * {@code r / QUERIES} of those that share it.
 */
public final class AttentionDecode {
    /** The most queries of a key head, over all heads that share it. */
    public static final int MOST_ROWS = 64;

    private static final int WIDTH = RowTile.WIDTH;
    private static final int LENGTH = Lanes.length();
    private static final int ROWS = RowTile.ROWS;

    // Slots of Scratch.
    private static final int QUERIES = 0;
    private static final int SCORES = 1;
    private static final int VALUE_PANELS = 2;
    private static final int OUTPUT = 3;
    private static final int STATE = 4;

    // Where the running maxima and sums lie in STATE.
    private static final int MAX = 0;
    private static final int SUM = MOST_ROWS;

    private AttentionDecode() {}

    /**
     * Fills {@code parts}, rows of outputs {@code [batch, heads, queries, splits, valueDim]}, and {@code lses}, the same without
     * values: item i is part i mod splits of the keys of key head i / splits. See {@link AttentionForward#forward} for the other
     * parameters. All queries of a head must be one tile, and the heads that share keys must share spans.
     *
     * @param splits parts of the keys of a head; with 1 the parts are the result
     * @param chunk keys in a part
     */
    public static void forward(
            float[] q,
            float[] k,
            float[] v,
            float[] parts,
            float[] lses,
            float[] sinks,
            int[] starts,
            int[] spans,
            int[] sizes,
            float scale,
            float dropout,
            long seed,
            Object[] captures,
            int splits,
            int chunk,
            int first,
            int last) {
        for (@Parallel int item = first; item < last; item++) {
            int part = item % splits;
            int keyHead = item / splits;
            int head = keyHead * sizes[AttentionSizes.GROUP];
            int b = head / sizes[AttentionSizes.HEADS];
            int h = head % sizes[AttentionSizes.HEADS];
            int rows = sizes[AttentionSizes.GROUP] * sizes[AttentionSizes.QUERIES];
            int firstRow = head * sizes[AttentionSizes.QUERIES];
            int from = part * chunk;
            int spanRow = AttentionSizes.row(sizes, b, h, 1, 0);

            start(q, firstRow, rows, h, part, sinks, sizes, scale);
            for (int span = starts[spanRow]; span < starts[spanRow + 1]; span++) {
                int end = Math.min(spans[2 * span + 1] >> 1, from + chunk);
                boolean partial = (spans[2 * span + 1] & 1) == 0;
                for (int kv = Math.max(spans[2 * span], from); kv < end; kv += WIDTH) {
                    int keys = Math.min(WIDTH, end - kv);
                    step(k, v, sizes, keyHead, b, h, rows, kv, keys, partial, dropout, seed, captures);
                }
            }
            finish(parts, lses, firstRow, rows, part, splits, sizes[AttentionSizes.VALUE_DIM]);
        }
    }

    /** Q · scale; maxima, sums and outputs as before the first key (a sink is a key of the first part, with v = 0). */
    private static void start(
            float[] q, int firstRow, int rows, int h, int part, float[] sinks, int[] sizes, float scale) {
        int dim = sizes[AttentionSizes.HEAD_DIM];
        float[] queries = Scratch.floats(QUERIES, MOST_ROWS * dim);
        for (int x = 0; x < rows * dim; x++) {
            queries[x] = q[firstRow * dim + x] * scale;
        }
        float[] state = Scratch.floats(STATE, 2 * MOST_ROWS);
        for (int r = 0; r < rows; r++) {
            boolean sink = part == 0 && sinks.length > 0;
            float max = sink ? sinks[h + r / sizes[AttentionSizes.QUERIES]] : Float.NEGATIVE_INFINITY;
            state[MAX + r] = max;
            state[SUM + r] = max == Float.NEGATIVE_INFINITY ? 0f : 1f;
        }
        int size = Panels.count(sizes[AttentionSizes.VALUE_DIM]) * MOST_ROWS * WIDTH;
        Panels.clear(Scratch.floats(OUTPUT, size), 0, size);
    }

    /** The keys {@code kv} to {@code kv + keys − 1}. */
    private static void step(
            float[] k,
            float[] v,
            int[] sizes,
            int keyHead,
            int b,
            int h,
            int rows,
            int kv,
            int keys,
            boolean partial,
            float dropout,
            long seed,
            Object[] captures) {
        int dim = sizes[AttentionSizes.HEAD_DIM];
        int valueDim = sizes[AttentionSizes.VALUE_DIM];
        int queries = sizes[AttentionSizes.QUERIES];
        int firstKey = keyHead * sizes[AttentionSizes.KEYS] + kv;
        float[] s = Scratch.floats(SCORES, MOST_ROWS * WIDTH);
        float[] q = Scratch.floats(QUERIES, MOST_ROWS * dim);
        boolean few = rows < ROWS;
        if (few) {
            for (int j = 0; j < keys; j++) {
                for (int r = 0; r < rows; r++) {
                    s[r * WIDTH + j] = dot(q, r * dim, k, (firstKey + j) * dim, dim);
                }
            }
        } else {
            // Values are fetched while scores are computed: memory and cores work at the same time.
            float[] values = Scratch.floats(VALUE_PANELS, Panels.count(valueDim) * WIDTH * WIDTH);
            for (int j = 0; j < keys; j++) {
                for (int r = 0; r < rows; r += ROWS) {
                    dots(q, r, rows - r, k, firstKey + j, dim, s, r * WIDTH + j);
                }
                fetch(v, firstKey + j, valueDim, values, j);
            }
        }
        for (int r = 0; r < rows; r += queries) {
            if (partial) {
                ModTiles.maskedKeys(s, r * WIDTH, queries, keys, b, h + r / queries, 0, kv, captures);
            } else {
                ModTiles.scoreKeys(s, r * WIDTH, queries, keys, b, h + r / queries, 0, kv, captures);
            }
        }
        for (int r = 0; r < rows; r++) {
            softmax(s, r, keys, valueDim);
        }
        if (dropout > 0f) {
            drop(s, rows, keys, b, h, queries, kv, dropout, seed);
        }
        if (few) {
            addRows(s, rows, v, firstKey, keys, valueDim);
        } else {
            addPanels(s, rows, keys, valueDim);
        }
    }

    /** Value {@code key} into row {@code j} of the panels. */
    private static void fetch(float[] v, int key, int valueDim, float[] values, int j) {
        int from = key * valueDim;
        int x = 0;
        for (; x + LENGTH <= valueDim; x += LENGTH) {
            Lanes.store(values, (x / WIDTH * WIDTH + j) * WIDTH + x % WIDTH, Lanes.load(v, from + x));
        }
        if (x < valueDim) {
            Lanes.store(values, (x / WIDTH * WIDTH + j) * WIDTH + x % WIDTH, Lanes.load(v, from + x, valueDim - x));
        }
    }

    /** query · key, both at their first element. */
    private static float dot(float[] q, int q0, float[] k, int k0, int dim) {
        Lanes even = Lanes.zero();
        Lanes odd = Lanes.zero();
        int d = 0;
        for (; d + 2 * LENGTH <= dim; d += 2 * LENGTH) {
            even = Lanes.fma(Lanes.load(q, q0 + d), Lanes.load(k, k0 + d), even);
            odd = Lanes.fma(Lanes.load(q, q0 + d + LENGTH), Lanes.load(k, k0 + d + LENGTH), odd);
        }
        for (; d < dim; d += LENGTH) {
            even = Lanes.fma(Lanes.load(q, q0 + d, dim - d), Lanes.load(k, k0 + d, dim - d), even);
        }
        return Lanes.horizontalSum(Lanes.add(even, odd));
    }

    /**
     * {@code s[sOffset + i · WIDTH]} = query (row + i) · key for i &lt; 4; a row that doesn't exist repeats the last. One key at a
     * time, so that memory is read in order.
     */
    private static void dots(float[] q, int row, int rows, float[] k, int key, int dim, float[] s, int sOffset) {
        int q0 = row * dim;
        int q1 = q0 + Math.min(1, rows - 1) * dim;
        int q2 = q0 + Math.min(2, rows - 1) * dim;
        int q3 = q0 + Math.min(3, rows - 1) * dim;
        int k0 = key * dim;
        Lanes s0 = Lanes.zero();
        Lanes s1 = Lanes.zero();
        Lanes s2 = Lanes.zero();
        Lanes s3 = Lanes.zero();
        int d = 0;
        for (; d + LENGTH <= dim; d += LENGTH) {
            Lanes y = Lanes.load(k, k0 + d);
            s0 = Lanes.fma(Lanes.load(q, q0 + d), y, s0);
            s1 = Lanes.fma(Lanes.load(q, q1 + d), y, s1);
            s2 = Lanes.fma(Lanes.load(q, q2 + d), y, s2);
            s3 = Lanes.fma(Lanes.load(q, q3 + d), y, s3);
        }
        float x0 = Lanes.horizontalSum(s0);
        float x1 = Lanes.horizontalSum(s1);
        float x2 = Lanes.horizontalSum(s2);
        float x3 = Lanes.horizontalSum(s3);
        for (; d < dim; d++) {
            x0 = Math.fma(q[q0 + d], k[k0 + d], x0);
            x1 = Math.fma(q[q1 + d], k[k0 + d], x1);
            x2 = Math.fma(q[q2 + d], k[k0 + d], x2);
            x3 = Math.fma(q[q3 + d], k[k0 + d], x3);
        }
        s[sOffset] = x0;
        s[sOffset + WIDTH] = x1;
        s[sOffset + 2 * WIDTH] = x2;
        s[sOffset + 3 * WIDTH] = x3;
    }

    /** The row's new maximum; where it grew, its sum and output scaled down; and S ← exp(S − m), l ← l + Σ S. */
    private static void softmax(float[] s, int r, int keys, int valueDim) {
        float[] state = Scratch.floats(STATE, 2 * MOST_ROWS);
        for (int j = keys; j < WIDTH; j++) {
            s[r * WIDTH + j] = Float.NEGATIVE_INFINITY;
        }
        float before = state[MAX + r];
        Lanes most = Lanes.splat(before);
        for (int j = 0; j < WIDTH; j += LENGTH) {
            most = Lanes.max(most, Lanes.load(s, r * WIDTH + j));
        }
        float max = Lanes.horizontalMax(most);
        if (max > before) {
            state[MAX + r] = max;
            rescale(state, r, ExpPolynomial.exp(before - max), valueDim);
        }
        // A maximum of −∞ (nothing allowed yet) is taken as 0, which makes every exp 0 and never ∞ − ∞.
        Lanes shift = Lanes.splat(max == Float.NEGATIVE_INFINITY ? 0f : max);
        Lanes sum = Lanes.zero();
        for (int j = 0; j < WIDTH; j += LENGTH) {
            Lanes p = Lanes.exp(Lanes.sub(Lanes.load(s, r * WIDTH + j), shift));
            Lanes.store(s, r * WIDTH + j, p);
            sum = Lanes.add(sum, p);
        }
        state[SUM + r] += Lanes.horizontalSum(sum);
    }

    private static void rescale(float[] state, int r, float factor, int valueDim) {
        state[SUM + r] *= factor;
        float[] output = Scratch.floats(OUTPUT, 0);
        Lanes by = Lanes.splat(factor);
        for (int x = 0; x < valueDim; x += LENGTH) {
            int at = (x / WIDTH * MOST_ROWS + r) * WIDTH + x % WIDTH;
            Lanes.store(output, at, Lanes.mul(Lanes.load(output, at), by));
        }
    }

    private static void drop(
            float[] s, int rows, int keys, int b, int h, int queries, int kv, float dropout, long seed) {
        for (int r = 0; r < rows; r++) {
            for (int j = 0; j < keys; j++) {
                s[r * WIDTH + j] *= Philox.keep(seed, dropout, b, h + r / queries, r % queries, kv + j);
            }
        }
    }

    /** Output += P · V, the values as panels. */
    private static void addPanels(float[] s, int rows, int keys, int valueDim) {
        float[] values = Scratch.floats(VALUE_PANELS, 0);
        float[] output = Scratch.floats(OUTPUT, 0);
        for (int p = 0; p < Panels.count(valueDim); p++) {
            int vectors = Panels.vectors(valueDim, p);
            for (int r = 0; r < rows; r += ROWS) {
                int row = (p * MOST_ROWS + r) * WIDTH;
                RowTile.add(
                        vectors, s, r * WIDTH, WIDTH, rows - r, values, p * WIDTH * WIDTH, keys, output, row, WIDTH);
            }
        }
    }

    /** Output += P · V, the values as they lie. */
    private static void addRows(float[] s, int rows, float[] v, int firstKey, int keys, int valueDim) {
        for (int j = 0; j < keys; j++) {
            for (int r = 0; r < rows; r++) {
                addRow(s[r * WIDTH + j], v, (firstKey + j) * valueDim, valueDim, r);
            }
        }
    }

    /** Output row {@code r} += p · value. */
    private static void addRow(float p, float[] v, int from, int valueDim, int r) {
        float[] output = Scratch.floats(OUTPUT, 0);
        Lanes y = Lanes.splat(p);
        int x = 0;
        for (; x + LENGTH <= valueDim; x += LENGTH) {
            int to = (x / WIDTH * MOST_ROWS + r) * WIDTH + x % WIDTH;
            Lanes.store(output, to, Lanes.fma(y, Lanes.load(v, from + x), Lanes.load(output, to)));
        }
        if (x < valueDim) {
            int to = (x / WIDTH * MOST_ROWS + r) * WIDTH + x % WIDTH;
            Lanes.store(output, to, Lanes.fma(y, Lanes.load(v, from + x, valueDim - x), Lanes.load(output, to)));
        }
    }

    /** A part's outputs and lses: output / l, or 0 where no key was allowed; m + ln l. */
    private static void finish(
            float[] parts, float[] lses, int firstRow, int rows, int part, int splits, int valueDim) {
        float[] state = Scratch.floats(STATE, 2 * MOST_ROWS);
        float[] output = Scratch.floats(OUTPUT, 0);
        for (int r = 0; r < rows; r++) {
            float sum = state[SUM + r];
            int to = (firstRow + r) * splits + part;
            lses[to] = sum == 0f ? Float.NEGATIVE_INFINITY : state[MAX + r] + (float) Math.log(sum);
            Lanes inverse = Lanes.splat(sum == 0f ? 0f : 1f / sum);
            for (int x = 0; x < valueDim; x += LENGTH) {
                int from = (x / WIDTH * MOST_ROWS + r) * WIDTH + x % WIDTH;
                Lanes.store(parts, to * valueDim + x, Lanes.mul(Lanes.load(output, from), inverse), valueDim - x);
            }
        }
    }

    /**
     * {@code lse} = ln Σ exp lses and {@code out} = Σ exp(lses − lse) · parts over the parts of each row, in order; 0 where all are
     * empty. One item is a row.
     */
    public static void combine(
            float[] parts, float[] lses, float[] out, float[] lse, int splits, int valueDim, int first, int last) {
        for (@Parallel int row = first; row < last; row++) {
            float max = Float.NEGATIVE_INFINITY;
            for (int i = 0; i < splits; i++) {
                max = Math.max(max, lses[row * splits + i]);
            }
            float sum = 0f;
            for (int i = 0; i < splits; i++) {
                float part = lses[row * splits + i];
                sum += part == Float.NEGATIVE_INFINITY ? 0f : ExpPolynomial.exp(part - max);
            }
            for (int x = 0; x < valueDim; x += LENGTH) {
                Lanes total = Lanes.zero();
                for (int i = 0; i < splits; i++) {
                    float part = lses[row * splits + i];
                    float weight = part == Float.NEGATIVE_INFINITY ? 0f : ExpPolynomial.exp(part - max) / sum;
                    Lanes values = Lanes.load(parts, (row * splits + i) * valueDim + x, valueDim - x);
                    total = Lanes.fma(Lanes.splat(weight), values, total);
                }
                Lanes.store(out, row * valueDim + x, total, valueDim - x);
            }
            lse[row] = sum == 0f ? Float.NEGATIVE_INFINITY : max + (float) Math.log(sum);
        }
    }
}
