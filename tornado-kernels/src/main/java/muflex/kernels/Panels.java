package muflex.kernels;

/**
 * Copies into panels, the layout that register tiles read: rows of {@link RowTile#WIDTH} floats, the last panel's missing
 * columns 0.
 */
public final class Panels {
    private static final int WIDTH = RowTile.WIDTH;
    private static final int LENGTH = Lanes.length();

    private Panels() {}

    /** Panels that {@code columns} columns take. */
    public static int count(int columns) {
        return (columns + WIDTH - 1) / WIDTH;
    }

    /** Vectors of panel {@code p} that hold some of the {@code columns} columns. */
    public static int vectors(int columns, int p) {
        return Math.min(WIDTH, columns - p * WIDTH + LENGTH - 1) / LENGTH;
    }

    /** Where column {@code x} of row {@code row} is, in panels of {@code stride} rows. */
    public static int at(int x, int row, int stride) {
        return (x / WIDTH * stride + row) * WIDTH + x % WIDTH;
    }

    /**
     * The matrix {@code rows × columns} as it lies: panel p, at {@code p · stride · WIDTH}, has in its row r the elements
     * {@code from[offset + r · columns + p · WIDTH …]}.
     *
     * @param stride rows of a panel, at least {@code rows}
     */
    public static void pack(float[] from, int offset, int rows, int columns, float[] to, int stride) {
        for (int p = 0; p < count(columns); p++) {
            int used = Math.min(WIDTH, columns - p * WIDTH);
            int source = offset + p * WIDTH;
            int target = p * stride * WIDTH;
            if (used == WIDTH) {
                copyWhole(from, source, rows, columns, to, target);
            } else {
                copyPart(from, source, rows, columns, used, to, target);
            }
        }
    }

    private static void copyWhole(float[] from, int source, int rows, int columns, float[] to, int target) {
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < WIDTH; c += LENGTH) {
                Lanes.store(to, target + r * WIDTH + c, Lanes.load(from, source + r * columns + c));
            }
        }
    }

    private static void copyPart(float[] from, int source, int rows, int columns, int used, float[] to, int target) {
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < WIDTH; c += LENGTH) {
                Lanes.store(to, target + r * WIDTH + c, Lanes.load(from, source + r * columns + c, used - c));
            }
        }
    }

    /**
     * The transpose of the matrix {@code rows × columns}, times {@code factor}: panel p, at
     * {@code p · columns · WIDTH}, has in its row c the elements {@code factor · from[offset + r · columns + c]} of the rows r
     * from {@code p · WIDTH}.
     */
    public static void packTransposed(float[] from, int offset, int rows, int columns, float factor, float[] to) {
        for (int p = 0; p * WIDTH < rows; p++) {
            int target = p * columns * WIDTH;
            int used = Math.min(WIDTH, rows - p * WIDTH);
            for (int r = 0; r < used; r++) {
                int source = offset + (p * WIDTH + r) * columns;
                for (int c = 0; c < columns; c++) {
                    to[target + c * WIDTH + r] = factor * from[source + c];
                }
            }
            for (int r = used; r < WIDTH; r++) {
                for (int c = 0; c < columns; c++) {
                    to[target + c * WIDTH + r] = 0f;
                }
            }
        }
    }

    /** {@code count} zeros from {@code offset} on. */
    public static void clear(float[] array, int offset, int count) {
        for (int x = offset; x < offset + count; x++) {
            array[x] = 0f;
        }
    }
}
