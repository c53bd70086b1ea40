package muflex.kernels;

/** What {@link AttentionBackward} does element by element in a tile of scores, rows of {@link RowTile#WIDTH}. */
public final class ScoreGradients {
    private static final int WIDTH = RowTile.WIDTH;
    private static final int LENGTH = Lanes.length();
    private static final int ROWS = RowTile.ROWS;

    private ScoreGradients() {}

    /**
     * P = exp(s − lse) into s, and P ∘ (dP − δ) into ds, times {@code derivatives} where {@code scaled}; both 0 in rows that attend
     * to nothing, ds also in the rows that fill the last register tile.
     */
    public static void softmax(
            float[] s,
            float[] ds,
            float[] derivatives,
            boolean scaled,
            float[] lse,
            float[] delta,
            int firstRow,
            int rows) {
        for (int i = 0; i < rows; i++) {
            float normalizer = lse[firstRow + i];
            if (normalizer == Float.NEGATIVE_INFINITY) {
                Panels.clear(s, i * WIDTH, WIDTH);
                Panels.clear(ds, i * WIDTH, WIDTH);
            } else {
                softmaxRow(s, ds, derivatives, scaled, i * WIDTH, normalizer, delta[firstRow + i]);
            }
        }
        int end = (rows + ROWS - 1) / ROWS * ROWS;
        Panels.clear(ds, rows * WIDTH, (end - rows) * WIDTH);
    }

    private static void softmaxRow(
            float[] s, float[] ds, float[] derivatives, boolean scaled, int row, float lse, float delta) {
        for (int x = row; x < row + WIDTH; x += LENGTH) {
            Lanes p = Lanes.exp(Lanes.sub(Lanes.load(s, x), Lanes.splat(lse)));
            Lanes.store(s, x, p);
            Lanes gradient = Lanes.mul(p, Lanes.sub(Lanes.load(ds, x), Lanes.splat(delta)));
            if (scaled) {
                Lanes.store(ds, x, Lanes.mul(gradient, Lanes.load(derivatives, x)));
            } else {
                Lanes.store(ds, x, gradient);
            }
        }
    }

    /** ds ← ds ∘ derivatives. */
    public static void multiply(float[] ds, float[] derivatives, int rows) {
        for (int x = 0; x < rows * WIDTH; x += LENGTH) {
            Lanes.store(ds, x, Lanes.mul(Lanes.load(ds, x), Lanes.load(derivatives, x)));
        }
    }

    /** to ← from. */
    public static void copy(float[] from, float[] to, int rows) {
        for (int x = 0; x < rows * WIDTH; x++) {
            to[x] = from[x];
        }
    }
}
