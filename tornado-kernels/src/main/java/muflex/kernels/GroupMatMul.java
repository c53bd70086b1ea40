package muflex.kernels;

/**
 * Matrix products of row-major matrices for GPUs: a tile of 64 × 64 elements a work group, which stages 32 of the depth at a
 * time in local memory; see {@link GroupTile} for who computes what. Every element is summed in ascending order.
 */
public final class GroupMatMul {
    /** Work items in a group. */
    public static final int ITEMS = 128;

    /** Rows, and columns, of a group's tile. */
    public static final int TILE = GroupTile.TILE;

    private static final int ACROSS = GroupTile.ACROSS;
    private static final int HIGH = ITEMS / ACROSS;
    private static final int ROWS = TILE / HIGH;
    private static final int COLUMNS = GroupTile.COLUMNS;

    /** Depth that is staged at a time, and floats from row to row of it. */
    private static final int DEPTH = 32;

    private static final int STRIDE = DEPTH + GroupTile.QUAD;

    private static final int BATCH = TILE * DEPTH / ITEMS;

    private GroupMatMul() {}

    /** Floats of local memory. */
    public static int localFloats() {
        return 2 * TILE * STRIDE;
    }

    /** Groups for {@code rows × columns} elements. */
    public static int groups(int rows, int columns) {
        return (rows + TILE - 1) / TILE * ((columns + TILE - 1) / TILE);
    }

    /**
     * {@code c [rows, columns] = alpha · A · B} where A is {@code a [rows, depth]}, or the transpose of {@code a [depth, rows]}, and B
     * is {@code b [depth, columns]}, or the transpose of {@code b [columns, depth]}.
     */
    public static void multiply(
            float[] a,
            float[] b,
            float[] c,
            float alpha,
            int rows,
            int columns,
            int depth,
            boolean transposeA,
            boolean transposeB) {
        float[] left = WorkGroup.localFloats(TILE * STRIDE);
        float[] right = WorkGroup.localFloats(TILE * STRIDE);
        float[] sums = new float[ROWS * COLUMNS];
        GroupTile.clear(sums, ROWS * COLUMNS);
        int across = (columns + TILE - 1) / TILE;
        int row = WorkGroup.groupId() / across * TILE;
        int column = WorkGroup.groupId() % across * TILE;
        int y = WorkGroup.localId() / ACROSS;
        int x = WorkGroup.localId() % ACROSS;
        for (int k = 0; k < depth; k += DEPTH) {
            stage(a, transposeA, row, rows, k, depth, left);
            stage(b, !transposeB, column, columns, k, depth, right);
            WorkGroup.barrier();
            GroupTile.addProduct(left, 0, STRIDE, right, 0, STRIDE, DEPTH, ROWS, HIGH, y, x, sums);
            WorkGroup.barrier();
        }
        for (int r = 0; r < ROWS; r++) {
            for (int j = 0; j < COLUMNS; j++) {
                int i = row + y + HIGH * r;
                int at = column + x + ACROSS * j;
                if (i < rows && at < columns) {
                    c[i * columns + at] = alpha * sums[r * COLUMNS + j];
                }
            }
        }
    }

    /**
     * {@code tile[i, d] = m[first + i, k + d]} of {@code m [length, depth]}, or {@code m[k + d, first + i]} of {@code m [depth, length]};
     * neighbouring items read neighbouring floats. 0 past the ends.
     */
    private static void stage(float[] m, boolean transposed, int first, int length, int k, int depth, float[] tile) {
        float[] values = new float[BATCH];
        for (int n = 0; n < BATCH; n++) {
            int at = n * ITEMS + WorkGroup.localId();
            int i = first + (transposed ? at % TILE : at / DEPTH);
            int d = k + (transposed ? at / TILE : at % DEPTH);
            values[n] = i < length && d < depth ? m[transposed ? d * length + i : i * depth + d] : 0f;
        }
        for (int n = 0; n < BATCH; n++) {
            int at = n * ITEMS + WorkGroup.localId();
            int i = transposed ? at % TILE : at / DEPTH;
            int d = transposed ? at / TILE : at % DEPTH;
            tile[i * STRIDE + d] = values[n];
        }
    }
}
