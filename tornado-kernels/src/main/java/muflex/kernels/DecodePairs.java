package muflex.kernels;

/**
 * Keys and values of bfloat16, two neighbours in a float, the first in its lower half ({@link Lanes#low}), as {@link AttentionDecode}
 * reads them; {@link DecodeRows} is the same for floats.
 *
 * <p>No lane crosses another: queries and outputs, in scratch, have the elements of even places first, each half in whole vectors.
 */
public final class DecodePairs {
    private static final int WIDTH = RowTile.WIDTH;
    private static final int LENGTH = Lanes.length();

    private DecodePairs() {}

    /** Floats of a row of {@code dim} numbers. */
    public static int floats(int dim) {
        return (dim + 1) / 2;
    }

    /** Floats of a query or output of {@code dim} numbers in scratch; what no number has must be 0. */
    public static int width(int dim) {
        return 2 * half(dim);
    }

    private static int half(int dim) {
        return (floats(dim) + LENGTH - 1) / LENGTH * LENGTH;
    }

    /** Where number {@code x} of {@code dim} is in scratch. */
    public static int place(int x, int dim) {
        return x % 2 * half(dim) + x / 2;
    }

    /** The value at {@code v[from]} into row {@code j} of the panels. */
    public static void fetch(float[] v, int from, int valueDim, float[] values, int j) {
        int half = half(valueDim);
        int floats = floats(valueDim);
        int x = 0;
        for (; x + LENGTH <= floats; x += LENGTH) {
            put(Lanes.load(v, from + x), x, half, values, j);
        }
        if (x < floats) {
            put(Lanes.load(v, from + x, floats - x), x, half, values, j);
        }
    }

    private static void put(Lanes pairs, int x, int half, float[] values, int j) {
        int y = half + x;
        Lanes.store(values, Panels.at(x, j, WIDTH), Lanes.low(pairs));
        Lanes.store(values, Panels.at(y, j, WIDTH), Lanes.high(pairs));
    }

    /** query · key, both at their first element. */
    public static float dot(float[] q, int q0, float[] k, int k0, int dim) {
        int half = half(dim);
        int floats = floats(dim);
        Lanes even = Lanes.zero();
        Lanes odd = Lanes.zero();
        int d = 0;
        for (; d + LENGTH <= floats; d += LENGTH) {
            Lanes pairs = Lanes.load(k, k0 + d);
            even = Lanes.fma(Lanes.load(q, q0 + d), Lanes.low(pairs), even);
            odd = Lanes.fma(Lanes.load(q, q0 + half + d), Lanes.high(pairs), odd);
        }
        if (d < floats) {
            Lanes pairs = Lanes.load(k, k0 + d, floats - d);
            even = Lanes.fma(Lanes.load(q, q0 + d), Lanes.low(pairs), even);
            odd = Lanes.fma(Lanes.load(q, q0 + half + d), Lanes.high(pairs), odd);
        }
        return Lanes.horizontalSum(Lanes.add(even, odd));
    }

    /** {@code s[sOffset + i · WIDTH]} = query (row + i) · key for i &lt; 4; a row that doesn't exist repeats the last. */
    public static void dots(float[] q, int row, int rows, float[] k, int k0, int dim, float[] s, int sOffset) {
        int half = half(dim);
        int floats = floats(dim);
        int q0 = row * 2 * half;
        int q1 = q0 + Math.min(1, rows - 1) * 2 * half;
        int q2 = q0 + Math.min(2, rows - 1) * 2 * half;
        int q3 = q0 + Math.min(3, rows - 1) * 2 * half;
        Lanes s0 = Lanes.zero();
        Lanes s1 = Lanes.zero();
        Lanes s2 = Lanes.zero();
        Lanes s3 = Lanes.zero();
        int d = 0;
        for (; d + LENGTH <= floats; d += LENGTH) {
            Lanes pairs = Lanes.load(k, k0 + d);
            Lanes x = Lanes.low(pairs);
            s0 = Lanes.fma(Lanes.load(q, q0 + d), x, s0);
            s1 = Lanes.fma(Lanes.load(q, q1 + d), x, s1);
            s2 = Lanes.fma(Lanes.load(q, q2 + d), x, s2);
            s3 = Lanes.fma(Lanes.load(q, q3 + d), x, s3);
            Lanes y = Lanes.high(pairs);
            s0 = Lanes.fma(Lanes.load(q, q0 + half + d), y, s0);
            s1 = Lanes.fma(Lanes.load(q, q1 + half + d), y, s1);
            s2 = Lanes.fma(Lanes.load(q, q2 + half + d), y, s2);
            s3 = Lanes.fma(Lanes.load(q, q3 + half + d), y, s3);
        }
        if (d < floats) {
            Lanes pairs = Lanes.load(k, k0 + d, floats - d);
            Lanes x = Lanes.low(pairs);
            s0 = Lanes.fma(Lanes.load(q, q0 + d), x, s0);
            s1 = Lanes.fma(Lanes.load(q, q1 + d), x, s1);
            s2 = Lanes.fma(Lanes.load(q, q2 + d), x, s2);
            s3 = Lanes.fma(Lanes.load(q, q3 + d), x, s3);
            Lanes y = Lanes.high(pairs);
            s0 = Lanes.fma(Lanes.load(q, q0 + half + d), y, s0);
            s1 = Lanes.fma(Lanes.load(q, q1 + half + d), y, s1);
            s2 = Lanes.fma(Lanes.load(q, q2 + half + d), y, s2);
            s3 = Lanes.fma(Lanes.load(q, q3 + half + d), y, s3);
        }
        s[sOffset] = Lanes.horizontalSum(s0);
        s[sOffset + WIDTH] = Lanes.horizontalSum(s1);
        s[sOffset + 2 * WIDTH] = Lanes.horizontalSum(s2);
        s[sOffset + 3 * WIDTH] = Lanes.horizontalSum(s3);
    }

    /** Output row {@code r} += p · value. */
    public static void add(float p, float[] v, int from, int valueDim, float[] output, int r) {
        int half = half(valueDim);
        int floats = floats(valueDim);
        Lanes weight = Lanes.splat(p);
        int x = 0;
        for (; x + LENGTH <= floats; x += LENGTH) {
            add(weight, Lanes.load(v, from + x), x, half, output, r);
        }
        if (x < floats) {
            add(weight, Lanes.load(v, from + x, floats - x), x, half, output, r);
        }
    }

    private static void add(Lanes weight, Lanes pairs, int x, int half, float[] output, int r) {
        int even = Panels.at(x, r, AttentionDecode.MOST_ROWS);
        int y = half + x;
        int odd = Panels.at(y, r, AttentionDecode.MOST_ROWS);
        Lanes.store(output, even, Lanes.fma(weight, Lanes.low(pairs), Lanes.load(output, even)));
        Lanes.store(output, odd, Lanes.fma(weight, Lanes.high(pairs), Lanes.load(output, odd)));
    }
}
