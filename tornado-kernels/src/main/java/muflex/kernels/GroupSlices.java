package muflex.kernels;

/**
 * Products of {@link GroupTile}'s form whose operands are not kept in local memory: a slice of {@value #SLICE} columns of both is
 * copied there at a time, or a block of 64 columns of one. So it takes as little for large dims as for small ones, and each
 * operand is read once for every tile that it meets. All items of a group take part; what is staged is free again when a method
 * returns.
 */
final class GroupSlices {
    private static final int SLICE = 32;
    private static final int TILE = GroupTile.TILE;
    private static final int STRIDE = SLICE + GroupTile.QUAD;

    /** Floats of local memory for what is staged: two slices, which are more than a block. */
    static final int FLOATS = 2 * TILE * STRIDE;

    /** Floats that an item copies at a time; the slice has as many for each of 256 items. */
    private static final int BATCH = 8;

    /** The same of a block. */
    private static final int BLOCK_BATCH = 16;

    private GroupSlices() {}

    /**
     * {@code c = a · bᵀ} of {@code aRows} rows of a and {@code bRows} of b, from rows {@code aFirst} and {@code bFirst} on, as
     * {@link GroupTile#multiply} has it.
     */
    static void multiply(
            float[] a,
            int aFirst,
            int aRows,
            float[] b,
            int bFirst,
            int bRows,
            int dim,
            float[] staged,
            int rows,
            int high,
            int y,
            int x,
            float[] c) {
        int second = TILE * STRIDE;
        GroupTile.clear(c, rows * GroupTile.COLUMNS);
        for (int d = 0; d < dim; d += SLICE) {
            GroupTile.stage(a, aFirst, aRows, dim, d, SLICE, 1f, BATCH, staged, 0, STRIDE);
            GroupTile.stage(b, bFirst, bRows, dim, d, SLICE, 1f, BATCH, staged, second, STRIDE);
            WorkGroup.barrier();
            GroupTile.addProduct(staged, 0, STRIDE, staged, second, STRIDE, SLICE, rows, high, y, x, c);
            WorkGroup.barrier();
        }
    }

    /**
     * {@code c += a · b} of {@code bRows} rows of b from row {@code first} on, as {@link GroupTile#accumulate} has it. The tile a is
     * read behind a barrier.
     */
    static void accumulate(
            float[] a,
            float[] b,
            int first,
            int bRows,
            int dim,
            float[] staged,
            int rows,
            int high,
            int y,
            int x,
            float[] c) {
        int blocks = GroupTile.blocks(dim);
        int stride = GroupTile.stride(TILE);
        for (int m = 0; m < WorkGroup.unrolled(blocks); m++) {
            GroupTile.stage(b, first, bRows, dim, m * TILE, TILE, 1f, BLOCK_BATCH, staged, 0, stride);
            WorkGroup.barrier();
            GroupTile.accumulate(a, staged, stride, m, 1, blocks, rows, high, y, x, c);
            WorkGroup.barrier();
        }
    }
}
