package muflex.kernels;

/** {@link AttentionBackward#delta} for GPUs: eight items to a row, which read all of their part of it before they sum. */
public final class WarpDelta {
    /** Work items in a group. */
    public static final int ITEMS = 128;

    /** Items to a row. */
    private static final int LANES = 8;

    /** Rows of a group. */
    private static final int ROWS = ITEMS / LANES;

    private static final int QUAD = 4;
    private static final float LOG2_E = 1.442695f;

    private WarpDelta() {}

    /** Groups that {@link #delta} is called by. */
    public static int groups(int rows) {
        return (rows + ROWS - 1) / ROWS;
    }

    /**
     * Fills {@code delta [rows]}: δ = Σ out · dOut − dLse, from rows of {@code valueDim} floats; dLse is an array of rows or empty for 0.
     * And {@code shift [rows]}: −lse in powers of 2, −∞ in rows that attend to nothing, so that all their weights are 0. Each
     * item sums quads of columns 32 apart, then the items of a row are added in pairs: the same every time.
     */
    public static void delta(
            float[] out,
            float[] dOut,
            float[] dLse,
            float[] lse,
            float[] delta,
            float[] shift,
            int rows,
            int valueDim) {
        int row = WorkGroup.groupId() * ROWS + WorkGroup.localId() / LANES;
        int first = WorkGroup.localId() % LANES * QUAD;
        int quads = (valueDim + LANES * QUAD - 1) / (LANES * QUAD);
        float[] x = new float[quads * QUAD];
        float[] y = new float[quads * QUAD];
        for (int i = 0; i < WorkGroup.unrolled(quads); i++) {
            int column = first + i * LANES * QUAD;
            read(out, row, rows, column, valueDim, x, i * QUAD);
            read(dOut, row, rows, column, valueDim, y, i * QUAD);
        }
        float sum = 0f;
        for (int i = 0; i < WorkGroup.unrolled(quads * QUAD); i++) {
            sum = Math.fma(x[i], y[i], sum);
        }
        for (int distance = 1; distance < LANES; distance *= 2) {
            sum += Mma.fromPartner(sum, distance);
        }
        if (first == 0 && row < rows) {
            delta[row] = sum - (dLse.length > 0 ? dLse[row] : 0f);
            shift[row] = lse[row] == Float.NEGATIVE_INFINITY ? lse[row] : -lse[row] * LOG2_E;
        }
    }

    /** Four columns of a row; zeros past either's end. */
    private static void read(float[] from, int row, int rows, int column, int dim, float[] to, int at) {
        if (dim % QUAD == 0 && row < rows && column < dim) {
            Mma.readQuad(from, row * dim + column, to, at);
        } else {
            for (int i = 0; i < QUAD; i++) {
                to[at + i] = row < rows && column + i < dim ? from[row * dim + column + i] : 0f;
            }
        }
    }
}
