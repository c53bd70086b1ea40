package muflex.kernels;

/**
 * Tiles in local memory for the products of {@link WideMma}: {@value #ROWS} rows in panels of {@value #PANEL} columns, a row of a panel
 * 128 bytes, in which the quads of pairs lie as {@link WideMma#swizzled} says. Operands from the left are an item's registers: its
 * warp's 16 rows, as {@link Mma} has them.
 */
final class WideTile {
    /** Rows of a tile. */
    static final int ROWS = WideMma.ROWS;

    /** Weights may be up to 2 to the power of this before they are scaled: far from the largest half, 65504, and from a float's sums. */
    private static final float LAZY = 8f;

    /** Columns of a panel. */
    private static final int PANEL = WideMma.PANEL;

    /** Elements that an item holds of a panel's columns. */
    private static final int ELEMENTS = HalfTile.FRAGMENT * PANEL / Mma.WARP;

    /** Pairs of a panel's row. */
    private static final int WIDTH = PANEL / 2;

    /** Pairs that an item rounds at a time, so that their reads wait together. */
    private static final int BATCH = 16;

    /** Pairs that a copy moves. */
    private static final int QUAD = 4;

    private WideTile() {}

    /** Panels side by side that make this dim: 1 or 2. */
    private static int panels(int dim) {
        return (dim + PANEL - 1) / PANEL;
    }

    /** Floats of a tile. */
    static int floats(int dim) {
        return panels(dim) * ROWS * WIDTH;
    }

    /** Depths of 16 in a row. */
    private static int steps(int dim) {
        return HalfTile.pairs(dim) / HalfTile.PAIRS;
    }

    /** Elements that an item holds of its warp's 16 rows of so many columns: of neighbouring matrices C. */
    static int scores(int columns) {
        return HalfTile.FRAGMENT * columns / Mma.WARP;
    }

    /** Where row {@code row} of a tile begins. */
    static int at(int row) {
        return row * WIDTH;
    }

    /** Elements of an item in a product of this dim. */
    static int elements(int dim) {
        return panels(dim) * ELEMENTS;
    }

    /** Rounds {@code rows} rows of a matrix of floats, from row {@code first} on, into a tile of {@code length} rows, then zeros. */
    static void round(float[] from, int first, int rows, int dim, float[] tile, int length, int items, boolean bfloat) {
        int width = HalfTile.pairs(dim);
        int count = length * width / items;
        float[] both = new float[2 * BATCH];
        for (int i = 0; i < count; i += BATCH) {
            for (int j = 0; j < WorkGroup.unrolled(BATCH); j++) {
                int at = (i + j) * items + WorkGroup.localId();
                HalfTile.readPair(from, first, i + j < count ? rows : 0, dim, at / width, at % width * 2, both, 2 * j);
            }
            for (int j = 0; j < WorkGroup.unrolled(BATCH); j++) {
                int at = (i + j) * items + WorkGroup.localId();
                int column = at % width;
                int to = column / WIDTH * ROWS * WIDTH + WideMma.swizzled(at / width * WIDTH + column % WIDTH);
                if (i + j < count) {
                    tile[to] = Mma.pack(both[2 * j], both[2 * j + 1], bfloat);
                }
            }
        }
    }

    /** {@code columns} columns of scores, as a product left them, as the left operand of the next. */
    static void round(float[] s, int columns, float[] a, boolean bfloat) {
        for (int i = 0; i < WorkGroup.unrolled(scores(columns) / 2); i++) {
            a[i] = Mma.pack(s[2 * i], s[2 * i + 1], bfloat);
        }
    }

    /**
     * Starts the copy of {@code rows} rows of a matrix of pairs, from row {@code first} on, to the {@code length} rows from
     * {@code tile[at]} on, by {@code items} items; then zeros.
     */
    static void copy(float[] from, int first, int rows, int dim, float[] tile, int at, int length, int items) {
        int quads = HalfTile.pairs(dim) / QUAD;
        for (int i = 0; i < length * quads / items; i++) {
            int quad = i * items + WorkGroup.localId();
            int row = quad / quads;
            int column = quad % quads * QUAD;
            int to = column / WIDTH * ROWS * WIDTH + WideMma.swizzled(row * WIDTH + column % WIDTH);
            Mma.copy(from, (first + row) * HalfTile.pairs(dim) + column, tile, at + to, row < rows);
        }
    }

    /** Starts {@code s = A · Bᵀ} over {@code dim} columns, A 64 rows from {@code left[leftAt]} on, B {@code columns} from {@code tile[at]} on. */
    static void multiply(
            float[] left, int leftAt, float[] tile, int at, int columns, int dim, float[] s, boolean bfloat) {
        WideMma.fence();
        for (int step = 0; step < WorkGroup.unrolled(steps(dim)); step++) {
            int column = step * HalfTile.PAIRS;
            int offset = column / WIDTH * ROWS * WIDTH + column % WIDTH;
            WideMma.multiplyColumns(left, leftAt, tile, at, offset, s, 0, columns, step > 0, bfloat);
        }
        WideMma.commit();
    }

    /** Starts {@code sum += S · B}, S being pairs, B the {@code depth} rows of {@code dim} from {@code tile[at]} on. */
    static void accumulate(float[] s, int depth, float[] tile, int at, int dim, float[] sum, boolean bfloat) {
        WideMma.fence();
        for (int step = 0; step < WorkGroup.unrolled(depth / HalfTile.FRAGMENT); step++) {
            int offset = step * HalfTile.FRAGMENT * WIDTH;
            WideMma.multiplyRows(s, step * 4, tile, at, offset, sum, 0, panels(dim), bfloat);
        }
        WideMma.commit();
    }

    /** Takes {@code count} elements of products that have been waited for. */
    static void take(float[] c, int count) {
        for (int i = 0; i < WorkGroup.unrolled(count / ELEMENTS); i++) {
            WideMma.take(c, i * ELEMENTS);
        }
    }

    /**
     * {@link HalfTile#modify} of an item's scores, {@code columns} of a warp's rows. {@link Mma#lane} is asked in each branch, so that
     * compilers leave them branches: choices for each score would cost whole tiles as much.
     *
     * @param whole whether all these pairs of a query and a key exist
     * @param firstRow of the warp, counted as {@code place} does
     * @param firstColumn of the group's four warps
     * @param keysDown whether rows are keys
     */
    static void modify(
            float[] s,
            int columns,
            boolean whole,
            int firstRow,
            int firstColumn,
            boolean keysDown,
            int[] place,
            Object[] captures) {
        if (whole && place[GroupPlace.MASKED] == 0) {
            int lane = Mma.lane();
            int row = firstRow + lane / 4;
            int column = firstColumn + lane % 4 * 2;
            for (int i = 0; i < WorkGroup.unrolled(scores(columns)); i++) {
                int query = keysDown ? column + columnOf(i) : row + rowOf(i);
                int key = keysDown ? row + rowOf(i) : column + columnOf(i);
                GroupPairs.modifyUnmasked(s, i, place, query, key, captures);
            }
        } else if (whole) {
            int lane = Mma.lane();
            int row = firstRow + lane / 4;
            int column = firstColumn + lane % 4 * 2;
            for (int i = 0; i < WorkGroup.unrolled(scores(columns)); i++) {
                int query = keysDown ? column + columnOf(i) : row + rowOf(i);
                int key = keysDown ? row + rowOf(i) : column + columnOf(i);
                GroupPairs.modifyMasked(s, i, place, query, key, captures);
            }
        } else {
            int lane = Mma.lane();
            int row = firstRow + lane / 4;
            int column = firstColumn + lane % 4 * 2;
            for (int i = 0; i < WorkGroup.unrolled(scores(columns)); i++) {
                int query = keysDown ? column + columnOf(i) : row + rowOf(i);
                int key = keysDown ? row + rowOf(i) : column + columnOf(i);
                if (GroupPairs.exists(place, query, key)) {
                    GroupPairs.modify(s, i, place, query, key, captures);
                } else {
                    s[i] = Float.NEGATIVE_INFINITY;
                }
            }
        }
    }

    /** An item's {@code count} weights after dropout: 0, or divided by the share that stays; its rows are queries from {@code row} on, columns keys. */
    static void drop(float[] s, int count, float dropout, long seed, int[] place, int row, int column) {
        for (int i = 0; i < count; i++) {
            s[i] *= GroupPairs.keep(dropout, seed, place, row + rowOf(i), column + columnOf(i));
        }
    }

    /** The row of an item's score i, from its first. */
    static int rowOf(int i) {
        return i / 2 % 2 * 8;
    }

    /** The column of an item's score i, from its first. */
    static int columnOf(int i) {
        return i / 4 * 8 + i % 2;
    }

    /**
     * Of each of an item's two rows of {@code columns}: the new maximum; the sum scaled down to it; s ← 2^(unit · (s − max)). A maximum stays what it was
     * while none of the warp grew so much that weights would pass 2^{@value #LAZY}, as FlashAttention-4 has it. Returns whether one did:
     * then the output is to be scaled by {@code factor}.
     */
    static boolean softmax(float[] s, int columns, float unit, float[] max, float[] sum, float[] factor) {
        float[] largest = new float[4];
        float[] sums = new float[4];
        float[] shift = new float[2];
        for (int r = 0; r < 4; r++) {
            largest[r] = max[r / 2];
            sums[r] = 0f;
        }
        for (int i = 0; i < WorkGroup.unrolled(scores(columns)); i++) {
            int chain = i / 2 % 2 * 2 + i % 2;
            largest[chain] = Mma.max(largest[chain], s[i]);
        }
        boolean grew = false;
        for (int r = 0; r < 2; r++) {
            float ofRow = Mma.rowMax(Mma.max(largest[2 * r], largest[2 * r + 1]));
            grew |= (ofRow - max[r]) * unit > LAZY;
            largest[r] = ofRow;
        }
        boolean any = Mma.any(grew);
        for (int r = 0; r < 2; r++) {
            float newMax = any ? largest[r] : max[r];
            shift[r] = newMax == Float.NEGATIVE_INFINITY ? 0f : -newMax * unit;
            factor[r] = Mma.exp2(Math.fma(max[r], unit, shift[r]));
            max[r] = newMax;
        }
        for (int i = 0; i < WorkGroup.unrolled(scores(columns)); i++) {
            int chain = i / 2 % 2 * 2 + i % 2;
            s[i] = Mma.exp2(Math.fma(s[i], unit, shift[chain / 2]));
            sums[chain] += s[i];
        }
        for (int r = 0; r < 2; r++) {
            sum[r] = Math.fma(sum[r], factor[r], sums[2 * r] + sums[2 * r + 1]);
        }
        return any;
    }
}
