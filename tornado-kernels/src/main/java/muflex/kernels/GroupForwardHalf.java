package muflex.kernels;

/**
 * Attention forward on tensor cores: the algorithm of {@link AttentionForward} with Q, K, V and the weights rounded to 16
 * bits, scores, sums and output in float, as FlashAttention-2 does it (Dao 2023, arXiv:2307.08691, section 3.3). A work group is
 * a tile of 64 queries, a warp 16 of them, or of 128 and 32: then what a warp reads of keys and values serves twice. See
 * {@link Mma} for which elements an item holds. Values travel to local memory while scores are computed, the next keys while the
 * values are multiplied, or longer.
 */
public final class GroupForwardHalf {
    /** Work items in a group: four warps. */
    public static final int ITEMS = HalfTile.ITEMS;

    private static final int TILE = HalfTile.TILE;
    private static final int SCORES = HalfTile.SCORES;
    private static final int FRAGMENT = HalfTile.FRAGMENT;
    /** Pairs of an item of {@link #pack}. */
    private static final int PACKED = 8;

    private static final float LOG2_E = 1.442695f;

    private GroupForwardHalf() {}

    /** Pairs in a row of a matrix of this dim. */
    public static int pairs(int dim) {
        return HalfTile.pairs(dim);
    }

    /** Floats of local memory for these dims. */
    public static int localFloats(int dim, int valueDim, int fragments, int buffers) {
        return TILE * fragments * HalfTile.stride(dim) + tileFloats(dim, valueDim, buffers);
    }

    /** Of the tiles of keys, and behind them that of values. */
    private static int tileFloats(int dim, int valueDim, int buffers) {
        int larger = dim > valueDim ? HalfTile.stride(dim) : HalfTile.stride(valueDim);
        return TILE * (buffers == 0 ? larger : buffers * HalfTile.stride(dim) + HalfTile.stride(valueDim));
    }

    /** Groups that {@link #forward} is called by. */
    public static int groups(int[] sizes, int fragments) {
        return GroupPlace.groups(sizes, fragments * TILE);
    }

    /** Work items of {@link #pack} for {@code pairs} pairs. */
    public static int packItems(int pairs) {
        return (pairs + PACKED - 1) / PACKED;
    }

    /**
     * {@code toX [rows, pairs]} = {@code x [rows, dim]} rounded, and y likewise; one item is a few pairs far from each other, so that
     * neighbours read neighbours, and reads them all before it rounds the first.
     */
    public static void pack(
            float[] x,
            float[] y,
            float[] toX,
            float[] toY,
            int rows,
            int dim,
            int yDim,
            boolean bfloat,
            int first,
            int last) {
        for (@Parallel int item = first; item < last; item++) {
            int ofX = rows * pairs(dim);
            int all = ofX + rows * pairs(yDim);
            int step = packItems(all);
            float[] both = new float[2 * PACKED];
            for (int i = 0; i < PACKED; i++) {
                int pair = item + i * step;
                if (pair < ofX) {
                    readPair(x, pair, rows, dim, both, 2 * i);
                } else if (pair < all) {
                    readPair(y, pair - ofX, rows, yDim, both, 2 * i);
                }
            }
            for (int i = 0; i < PACKED; i++) {
                int pair = item + i * step;
                float rounded = Mma.pack(both[2 * i], both[2 * i + 1], bfloat);
                if (pair < ofX) {
                    toX[pair] = rounded;
                } else if (pair < all) {
                    toY[pair - ofX] = rounded;
                }
            }
        }
    }

    private static void readPair(float[] from, int pair, int rows, int dim, float[] both, int to) {
        HalfTile.readPair(from, 0, rows, dim, pair / pairs(dim), pair % pairs(dim) * 2, both, to);
    }

    /**
     * Fills {@code out} and {@code lse}; see {@link AttentionForward#forward} for the parameters that are its too, but k and v are
     * pairs as of {@link #pack}.
     *
     * @param starts row starts of {@code spans} for tiles of 64 · fragments queries
     * @param fragments of 16 queries to a warp
     * @param buffers tiles of keys in local memory: with 2 the next keys travel all through a step, which pays where a warp is alone
     *     on its part of a compute unit, with 1 while values are multiplied, and with 0 keys and values have one tile in turn, for
     *     devices that give a group little
     * @param bfloat whether the 16 bits are bfloat16
     * @param plain whether there is no score mod and scale is positive: then scores are scaled in the exponent
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
            int[] sizes,
            float scale,
            float dropout,
            long seed,
            Object[] captures,
            int fragments,
            int buffers,
            boolean bfloat,
            boolean plain) {
        int dim = sizes[AttentionSizes.HEAD_DIM];
        int valueDim = sizes[AttentionSizes.VALUE_DIM];
        float[] queryTile = WorkGroup.localFloats(fragments * TILE * HalfTile.stride(dim));
        float[] tiles = WorkGroup.localFloats(tileFloats(dim, valueDim, buffers));
        int valueTile = buffers * TILE * HalfTile.stride(dim);
        float[] s = new float[fragments * SCORES];
        float[] max = new float[2 * fragments];
        float[] sum = new float[2 * fragments];
        float[] output = new float[fragments * pairs(valueDim)];
        int[] place = new int[GroupPlace.COUNT];
        GroupPlace.ofQueries(sizes, starts, spans, fragments * TILE, place);

        int keyTile = 0;
        copyNext(k, place, dim, tiles, keyTile);
        HalfTile.round(
                q, place[GroupPlace.QUERY_ROW], place[GroupPlace.QUERIES], dim, queryTile, fragments * TILE, bfloat);
        float unit = plain ? scale : 1f;
        float sink = sinks.length > 0 ? sinks[place[GroupPlace.HEAD]] / unit : Float.NEGATIVE_INFINITY;
        start(max, sum, fragments, sink);
        GroupTile.clear(output, fragments * pairs(valueDim));
        while (GroupPlace.more(place)) {
            GroupPlace.stepKeys(spans, place);
            Mma.await(0);
            WorkGroup.barrier();
            if (buffers > 0) {
                copyValues(v, place, valueDim, tiles, valueTile);
            }
            int nextTile = TILE * HalfTile.stride(dim) - keyTile;
            if (buffers == 2) {
                copyNext(k, place, dim, tiles, nextTile);
            }
            HalfTile.multiply(queryTile, fragments, tiles, keyTile, dim, s, bfloat);
            if (buffers == 0) {
                WorkGroup.barrier();
                copyValues(v, place, valueDim, tiles, valueTile);
            }
            if (!plain) {
                HalfTile.scale(s, fragments, scale);
            }
            HalfTile.modify(s, fragments, false, place, captures);
            softmax(s, fragments, unit * LOG2_E, max, sum, output, pairs(valueDim));
            if (dropout > 0f) {
                drop(s, fragments, dropout, seed, place);
            }
            Mma.await(buffers / 2);
            WorkGroup.barrier();
            if (buffers == 2) {
                keyTile = nextTile;
            } else if (buffers == 1) {
                copyNext(k, place, dim, tiles, keyTile);
            }
            HalfTile.accumulate(s, fragments, tiles, valueTile, valueDim, output, bfloat);
            if (buffers == 0) {
                WorkGroup.barrier();
                copyNext(k, place, dim, tiles, keyTile);
            }
        }
        finish(max, unit, sum, output, fragments, valueDim, place, out, lse);
    }

    /** Starts the copy of the values at hand. */
    private static void copyValues(float[] v, int[] place, int valueDim, float[] tiles, int at) {
        HalfTile.copy(v, place[GroupPlace.KEY_ROW], place[GroupPlace.KEYS], valueDim, tiles, at);
        Mma.commit();
    }

    /** Starts the copy of the next keys, if there are any. */
    private static void copyNext(float[] k, int[] place, int dim, float[] tiles, int at) {
        if (GroupPlace.more(place)) {
            HalfTile.copy(k, GroupPlace.nextRow(place), GroupPlace.nextCount(place), dim, tiles, at);
        }
        Mma.commit();
    }

    /** Before the first key: a sink is a key with weight 1 and value 0, which one of a query's items counts. */
    static void start(float[] max, float[] sum, int fragments, float sink) {
        boolean counts = WorkGroup.localId() % 4 == 0 && sink > Float.NEGATIVE_INFINITY;
        for (int i = 0; i < 2 * fragments; i++) {
            max[i] = sink;
            sum[i] = counts ? 1f : 0f;
        }
    }

    /**
     * Of each of an item's rows: the new maximum; sum and output scaled down to it; s ← 2^(unit · (s − max)). The rows take turns, so
     * that none waits for its own last sum. The output is let alone where no maximum of the warp grew, as is most often so.
     */
    private static void softmax(
            float[] s, int fragments, float unit, float[] max, float[] sum, float[] output, int outputs) {
        float[] largest = new float[2 * fragments];
        float[] shift = new float[2 * fragments];
        for (int r = 0; r < 2 * fragments; r++) {
            largest[r] = max[r];
        }
        for (int i = 0; i < WorkGroup.unrolled(fragments * SCORES); i++) {
            int r = row(i, fragments);
            largest[r] = Mma.max(largest[r], s[element(i, fragments)]);
        }
        boolean grew = false;
        for (int r = 0; r < 2 * fragments; r++) {
            largest[r] = Mma.rowMax(largest[r]);
            grew |= largest[r] > max[r];
            shift[r] = largest[r] == Float.NEGATIVE_INFINITY ? 0f : -largest[r] * unit;
        }
        if (Mma.any(grew)) {
            for (int r = 0; r < 2 * fragments; r++) {
                float factor = Mma.exp2(Math.fma(max[r], unit, shift[r]));
                max[r] = largest[r];
                sum[r] *= factor;
                scale(output, r, outputs, factor);
            }
        }
        for (int i = 0; i < WorkGroup.unrolled(fragments * SCORES); i++) {
            int r = row(i, fragments);
            float weight = Mma.exp2(Math.fma(s[element(i, fragments)], unit, shift[r]));
            s[element(i, fragments)] = weight;
            sum[r] += weight;
        }
    }

    /** The row, of the {@code 2 · fragments} that an item has, of its i-th element in the order in which rows take turns. */
    private static int row(int i, int fragments) {
        return i % fragments * 2 + i / fragments / 2 % 2;
    }

    /** That element's place among an item's scores. */
    private static int element(int i, int fragments) {
        return i % fragments * SCORES + i / fragments;
    }

    /** Multiplies row r of the output, {@code outputs} elements to a fragment. */
    static void scale(float[] output, int r, int outputs, float factor) {
        for (int i = 0; i < outputs / 2; i++) {
            output[r / 2 * outputs + r % 2 * 2 + i / 2 * 4 + i % 2] *= factor;
        }
    }

    private static void drop(float[] s, int fragments, float dropout, long seed, int[] place) {
        int row = HalfTile.row(fragments);
        for (int i = 0; i < fragments * SCORES; i++) {
            s[i] *= GroupPairs.keep(
                    dropout, seed, place, row + HalfTile.rowOf(i), HalfTile.column() + HalfTile.columnOf(i));
        }
    }

    /** out = output / sum, or 0 where no key was allowed; lse = max + ln sum. */
    static void finish(
            float[] max,
            float unit,
            float[] sum,
            float[] output,
            int fragments,
            int valueDim,
            int[] place,
            float[] out,
            float[] lse) {
        int row = HalfTile.row(fragments);
        int rows = place[GroupPlace.QUERIES];
        for (int r = 0; r < 2 * fragments; r++) {
            float total = Mma.rowSum(sum[r]);
            int query = row + r / 2 * FRAGMENT + r % 2 * 8;
            if (query < rows && WorkGroup.localId() % 4 == 0) {
                lse[place[GroupPlace.QUERY_ROW] + query] =
                        total == 0f ? Float.NEGATIVE_INFINITY : max[r] * unit + (float) Math.log(total);
            }
            scale(output, r, pairs(valueDim), total == 0f ? 0f : 1f / total);
        }
        for (int m = 0; m < fragments; m++) {
            HalfTile.write(
                    output,
                    m * pairs(valueDim),
                    valueDim,
                    1f,
                    out,
                    place[GroupPlace.QUERY_ROW],
                    row + m * FRAGMENT,
                    rows);
        }
    }
}
