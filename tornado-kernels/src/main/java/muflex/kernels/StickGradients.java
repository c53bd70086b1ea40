package muflex.kernels;

/** What {@link StickBackward} does element by element in a tile of scores, rows of {@link RowTile#WIDTH}, keys along them. */
public final class StickGradients {
    private static final int WIDTH = RowTile.WIDTH;
    private static final int LENGTH = Lanes.length();

    private StickGradients() {}

    /** Columns from {@code count} on: no weight and no gradient. */
    public static void clear(float[] s, float[] ds, int rows, int count) {
        for (int i = 0; i < rows; i++) {
            for (int x = i * WIDTH + count; x < (i + 1) * WIDTH; x++) {
                s[x] = Float.NEGATIVE_INFINITY;
                ds[x] = 0f;
            }
        }
    }

    /** Each element of a row ← {@code sum} and those after it; the sum with all of them. */
    public static float sumOfNewer(float[] values, int row, float sum) {
        float newer = sum;
        for (int x = row + WIDTH - 1; x >= row; x--) {
            float value = values[x];
            values[x] = newer;
            newer += value;
        }
        return newer;
    }

    /** From what newer keys left, {@code exp(−sums)}: p into s, g = p · dP into ds and {@code sums}. */
    public static void weights(float[] s, float[] ds, int row, float[] shares, float[] sums) {
        for (int x = row; x < row + WIDTH; x += LENGTH) {
            Lanes left = Lanes.exp(Lanes.sub(Lanes.zero(), Lanes.load(sums, x)));
            Lanes p = Lanes.mul(Lanes.load(shares, x), left);
            Lanes g = Lanes.mul(p, Lanes.load(ds, x));
            Lanes.store(s, x, p);
            Lanes.store(ds, x, g);
            Lanes.store(sums, x, g);
        }
    }

    /** ds ← g − σ · (δ − Σ g of newer keys). */
    public static void gradients(float[] ds, int row, float[] shares, float[] sums, float delta) {
        for (int x = row; x < row + WIDTH; x += LENGTH) {
            Lanes older = Lanes.sub(Lanes.splat(delta), Lanes.load(sums, x));
            Lanes loss = Lanes.mul(Lanes.load(shares, x), older);
            Lanes.store(ds, x, Lanes.sub(Lanes.load(ds, x), loss));
        }
    }
}
