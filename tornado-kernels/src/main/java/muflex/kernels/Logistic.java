package muflex.kernels;

/**
 * σ(z) = 1 / (1 + e⁻ᶻ) and softplus(z) = ln(1 + eᶻ) of a tile of scores, both from e = exp(−|z|), which can't overflow:
 *
 * <pre>  σ = (z &lt; 0 ? e : 1) / (1 + e)        softplus = max(z, 0) + ln(1 + e)</pre>
 *
 * <p>ln(1 + e) = 2 artanh t = 2 (t + t³/3 + t⁵/5 + …), t = e / (2 + e) ≤ 1/3; what is left out after t¹³ is less than 2e-8 of it.
 */
public final class Logistic {
    private static final int WIDTH = RowTile.WIDTH;
    private static final int LENGTH = Lanes.length();

    private Logistic() {}

    /**
     * σ into {@code shares} and softplus into {@code sums}, of the first {@code count} scores, up to whole vectors, of each of {@code rows}
     * rows of {@link RowTile#WIDTH}. −∞ gives 0 and 0.
     *
     * @param shares may be {@code scores}
     */
    public static void split(float[] scores, int rows, int count, float[] shares, float[] sums) {
        for (int i = 0; i < rows; i++) {
            for (int x = i * WIDTH; x < i * WIDTH + count; x += LENGTH) {
                Lanes z = Lanes.load(scores, x);
                Lanes e = Lanes.exp(Lanes.min(z, Lanes.sub(Lanes.zero(), z)));
                Lanes one = Lanes.splat(1f);
                Lanes share = Lanes.div(Lanes.whereLess(z, Lanes.zero(), e, one), Lanes.add(one, e));
                Lanes t = Lanes.div(e, Lanes.add(Lanes.splat(2f), e));
                Lanes t2 = Lanes.mul(t, t);
                Lanes sum = Lanes.splat(2f / 13);
                sum = Lanes.fma(sum, t2, Lanes.splat(2f / 11));
                sum = Lanes.fma(sum, t2, Lanes.splat(2f / 9));
                sum = Lanes.fma(sum, t2, Lanes.splat(2f / 7));
                sum = Lanes.fma(sum, t2, Lanes.splat(2f / 5));
                sum = Lanes.fma(sum, t2, Lanes.splat(2f / 3));
                sum = Lanes.fma(sum, t2, Lanes.splat(2f));
                Lanes.store(shares, x, share);
                Lanes.store(sums, x, Lanes.fma(sum, t, Lanes.max(Lanes.zero(), z)));
            }
        }
    }
}
