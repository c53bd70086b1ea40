package muflex.kernels;

/** The products of a tile of queries with a tile of keys, whose scores lie in rows of {@link RowTile#WIDTH}. */
public final class TileProducts {
    private static final int TILE = AttentionSizes.TILE;
    private static final int WIDTH = RowTile.WIDTH;
    private static final int LENGTH = Lanes.length();
    private static final int ROWS = RowTile.ROWS;

    private TileProducts() {}

    /**
     * {@code c[i][·] = A[firstRow + i] · B} for the columns of one panel, A's rows where they lie.
     *
     * @param panels B transposed, see {@link Panels#packTransposed}; its panel of columns {@code sub} to {@code sub + count − 1}
     */
    public static void rows(float[] a, int firstRow, int rows, int dim, float[] panels, int sub, int count, float[] c) {
        int vectors = Panels.vectors(count, 0);
        for (int i = 0; i < rows; i += ROWS) {
            RowTile.multiply(
                    vectors, a, (firstRow + i) * dim, dim, rows - i, panels, sub * dim, dim, c, i * WIDTH, WIDTH);
        }
    }

    /**
     * {@code to[i][·] += S · B}. Rows of S past the last, up to whole register tiles, must be 0: they are added too.
     *
     * @param panels B, see {@link Panels#pack}; its {@code count} rows from {@code sub} on
     * @param dim columns of B
     * @param panelStep from one panel of {@code to} to the next
     * @param rowStep from one row of it to the next
     */
    public static void addRows(
            float[] s,
            int rows,
            float[] panels,
            int sub,
            int count,
            int dim,
            float[] to,
            int offset,
            int panelStep,
            int rowStep) {
        for (int p = 0; p < Panels.count(dim); p++) {
            int vectors = Panels.vectors(dim, p);
            int from = (p * TILE + sub) * WIDTH;
            for (int i = 0; i < rows; i += ROWS) {
                int at = offset + p * panelStep + i * rowStep;
                RowTile.add(vectors, s, i * WIDTH, WIDTH, ROWS, panels, from, count, to, at, rowStep);
            }
        }
    }

    /** {@code to[j][·] += Sᵀ · B} for the {@code count} columns of S; otherwise as {@link #addRows}, columns in the part of rows. */
    public static void addColumns(
            float[] s,
            int rows,
            float[] panels,
            int count,
            int dim,
            float[] to,
            int offset,
            int panelStep,
            int rowStep) {
        for (int p = 0; p < Panels.count(dim); p++) {
            int vectors = Panels.vectors(dim, p);
            for (int j = 0; j < count; j += ROWS) {
                int at = offset + p * panelStep + j * rowStep;
                ColumnTile.add(vectors, s, j, panels, p * TILE * WIDTH, rows, to, at, rowStep);
            }
        }
    }

    /** Rows of {@code to} from {@code firstRow} on ← factor · those of panels of {@link AttentionSizes#TILE} rows. */
    public static void unpack(float[] sums, int rows, int dim, float factor, float[] to, int firstRow) {
        for (int j = 0; j < rows; j++) {
            for (int x = 0; x < dim; x += LENGTH) {
                Lanes sum = Lanes.load(sums, (x / WIDTH * TILE + j) * WIDTH + x % WIDTH);
                Lanes.store(to, (firstRow + j) * dim + x, Lanes.mul(sum, Lanes.splat(factor)), dim - x);
            }
        }
    }

    /** {@code to[item] = factor · Σ parts}, in order; one item is a row, of which a head has {@code rows}, and {@link #ROWS} more in the parts. */
    public static void sumParts(
            float[] sums, int parts, int heads, int rows, int dim, float factor, float[] to, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            int row = Panels.count(dim) * WIDTH;
            int head = (rows + ROWS) * row;
            int from = item / rows * head + item % rows * row;
            for (int x = 0; x < dim; x += LENGTH) {
                Lanes sum = Lanes.load(sums, from + x);
                for (int part = 1; part < parts; part++) {
                    sum = Lanes.add(sum, Lanes.load(sums, from + part * heads * head + x));
                }
                Lanes.store(to, item * dim + x, Lanes.mul(sum, Lanes.splat(factor)), dim - x);
            }
        }
    }

    /** Floats of one part for {@link #sumParts}, where rows of whole panels are of {@code panel} floats. */
    public static long partSize(int heads, int rows, int dim, int panel) {
        return heads * ((long) rows + ROWS) * (Math.ceilDiv((long) dim, panel) * panel);
    }
}
