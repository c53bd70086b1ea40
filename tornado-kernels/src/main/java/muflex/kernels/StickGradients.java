package muflex.kernels;

/** What {@link StickBackward} does element by element in a tile of scores, rows of {@link RowTile#WIDTH}, keys along them. */
public final class StickGradients {
    private static final int WIDTH = RowTile.WIDTH;
    private static final int LENGTH = Lanes.length();

    /** Of the stick; half a unit in the last place of 1 is 6e-8. */
    private static final float USED_UP = 4e-8f;

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

    /**
     * ds ← g − σ · (δ − Σ g of newer keys − dLse). Where newer keys left less than {@link #USED_UP}, δ − Σ is taken as 0: it is at most
     * that times the largest dP, and what is computed would be rounding, which dQ adds up over all older keys.
     *
     * @param weights p
     */
    public static void gradients(
            float[] weights, float[] ds, int row, float[] shares, float[] sums, float delta, float dLse) {
        for (int x = row; x < row + WIDTH; x += LENGTH) {
            Lanes share = Lanes.load(shares, x);
            Lanes older = Lanes.sub(Lanes.splat(delta), Lanes.load(sums, x));
            Lanes least = Lanes.mul(share, Lanes.splat(USED_UP));
            older = Lanes.whereLess(Lanes.load(weights, x), least, Lanes.zero(), older);
            Lanes loss = Lanes.mul(share, Lanes.sub(older, Lanes.splat(dLse)));
            Lanes.store(ds, x, Lanes.sub(Lanes.load(ds, x), loss));
        }
    }
}
