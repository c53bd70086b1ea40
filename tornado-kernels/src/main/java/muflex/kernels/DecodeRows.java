package muflex.kernels;

/** Keys and values of floats, a row at a time, as {@link AttentionDecode} reads them; {@link DecodePairs} is the same for bfloat16. */
public final class DecodeRows {
    private static final int WIDTH = RowTile.WIDTH;
    private static final int LENGTH = Lanes.length();

    private DecodeRows() {}

    /** The value at {@code v[from]} into row {@code j} of the panels. */
    public static void fetch(float[] v, int from, int valueDim, float[] values, int j) {
        int x = 0;
        for (; x + LENGTH <= valueDim; x += LENGTH) {
            Lanes.store(values, Panels.at(x, j, WIDTH), Lanes.load(v, from + x));
        }
        if (x < valueDim) {
            Lanes.store(values, Panels.at(x, j, WIDTH), Lanes.load(v, from + x, valueDim - x));
        }
    }

    /** query · key, both at their first element. */
    public static float dot(float[] q, int q0, float[] k, int k0, int dim) {
        Lanes even = Lanes.zero();
        Lanes odd = Lanes.zero();
        int d = 0;
        for (; d + 2 * LENGTH <= dim; d += 2 * LENGTH) {
            even = Lanes.fma(Lanes.load(q, q0 + d), Lanes.load(k, k0 + d), even);
            odd = Lanes.fma(Lanes.load(q, q0 + d + LENGTH), Lanes.load(k, k0 + d + LENGTH), odd);
        }
        for (; d < dim; d += LENGTH) {
            even = Lanes.fma(Lanes.load(q, q0 + d, dim - d), Lanes.load(k, k0 + d, dim - d), even);
        }
        return Lanes.horizontalSum(Lanes.add(even, odd));
    }

    /**
     * {@code s[sOffset + i · WIDTH]} = query (row + i) · key for i &lt; 4; a row that doesn't exist repeats the last. One key at a
     * time, so that memory is read in order.
     */
    public static void dots(float[] q, int row, int rows, float[] k, int k0, int dim, float[] s, int sOffset) {
        int q0 = row * dim;
        int q1 = q0 + Math.min(1, rows - 1) * dim;
        int q2 = q0 + Math.min(2, rows - 1) * dim;
        int q3 = q0 + Math.min(3, rows - 1) * dim;
        Lanes s0 = Lanes.zero();
        Lanes s1 = Lanes.zero();
        Lanes s2 = Lanes.zero();
        Lanes s3 = Lanes.zero();
        int d = 0;
        for (; d + LENGTH <= dim; d += LENGTH) {
            Lanes y = Lanes.load(k, k0 + d);
            s0 = Lanes.fma(Lanes.load(q, q0 + d), y, s0);
            s1 = Lanes.fma(Lanes.load(q, q1 + d), y, s1);
            s2 = Lanes.fma(Lanes.load(q, q2 + d), y, s2);
            s3 = Lanes.fma(Lanes.load(q, q3 + d), y, s3);
        }
        float x0 = Lanes.horizontalSum(s0);
        float x1 = Lanes.horizontalSum(s1);
        float x2 = Lanes.horizontalSum(s2);
        float x3 = Lanes.horizontalSum(s3);
        for (; d < dim; d++) {
            x0 = Math.fma(q[q0 + d], k[k0 + d], x0);
            x1 = Math.fma(q[q1 + d], k[k0 + d], x1);
            x2 = Math.fma(q[q2 + d], k[k0 + d], x2);
            x3 = Math.fma(q[q3 + d], k[k0 + d], x3);
        }
        s[sOffset] = x0;
        s[sOffset + WIDTH] = x1;
        s[sOffset + 2 * WIDTH] = x2;
        s[sOffset + 3 * WIDTH] = x3;
    }

    /** Output row {@code r} += p · value. */
    public static void add(float p, float[] v, int from, int valueDim, float[] output, int r) {
        Lanes y = Lanes.splat(p);
        int x = 0;
        for (; x + LENGTH <= valueDim; x += LENGTH) {
            int to = Panels.at(x, r, AttentionDecode.MOST_ROWS);
            Lanes.store(output, to, Lanes.fma(y, Lanes.load(v, from + x), Lanes.load(output, to)));
        }
        if (x < valueDim) {
            int to = Panels.at(x, r, AttentionDecode.MOST_ROWS);
            Lanes.store(output, to, Lanes.fma(y, Lanes.load(v, from + x, valueDim - x), Lanes.load(output, to)));
        }
    }
}
