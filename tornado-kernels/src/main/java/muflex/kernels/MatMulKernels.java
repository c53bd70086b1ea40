package muflex.kernels;

/**
 * Matrix products of row-major matrices, driven over the register tiles of {@link RowTile} and {@link ColumnTile}. The
 * right operand is copied to panels of {@link RowTile#WIDTH} columns, so that a tile reads it front to back, and so is a left
 * operand that lies by columns; products are blocked in depth, so that the block of a panel stays in the first caches.
 *
 * <p>Every element of c is summed in one order that depends on the sizes alone.
 */
public final class MatMulKernels {

    /** Rows of a panel that are used at a time. */
    public static final int DEPTH = 128;

    /** The same for the two panels of a transposed product: sums are read and written once for each. */
    private static final int TALL = 256;

    /** Rows of a matrix that are packed at a time. */
    public static final int STRIP = 16;

    private static final int WIDTH = RowTile.WIDTH;
    private static final int ROWS = RowTile.ROWS;
    private static final int LENGTH = Lanes.length();

    private MatMulKernels() {}

    /** Columns in a panel. */
    public static int width() {
        return WIDTH;
    }

    /**
     * {@code panels[p, k, j] = alpha · b[k, p·width + j]} of {@code b [depth, columns]}, 0 past its end; one item is
     * {@value #STRIP} rows, so that b is read front to back.
     */
    public static void pack(float[] b, float[] panels, float alpha, int depth, int columns, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            int end = Math.min(depth, (item + 1) * STRIP);
            for (int k = item * STRIP; k < end; k++) {
                for (int column = 0; column < columns; column += WIDTH) {
                    packRow(b, k, column, columns, alpha, panels, column * depth + k * WIDTH);
                }
            }
        }
    }

    /** {@link #pack} of the transpose of {@code b [columns, depth]}. */
    public static void packTransposed(
            float[] b, float[] panels, float alpha, int depth, int columns, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            int to = item * depth * WIDTH;
            // A few rows of the panel at a time, so that they are in cache when the next column comes.
            for (int k = 0; k < depth; k += LENGTH) {
                transposeStrip(b, item * WIDTH, columns, k, Math.min(depth, k + LENGTH), depth, alpha, panels, to);
            }
        }
    }

    /**
     * {@code c [rows, columns] = a [rows, depth] · b}, b in panels; one item is a block of {@code block} rows.
     */
    public static void multiply(
            float[] a, float[] panels, float[] c, int rows, int columns, int depth, int block, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            int from = item * block;
            int to = Math.min(rows, from + block);
            for (int column = 0; column < columns; column += WIDTH) {
                for (int k = 0; k < depth; k += DEPTH) {
                    int panel = (column * depth) + k * WIDTH;
                    multiplyPanel(a, panels, panel, c, from, to, column, columns, k, Math.min(DEPTH, depth - k), depth);
                }
            }
        }
    }

    /**
     * {@code c [rows, columns] = aᵀ · b}, {@code a [depth, rows]} and {@code b [depth, columns]} in panels (see {@link #pack}); one item
     * is a block of c of {@code high × wide} squares of {@link #width}, row by row of blocks. A block reads its panels once; the
     * larger it is, the less the product waits for memory.
     */
    public static void multiplyTransposed(
            float[] a,
            float[] b,
            float[] c,
            int rows,
            int columns,
            int depth,
            int high,
            int wide,
            int first,
            int last) {
        for (@Parallel int item = first; item < last; item++) {
            int blocks = (columns + wide * WIDTH - 1) / (wide * WIDTH);
            int row = item / blocks * high * WIDTH;
            int column = item % blocks * wide * WIDTH;
            float[] sums = Scratch.floats(0, high * wide * WIDTH * WIDTH);
            Panels.clear(sums, 0, high * wide * WIDTH * WIDTH);
            for (int k = 0; k < depth; k += TALL) {
                for (int square = 0; square < high * wide; square++) {
                    int r = row + square / wide * WIDTH;
                    int s = column + square % wide * WIDTH;
                    addSquare(
                            a,
                            r * depth + k * WIDTH,
                            b,
                            s * depth + k * WIDTH,
                            sums,
                            square * WIDTH * WIDTH,
                            rows - r,
                            columns - s,
                            Math.min(TALL, depth - k));
                }
            }
            for (int square = 0; square < high * wide; square++) {
                int from = square * WIDTH * WIDTH;
                copySquare(sums, from, c, row + square / wide * WIDTH, column + square % wide * WIDTH, rows, columns);
            }
        }
    }

    /** {@code sums += leftᵀ · right}, as far as there are rows and columns. */
    private static void addSquare(
            float[] left,
            int leftAt,
            float[] right,
            int rightAt,
            float[] sums,
            int to,
            int rows,
            int columns,
            int depth) {
        int vectors = vectors(columns);
        for (int r = 0; vectors > 0 && r < Math.min(WIDTH, rows); r += ROWS) {
            ColumnTile.add(vectors, left, leftAt + r, right, rightAt, depth, sums, to + r * WIDTH, WIDTH);
        }
    }

    private static void copySquare(float[] sums, int from, float[] c, int row, int column, int rows, int columns) {
        int count = Math.min(WIDTH, columns - column);
        for (int r = 0; count > 0 && r < Math.min(WIDTH, rows - row); r++) {
            copy(sums, from + r * WIDTH, c, (row + r) * columns + column, count);
        }
    }

    /**
     * {@code c [rows, columns] = alpha · a [rows, depth] · b [depth, columns]} for few rows, b as it is; one item is a
     * block of {@link Lanes#length} columns.
     */
    public static void thin(
            float[] a, float[] b, float[] c, float alpha, int rows, int columns, int depth, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            int column = item * LENGTH;
            int count = Math.min(LENGTH, columns - column);
            for (int row = 0; row < rows; row++) {
                Lanes sum = Lanes.zero();
                for (int k = 0; k < depth; k++) {
                    Lanes weights = count == LENGTH
                            ? Lanes.load(b, k * columns + column)
                            : Lanes.load(b, k * columns + column, count);
                    sum = Lanes.fma(Lanes.splat(a[row * depth + k]), weights, sum);
                }
                Lanes.store(c, row * columns + column, Lanes.mul(sum, Lanes.splat(alpha)), count);
            }
        }
    }

    /** {@link #thin} with {@code b [columns, depth]} transposed; one item is a column. */
    public static void thinTransposed(
            float[] a, float[] b, float[] c, float alpha, int rows, int columns, int depth, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            for (int row = 0; row < rows; row++) {
                c[row * columns + item] = alpha * dot(a, row * depth, b, item * depth, depth);
            }
        }
    }

    /** The tiles of one block of one panel: {@code c[from … to, column …] (+)= a[from … to, k …] · panel}. */
    private static void multiplyPanel(
            float[] a,
            float[] panels,
            int panel,
            float[] c,
            int from,
            int to,
            int column,
            int columns,
            int k,
            int depth,
            int stride) {
        int vectors = vectors(columns - column);
        for (int row = from; row < to; row += ROWS) {
            int rows = Math.min(ROWS, to - row);
            int at = row * columns + column;
            // One condition and not two: TornadoVM's compiler takes both branches of an if with an or.
            if (Math.min(columns - column - WIDTH, rows - ROWS) < 0) {
                float[] tile = Scratch.floats(0, ROWS * WIDTH);
                RowTile.multiply(vectors, a, row * stride + k, stride, rows, panels, panel, depth, tile, 0, WIDTH);
                copyTile(tile, rows, c, at, columns, Math.min(WIDTH, columns - column), k > 0);
            } else if (k == 0) {
                RowTile.multiply(vectors, a, row * stride, stride, rows, panels, panel, depth, c, at, columns);
            } else {
                RowTile.add(vectors, a, row * stride + k, stride, rows, panels, panel, depth, c, at, columns);
            }
        }
    }

    /** Vectors that {@code columns} take in a panel; 0 or less past the last column. */
    private static int vectors(int columns) {
        return Math.min(Lanes.tileVectors(), Math.floorDiv(columns + LENGTH - 1, LENGTH));
    }

    private static void copyTile(float[] tile, int rows, float[] c, int at, int stride, int columns, boolean add) {
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < columns; i++) {
                float value = tile[row * WIDTH + i];
                c[at + row * stride + i] = add ? c[at + row * stride + i] + value : value;
            }
        }
    }

    /** {@link #width} elements of a row from {@code column} on, times alpha; 0 past the row's end. */
    private static void packRow(float[] matrix, int row, int column, int columns, float alpha, float[] to, int start) {
        int from = row * columns + column;
        int count = Math.min(WIDTH, columns - column);
        int i = 0;
        for (; i <= count - LENGTH; i += LENGTH) {
            Lanes.store(to, start + i, Lanes.mul(Lanes.load(matrix, from + i), Lanes.splat(alpha)));
        }
        for (; i < count; i++) {
            to[start + i] = matrix[from + i] * alpha;
        }
        for (; i < WIDTH; i++) {
            to[start + i] = 0;
        }
    }

    /** Rows {@code k … end} of a panel from the columns of {@code b [columns, depth]}. */
    private static void transposeStrip(
            float[] b, int column, int columns, int k, int end, int depth, float alpha, float[] panels, int to) {
        int count = Math.min(WIDTH, columns - column);
        for (int j = 0; j < count; j++) {
            int from = (column + j) * depth;
            for (int row = k; row < end; row++) {
                panels[to + row * WIDTH + j] = alpha * b[from + row];
            }
        }
        for (int row = k; row < end; row++) {
            for (int j = count; j < WIDTH; j++) {
                panels[to + row * WIDTH + j] = 0;
            }
        }
    }

    private static void copy(float[] from, int at, float[] to, int start, int count) {
        int i = 0;
        for (; i <= count - LENGTH; i += LENGTH) {
            Lanes.store(to, start + i, Lanes.load(from, at + i));
        }
        for (; i < count; i++) {
            to[start + i] = from[at + i];
        }
    }

    private static float dot(float[] a, int aOffset, float[] b, int bOffset, int count) {
        Lanes even = Lanes.zero();
        Lanes odd = Lanes.zero();
        int i = 0;
        for (; i <= count - 2 * LENGTH; i += 2 * LENGTH) {
            even = Lanes.fma(Lanes.load(a, aOffset + i), Lanes.load(b, bOffset + i), even);
            odd = Lanes.fma(Lanes.load(a, aOffset + i + LENGTH), Lanes.load(b, bOffset + i + LENGTH), odd);
        }
        float sum = Lanes.horizontalSum(Lanes.add(even, odd));
        for (; i < count; i++) {
            sum += a[aOffset + i] * b[bOffset + i];
        }
        return sum;
    }
}
