package muflex.kernels;

/**
 * What group kernels for GPUs are made of: products of two tiles in the local memory of a work group, their sums in
 * registers. Tiles are {@value #TILE} rows; the items of a group stand in rows of {@value #ACROSS}. Item (y, x) computes the
 * elements of rows y, y + high, y + 2·high … where high is the number of such rows of items, and in them of columns
 * x, x + 16, … ({@link #multiply}) or of four neighbouring columns in each 64 ({@link #accumulate}): then the 16-byte reads
 * of 8 neighbouring items are of different banks, and the other operand's are the same for all.
 *
 * <p>Loops whose bounds are constants are unrolled, so that the small arrays are registers.
 */
final class GroupTile {
    /** Rows of a tile. */
    static final int TILE = AttentionSizes.TILE;

    /** Items side by side. */
    static final int ACROSS = 16;

    /** Columns of an item in {@link #multiply}. */
    static final int COLUMNS = TILE / ACROSS;

    /** Neighbouring floats that a read takes. */
    static final int QUAD = 4;

    /**
     * Floats that an item copies at a time, so that their reads wait together. For at most 256 items: the smallest tile has 16
     * floats for each.
     */
    private static final int BATCH = 16;

    private GroupTile() {}

    /** Floats from row to row of a tile with rows of {@code dim}: whole blocks of 64 columns, and four for the banks. */
    static int stride(int dim) {
        return blocks(dim) * TILE + QUAD;
    }

    /** The stride of a tile that holds rows of either dim. */
    static int largerStride(int dim, int valueDim) {
        return dim > valueDim ? stride(dim) : stride(valueDim);
    }

    /** Blocks of 64 columns. */
    static int blocks(int dim) {
        return (dim + TILE - 1) / TILE;
    }

    /**
     * Copies {@code rows} rows of {@code dim} from row {@code first} of a matrix, times {@code factor}; the rest of the tile
     * becomes 0. All items of a group take part; barriers are the caller's.
     */
    static void stage(float[] from, int first, int rows, int dim, float factor, float[] tile) {
        stage(from, first, rows, dim, 0, blocks(dim) * TILE, factor, BATCH, tile, 0, stride(dim));
    }

    /**
     * The same of {@code width} columns from {@code left} on, to {@code tile[at]} in rows that are {@code stride} apart.
     *
     * @param batch floats that an item copies at a time, of which the tile has a multiple for each
     */
    static void stage(
            float[] from,
            int first,
            int rows,
            int dim,
            int left,
            int width,
            float factor,
            int batch,
            float[] tile,
            int at,
            int stride) {
        int step = WorkGroup.localSize();
        float[] values = new float[batch];
        for (int start = WorkGroup.localId(); start < TILE * width; start += batch * step) {
            for (int i = 0; i < batch; i++) {
                int row = (start + i * step) / width;
                int column = left + (start + i * step) % width;
                values[i] = row < rows && column < dim ? from[(first + row) * dim + column] * factor : 0f;
            }
            for (int i = 0; i < batch; i++) {
                tile[at + (start + i * step) / width * stride + (start + i * step) % width] = values[i];
            }
        }
    }

    /**
     * {@code c = a · bᵀ} over {@code dim} columns of two tiles: item (y, x) fills {@code c[r · 4 + j]} for row y + r · high of a
     * and row x + 16 · j of b. Each sum is taken in ascending order.
     */
    static void multiply(float[] a, float[] b, int dim, int rows, int high, int y, int x, float[] c) {
        clear(c, rows * COLUMNS);
        addProduct(a, 0, stride(dim), b, 0, stride(dim), dim, rows, high, y, x, c);
    }

    /** {@code c += a · bᵀ} as in {@link #multiply}, over {@code depth} columns of tiles that begin there and whose rows are so far apart. */
    static void addProduct(
            float[] a,
            int aStart,
            int aStride,
            float[] b,
            int bStart,
            int bStride,
            int depth,
            int rows,
            int high,
            int y,
            int x,
            float[] c) {
        float[] left = new float[QUAD];
        float[] right = new float[COLUMNS * QUAD];
        for (int d = 0; d < depth; d += QUAD) {
            for (int j = 0; j < COLUMNS; j++) {
                load(b, bStart + (x + ACROSS * j) * bStride + d, right, j * QUAD);
            }
            for (int r = 0; r < rows; r++) {
                load(a, aStart + (y + high * r) * aStride + d, left, 0);
                for (int j = 0; j < COLUMNS; j++) {
                    for (int e = 0; e < QUAD; e++) {
                        c[r * COLUMNS + j] = Math.fma(left[e], right[j * QUAD + e], c[r * COLUMNS + j]);
                    }
                }
            }
        }
    }

    static void scale(float[] values, int count, float factor) {
        for (int i = 0; i < count; i++) {
            values[i] *= factor;
        }
    }

    static void clear(float[] sums, int count) {
        for (int i = 0; i < count; i++) {
            sums[i] = 0f;
        }
    }

    /**
     * {@code c += a · b} over the 64 columns of a and rows of b, whose rows are {@code dim} long: item (y, x) adds to
     * {@code c[(r · blocks + m) · 4 + e]} for row y + r · high and column 64 · m + 4 · x + e.
     */
    static void accumulate(float[] a, float[] b, int dim, int rows, int high, int y, int x, float[] c) {
        accumulate(a, b, stride(dim), 0, blocks(dim), blocks(dim), rows, high, y, x, c);
    }

    /** The same of {@code count} blocks of 64 columns, from block {@code first} of {@code blocks}, which are all that b has. */
    static void accumulate(
            float[] a,
            float[] b,
            int stride,
            int first,
            int count,
            int blocks,
            int rows,
            int high,
            int y,
            int x,
            float[] c) {
        float[] left = new float[8 * QUAD];
        float[] right = new float[QUAD];
        for (int k = 0; k < TILE; k += QUAD) {
            for (int r = 0; r < rows; r++) {
                load(a, (y + high * r) * stride(TILE) + k, left, r * QUAD);
            }
            for (int e = 0; e < QUAD; e++) {
                for (int m = 0; m < count; m++) {
                    load(b, (k + e) * stride + m * TILE + x * QUAD, right, 0);
                    for (int r = 0; r < rows; r++) {
                        for (int f = 0; f < QUAD; f++) {
                            int at = (r * blocks + first + m) * QUAD + f;
                            c[at] = Math.fma(left[r * QUAD + e], right[f], c[at]);
                        }
                    }
                }
            }
        }
    }

    private static void load(float[] from, int at, float[] to, int start) {
        for (int e = 0; e < QUAD; e++) {
            to[start + e] = from[at + e];
        }
    }

    /** Writes an item's elements of {@link #multiply} to a tile with rows of 64. */
    static void store(float[] c, int rows, int high, int y, int x, float[] tile) {
        for (int r = 0; r < rows; r++) {
            for (int j = 0; j < COLUMNS; j++) {
                tile[(y + high * r) * stride(TILE) + x + ACROSS * j] = c[r * COLUMNS + j];
            }
        }
    }

    /** Writes an item's elements of {@link #accumulate}, times {@code factor}, to rows {@code first …} of a matrix. */
    static void write(
            float[] c, int dim, int rows, int high, int y, int x, float factor, float[] to, int first, int count) {
        int blocks = blocks(dim);
        for (int r = 0; r < rows; r++) {
            int row = y + high * r;
            if (row < count) {
                for (int m = 0; m < blocks; m++) {
                    for (int e = 0; e < QUAD; e++) {
                        int column = m * TILE + x * QUAD + e;
                        if (column < dim) {
                            to[(first + row) * dim + column] = c[(r * blocks + m) * QUAD + e] * factor;
                        }
                    }
                }
            }
        }
    }
}
