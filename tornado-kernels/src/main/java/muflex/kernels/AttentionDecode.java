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
 * <p>Keys and values are floats ({@link DecodeRows}), bfloat16 ({@link DecodePairs}) or bytes ({@link DecodeQuads}); all sums are floats. What was measured, and
 * what was tried: docs/cpu.md.
 *
 * <p>Row r of a tile of n queries is query r mod n of the tile, of head {@code r / n} of those that share the keys.
 */
public final class AttentionDecode {
    /** The most queries of a key head, over all heads that share it. */
    public static final int MOST_ROWS = 64;

    /** Keys and values are floats, {@link DecodeRows}. */
    public static final int FLOATS = 0;

    /** They are bfloat16, two in a float, {@code ⌈dim / 2⌉} floats a row: {@link DecodePairs}. */
    public static final int PAIRS = 1;

    /** They are bytes with a scale a row, four in a float, {@code 1 + ⌈dim / 4⌉} floats a row: {@link DecodeQuads}. */
    public static final int QUADS = 2;

    private static final int WIDTH = RowTile.WIDTH;
    private static final int LENGTH = Lanes.length();
    private static final int ROWS = RowTile.ROWS;

    // Slots of Scratch.
    private static final int QUERIES = 0;
    private static final int SCORES = 1;
    private static final int VALUE_PANELS = 2;
    private static final int OUTPUT = 3;
    private static final int STATE = 4;
    private static final int KEY = 5;

    // Where the running maxima and sums lie in STATE.
    private static final int MAX = 0;
    private static final int SUM = MOST_ROWS;

    private AttentionDecode() {}

    /**
     * Fills {@code parts}, rows of outputs {@code [batch, heads, queries, splits, valueDim]}, and {@code lses}, the same without
     * values: item i is part i mod splits of the keys of the i / splits-th tile, the tiles of a key head one after the other. See {@link
     * AttentionForward#forward} for the other parameters. The heads that share keys must share spans.
     *
     * @param splits parts of the keys of a head; with 1 the parts are the result
     * @param chunk keys in a part
     * @param format of keys and values: {@link #FLOATS}, {@link #PAIRS} or {@link #QUADS}
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
            int format,
            int first,
            int last) {
        for (@Parallel int item = first; item < last; item++) {
            int part = item % splits;
            int tiles = AttentionSizes.tiles(sizes[AttentionSizes.QUERIES], sizes[AttentionSizes.QUERY_BLOCK]);
            int tile = item / splits % tiles;
            int keyHead = item / splits / tiles;
            int head = keyHead * sizes[AttentionSizes.GROUP];
            int b = head / sizes[AttentionSizes.HEADS];
            int h = head % sizes[AttentionSizes.HEADS];
            int query = AttentionSizes.tileStart(tile, sizes[AttentionSizes.QUERY_BLOCK]);
            int queries =
                    AttentionSizes.tileEnd(query, sizes[AttentionSizes.QUERY_BLOCK], sizes[AttentionSizes.QUERIES])
                            - query;
            int rows = sizes[AttentionSizes.GROUP] * queries;
            int firstRow = head * sizes[AttentionSizes.QUERIES] + query;
            int from = part * chunk;
            int spanRow = AttentionSizes.row(sizes, b, h, tiles, tile);

            start(q, firstRow, rows, queries, h, part, sinks, sizes, scale, format);
            for (int span = starts[spanRow]; span < starts[spanRow + 1]; span++) {
                int end = Math.min(spans[2 * span + 1] >> 1, from + chunk);
                boolean partial = (spans[2 * span + 1] & 1) == 0;
                for (int kv = Math.max(spans[2 * span], from); kv < end; kv += WIDTH) {
                    int keys = Math.min(WIDTH, end - kv);
                    step(
                            k, v, sizes, keyHead, b, h, query, queries, kv, keys, partial, dropout, seed, captures,
                            format);
                }
            }
            finish(parts, lses, firstRow, rows, queries, part, splits, sizes, format);
        }
    }

    /** Q · scale; maxima, sums and outputs as before the first key (a sink is a key of the first part, with v = 0). */
    private static void start(
            float[] q,
            int firstRow,
            int rows,
            int queries,
            int h,
            int part,
            float[] sinks,
            int[] sizes,
            float scale,
            int format) {
        int dim = sizes[AttentionSizes.HEAD_DIM];
        int width = width(dim, format);
        float[] scaled = Scratch.floats(QUERIES, MOST_ROWS * width);
        Panels.clear(scaled, 0, rows * width);
        for (int r = 0; r < rows; r++) {
            int from = row(firstRow, r, queries, sizes) * dim;
            for (int x = 0; x < dim; x++) {
                scaled[r * width + place(x, dim, format)] = q[from + x] * scale;
            }
        }
        float[] state = Scratch.floats(STATE, 2 * MOST_ROWS);
        for (int r = 0; r < rows; r++) {
            boolean sink = part == 0 && sinks.length > 0;
            float max = sink ? sinks[h + r / queries] : Float.NEGATIVE_INFINITY;
            state[MAX + r] = max;
            state[SUM + r] = max == Float.NEGATIVE_INFINITY ? 0f : 1f;
        }
        int size = Panels.count(width(sizes[AttentionSizes.VALUE_DIM], format)) * MOST_ROWS * WIDTH;
        Panels.clear(Scratch.floats(OUTPUT, size), 0, size);
    }

    /** Floats of a query or output of {@code dim} numbers in scratch. */
    private static int width(int dim, int format) {
        return format == PAIRS ? DecodePairs.width(dim) : format == QUADS ? DecodeQuads.width(dim) : dim;
    }

    /** Floats of a key or value of {@code dim} numbers. */
    private static int floats(int dim, int format) {
        return format == PAIRS ? DecodePairs.floats(dim) : format == QUADS ? DecodeQuads.floats(dim) : dim;
    }

    /** Where number {@code x} of {@code dim} is in scratch. */
    private static int place(int x, int dim, int format) {
        return format == PAIRS ? DecodePairs.place(x, dim) : format == QUADS ? DecodeQuads.place(x, dim) : x;
    }

    /** Where row {@code r} of a tile of {@code queries} lies in q. */
    private static int row(int firstRow, int r, int queries, int[] sizes) {
        return firstRow + r / queries * sizes[AttentionSizes.QUERIES] + r % queries;
    }

    /** The keys {@code kv} to {@code kv + keys − 1}. */
    private static void step(
            float[] k,
            float[] v,
            int[] sizes,
            int keyHead,
            int b,
            int h,
            int query,
            int queries,
            int kv,
            int keys,
            boolean partial,
            float dropout,
            long seed,
            Object[] captures,
            int format) {
        int dim = sizes[AttentionSizes.HEAD_DIM];
        int valueDim = sizes[AttentionSizes.VALUE_DIM];
        int rows = sizes[AttentionSizes.GROUP] * queries;
        int firstKey = keyHead * sizes[AttentionSizes.KEYS] + kv;
        float[] s = Scratch.floats(SCORES, MOST_ROWS * WIDTH);
        boolean few = rows < ROWS;
        if (few) {
            scores(s, rows, k, firstKey, keys, dim, format);
        } else {
            scoresAndValues(s, rows, k, v, firstKey, keys, dim, valueDim, format);
        }
        for (int r = 0; r < rows; r += queries) {
            if (partial) {
                ModTiles.maskedKeys(s, r * WIDTH, queries, keys, b, h + r / queries, query, kv, captures);
            } else {
                ModTiles.scoreKeys(s, r * WIDTH, queries, keys, b, h + r / queries, query, kv, captures);
            }
        }
        for (int r = 0; r < rows; r++) {
            softmax(s, r, keys, width(valueDim, format));
        }
        if (dropout > 0f) {
            drop(s, rows, keys, b, h, query, queries, kv, dropout, seed);
        }
        if (few) {
            addRows(s, rows, v, firstKey, keys, valueDim, format);
        } else {
            addPanels(s, rows, keys, width(valueDim, format));
        }
    }

    private static void scores(float[] s, int rows, float[] k, int firstKey, int keys, int dim, int format) {
        int width = width(dim, format);
        int floats = floats(dim, format);
        float[] q = Scratch.floats(QUERIES, MOST_ROWS * width);
        for (int j = 0; j < keys; j++) {
            int key = (firstKey + j) * floats;
            for (int r = 0; r < rows; r++) {
                s[r * WIDTH + j] = format == PAIRS
                        ? DecodePairs.dot(q, r * width, k, key, dim)
                        : format == QUADS
                                ? DecodeQuads.dot(q, r * width, k, key, dim)
                                : DecodeRows.dot(q, r * width, k, key, dim);
            }
        }
    }

    /** Values are fetched while scores are computed: memory and cores work at the same time. */
    private static void scoresAndValues(
            float[] s, int rows, float[] k, float[] v, int firstKey, int keys, int dim, int valueDim, int format) {
        int width = width(dim, format);
        float[] q = Scratch.floats(QUERIES, MOST_ROWS * width);
        float[] widened = Scratch.floats(KEY, width);
        float[] values = Scratch.floats(VALUE_PANELS, Panels.count(width(valueDim, format)) * WIDTH * WIDTH);
        for (int j = 0; j < keys; j++) {
            int key = (firstKey + j) * floats(dim, format);
            if (format == QUADS) {
                DecodeQuads.widen(k, key, dim, widened);
            }
            for (int r = 0; r < rows; r += ROWS) {
                if (format == PAIRS) {
                    DecodePairs.dots(q, r, rows - r, k, key, dim, s, r * WIDTH + j);
                } else if (format == QUADS) {
                    DecodeRows.dots(q, r, rows - r, widened, 0, width, s, r * WIDTH + j);
                } else {
                    DecodeRows.dots(q, r, rows - r, k, key, dim, s, r * WIDTH + j);
                }
            }
            int value = (firstKey + j) * floats(valueDim, format);
            if (format == PAIRS) {
                DecodePairs.fetch(v, value, valueDim, values, j);
            } else if (format == QUADS) {
                DecodeQuads.fetch(v, value, valueDim, values, j);
            } else {
                DecodeRows.fetch(v, value, valueDim, values, j);
            }
        }
    }

    /** The row's new maximum; where it grew, its sum and output scaled down; and S ← exp(S − m), l ← l + Σ S. */
    private static void softmax(float[] s, int r, int keys, int width) {
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
            rescale(state, r, ExpPolynomial.exp(before - max), width);
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

    private static void rescale(float[] state, int r, float factor, int width) {
        state[SUM + r] *= factor;
        float[] output = Scratch.floats(OUTPUT, 0);
        Lanes by = Lanes.splat(factor);
        for (int x = 0; x < width; x += LENGTH) {
            int at = Panels.at(x, r, MOST_ROWS);
            Lanes.store(output, at, Lanes.mul(Lanes.load(output, at), by));
        }
    }

    private static void drop(
            float[] s, int rows, int keys, int b, int h, int query, int queries, int kv, float dropout, long seed) {
        for (int r = 0; r < rows; r++) {
            for (int j = 0; j < keys; j++) {
                s[r * WIDTH + j] *= Philox.keep(seed, dropout, b, h + r / queries, query + r % queries, kv + j);
            }
        }
    }

    /** Output += P · V, the values as panels. */
    private static void addPanels(float[] s, int rows, int keys, int width) {
        float[] values = Scratch.floats(VALUE_PANELS, 0);
        float[] output = Scratch.floats(OUTPUT, 0);
        for (int p = 0; p < Panels.count(width); p++) {
            int vectors = Panels.vectors(width, p);
            for (int r = 0; r < rows; r += ROWS) {
                int row = (p * MOST_ROWS + r) * WIDTH;
                RowTile.add(
                        vectors, s, r * WIDTH, WIDTH, rows - r, values, p * WIDTH * WIDTH, keys, output, row, WIDTH);
            }
        }
    }

    /** Output += P · V, the values as they lie. */
    private static void addRows(float[] s, int rows, float[] v, int firstKey, int keys, int valueDim, int format) {
        float[] output = Scratch.floats(OUTPUT, 0);
        for (int j = 0; j < keys; j++) {
            for (int r = 0; r < rows; r++) {
                float p = s[r * WIDTH + j];
                int value = (firstKey + j) * floats(valueDim, format);
                if (format == PAIRS) {
                    DecodePairs.add(p, v, value, valueDim, output, r);
                } else if (format == QUADS) {
                    DecodeQuads.add(p, v, value, valueDim, output, r);
                } else {
                    DecodeRows.add(p, v, value, valueDim, output, r);
                }
            }
        }
    }

    /** A part's outputs and lses: output / l, or 0 where no key was allowed; m + ln l. */
    private static void finish(
            float[] parts,
            float[] lses,
            int firstRow,
            int rows,
            int queries,
            int part,
            int splits,
            int[] sizes,
            int format) {
        int valueDim = sizes[AttentionSizes.VALUE_DIM];
        float[] state = Scratch.floats(STATE, 2 * MOST_ROWS);
        float[] output = Scratch.floats(OUTPUT, 0);
        for (int r = 0; r < rows; r++) {
            float sum = state[SUM + r];
            int to = row(firstRow, r, queries, sizes) * splits + part;
            lses[to] = sum == 0f ? Float.NEGATIVE_INFINITY : state[MAX + r] + (float) Math.log(sum);
            float inverse = sum == 0f ? 0f : 1f / sum;
            for (int x = 0; x < valueDim; x++) {
                int at = place(x, valueDim, format);
                parts[to * valueDim + x] = output[Panels.at(at, r, MOST_ROWS)] * inverse;
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
