package muflex.kernels;

/**
 * Matrix products on tensor cores: both operands rounded to 16 bits, sums in float. {@link #pack} rounds an operand and lays it
 * out by rows of the depth, in pairs as of {@link Mma}; {@link #multiply} takes two such. A work group is a tile of c of
 * 32 · fragments × {@value #COLUMNS}, a warp a quarter of it; the depth travels to local memory a step at a time, one step ahead or
 * two: {@link #WHOLE} and {@link #HALVED}. Every element is summed in an order that depends on the sizes alone.
 */
public final class GroupMatMulHalf {
    /** Work items in a group. */
    public static final int ITEMS = HalfTile.ITEMS;

    /** Columns of a group's tile. */
    static final int COLUMNS = 2 * HalfTile.TILE;

    private static final int TILE = HalfTile.TILE;
    private static final int QUAD = GroupTile.QUAD;

    /** What a packed operand's depth is a multiple of, and its pairs. */
    private static final int DEPTH = TILE;

    private static final int PAIRS = DEPTH / 2;

    /**
     * How the depth travels.
     *
     * @param step its part that travels at a time
     * @param stages steps that local memory holds
     */
    public record Travel(int step, int stages) {
        /** Floats of local memory of {@link #multiply}. */
        public int localFloats(int fragments) {
            return stages * (high(fragments) + COLUMNS) * HalfTile.stride(step);
        }
    }

    /** Two steps ahead: 108 KiB with 4 fragments. */
    public static final Travel WHOLE = new Travel(DEPTH, 3);

    /** Steps of half the depth, one ahead: 40 KiB with 4 fragments, for devices whose groups have 48. */
    public static final Travel HALVED = new Travel(DEPTH / 2, 2);

    private GroupMatMulHalf() {}

    /** Rows of a group's tile. */
    private static int high(int fragments) {
        return 2 * fragments * HalfTile.FRAGMENT;
    }

    /** Groups of {@link #multiply}. */
    public static int groups(int rows, int columns, int fragments) {
        return tiles(rows, high(fragments)) * tiles(columns, COLUMNS);
    }

    private static int tiles(int length, int tile) {
        return (length + tile - 1) / tile;
    }

    /** Pairs in a row of a packed operand: whole steps, the rest zeros. */
    public static int pairs(int depth) {
        return tiles(depth, DEPTH) * PAIRS;
    }

    /** Groups of {@link #pack}. */
    public static int packGroups(int rows, int depth) {
        return tiles(rows, TILE) * tiles(depth, DEPTH);
    }

    /** {@code to [rows, pairs(depth)]} = {@code m [rows, depth]} rounded, or the transpose of {@code m [depth, rows]}. */
    public static void pack(float[] m, float[] to, int rows, int depth, boolean transposed, boolean bfloat) {
        float[] tile = WorkGroup.localFloats(TILE * (DEPTH + 1));
        int across = tiles(depth, DEPTH);
        int row = WorkGroup.groupId() / across * TILE;
        int first = WorkGroup.groupId() % across * DEPTH;
        for (int n = 0; n < TILE * DEPTH / ITEMS; n++) {
            int at = n * ITEMS + WorkGroup.localId();
            int i = transposed ? at % TILE : at / DEPTH;
            int d = transposed ? at / TILE : at % DEPTH;
            int from = transposed ? (first + d) * rows + row + i : (row + i) * depth + first + d;
            tile[i * (DEPTH + 1) + d] = row + i < rows && first + d < depth ? m[from] : 0f;
        }
        WorkGroup.barrier();
        for (int n = 0; n < TILE * PAIRS / ITEMS; n++) {
            int at = n * ITEMS + WorkGroup.localId();
            int i = at / PAIRS;
            int pair = i * (DEPTH + 1) + at % PAIRS * 2;
            if (row + i < rows) {
                to[(row + i) * pairs(depth) + first / 2 + at % PAIRS] = Mma.pack(tile[pair], tile[pair + 1], bfloat);
            }
        }
    }

    /**
     * {@code c [rows, columns] = alpha · a · bᵀ} of packed {@code a [rows, depth]} and {@code b [columns, depth]}.
     *
     * @param fragments of 16 rows to a warp
     * @param depthStep as {@link Travel#step}
     * @param stages as {@link Travel#stages}
     * @param bfloat whether the 16 bits are bfloat16
     */
    public static void multiply(
            float[] a,
            float[] b,
            float[] c,
            float alpha,
            int rows,
            int columns,
            int depth,
            int fragments,
            int depthStep,
            int stages,
            boolean bfloat) {
        int stride = HalfTile.stride(depthStep);
        float[] left = WorkGroup.localFloats(stages * high(fragments) * stride);
        float[] right = WorkGroup.localFloats(stages * COLUMNS * stride);
        float[] sums = new float[fragments * HalfTile.SCORES];
        GroupTile.clear(sums, fragments * HalfTile.SCORES);
        int across = tiles(columns, COLUMNS);
        int row = WorkGroup.groupId() / across * high(fragments);
        int column = WorkGroup.groupId() % across * COLUMNS;
        int warp = WorkGroup.localId() / Mma.WARP;
        int warpRow = warp / 2 * fragments * HalfTile.FRAGMENT;
        int warpColumn = warp % 2 * TILE;
        for (int step = 0; step < stages - 1; step++) {
            copy(a, row, rows, high(fragments), step, depth, left, depthStep, stages);
            copy(b, column, columns, COLUMNS, step, depth, right, depthStep, stages);
            Mma.commit();
        }
        for (int step = 0; step < tiles(depth, depthStep); step++) {
            Mma.await(stages - 2);
            WorkGroup.barrier();
            copy(a, row, rows, high(fragments), step + stages - 1, depth, left, depthStep, stages);
            copy(b, column, columns, COLUMNS, step + stages - 1, depth, right, depthStep, stages);
            Mma.commit();
            int stage = step % stages;
            int leftAt = (stage * high(fragments) + warpRow) * stride;
            int rightAt = (stage * COLUMNS + warpColumn) * stride;
            HalfTile.addProduct(left, leftAt, fragments, right, rightAt, depthStep, sums, bfloat);
        }
        int lane = Mma.lane();
        for (int i = 0; i < WorkGroup.unrolled(fragments * HalfTile.SCORES); i += 2) {
            int y = row + warpRow + lane / 4 + HalfTile.rowOf(i);
            int x = column + warpColumn + lane % 4 * 2 + HalfTile.columnOf(i);
            if (y < rows) {
                HalfTile.writePair(sums, i, alpha, c, y, x, columns);
            }
        }
    }

    /** Starts the copy of a step of {@code height} rows to its stage; zeros past the last row, nothing past the last step. */
    private static void copy(
            float[] from,
            int first,
            int rows,
            int height,
            int step,
            int depth,
            float[] tile,
            int depthStep,
            int stages) {
        if (step < tiles(depth, depthStep)) {
            int stride = HalfTile.stride(depthStep);
            int quads = depthStep / 2 / QUAD;
            int to = step % stages * height * stride;
            for (int n = 0; n < height * quads / ITEMS; n++) {
                int at = n * ITEMS + WorkGroup.localId();
                int i = at / quads;
                int pair = at % quads * QUAD;
                boolean valid = first + i < rows;
                int source = (valid ? first + i : 0) * pairs(depth) + step * (depthStep / 2) + pair;
                Mma.copy(from, source, tile, to + i * stride + pair, valid);
            }
        }
    }
}
