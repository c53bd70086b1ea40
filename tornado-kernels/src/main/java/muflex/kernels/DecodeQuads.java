package muflex.kernels;

/**
 * Keys and values of signed bytes, four neighbours in a float, the first in its lowest byte ({@link Lanes#signedByte}), as {@link
 * AttentionDecode} reads them. A row is its scale and then {@code ⌈dim / 4⌉} floats: a number is its byte times the scale.
 *
 * <p>As in {@link DecodePairs} no lane crosses another: queries and outputs, in scratch, have the elements of places 0, 4, 8 … first,
 * then those of places 1, 5, 9 …, each quarter in whole vectors.
 */
public final class DecodeQuads {
    private static final int WIDTH = RowTile.WIDTH;
    private static final int LENGTH = Lanes.length();

    private DecodeQuads() {}

    /** Floats of a row of {@code dim} numbers. */
    public static int floats(int dim) {
        return 1 + quads(dim);
    }

    private static int quads(int dim) {
        return (dim + 3) / 4;
    }

    /** Floats of a query or output of {@code dim} numbers in scratch; what no number has must be 0. */
    public static int width(int dim) {
        return 4 * quarter(dim);
    }

    private static int quarter(int dim) {
        return (quads(dim) + LENGTH - 1) / LENGTH * LENGTH;
    }

    /** Where number {@code x} of {@code dim} is in scratch. */
    public static int place(int x, int dim) {
        return x % 4 * quarter(dim) + x / 4;
    }

    /** The value at {@code v[from]} into row {@code j} of the panels. */
    public static void fetch(float[] v, int from, int valueDim, float[] values, int j) {
        int quarter = quarter(valueDim);
        int quads = quads(valueDim);
        Lanes scale = Lanes.splat(v[from]);
        int x = 0;
        for (; x + LENGTH <= quads; x += LENGTH) {
            put(Lanes.load(v, from + 1 + x), scale, x, quarter, values, j);
        }
        if (x < quads) {
            put(Lanes.load(v, from + 1 + x, quads - x), scale, x, quarter, values, j);
        }
    }

    private static void put(Lanes quads, Lanes scale, int x, int quarter, float[] values, int j) {
        Lanes.store(values, Panels.at(x, j, WIDTH), Lanes.mul(scale, Lanes.signedByte(quads, 0)));
        Lanes.store(values, Panels.at(quarter + x, j, WIDTH), Lanes.mul(scale, Lanes.signedByte(quads, 1)));
        Lanes.store(values, Panels.at(2 * quarter + x, j, WIDTH), Lanes.mul(scale, Lanes.signedByte(quads, 2)));
        Lanes.store(values, Panels.at(3 * quarter + x, j, WIDTH), Lanes.mul(scale, Lanes.signedByte(quads, 3)));
    }

    /** query · key, both at their first element. */
    public static float dot(float[] q, int q0, float[] k, int k0, int dim) {
        int quarter = quarter(dim);
        int quads = quads(dim);
        Lanes s0 = Lanes.zero();
        Lanes s1 = Lanes.zero();
        Lanes s2 = Lanes.zero();
        Lanes s3 = Lanes.zero();
        int d = 0;
        for (; d + LENGTH <= quads; d += LENGTH) {
            Lanes x = Lanes.load(k, k0 + 1 + d);
            s0 = Lanes.fma(Lanes.load(q, q0 + d), Lanes.signedByte(x, 0), s0);
            s1 = Lanes.fma(Lanes.load(q, q0 + quarter + d), Lanes.signedByte(x, 1), s1);
            s2 = Lanes.fma(Lanes.load(q, q0 + 2 * quarter + d), Lanes.signedByte(x, 2), s2);
            s3 = Lanes.fma(Lanes.load(q, q0 + 3 * quarter + d), Lanes.signedByte(x, 3), s3);
        }
        if (d < quads) {
            Lanes x = Lanes.load(k, k0 + 1 + d, quads - d);
            s0 = Lanes.fma(Lanes.load(q, q0 + d), Lanes.signedByte(x, 0), s0);
            s1 = Lanes.fma(Lanes.load(q, q0 + quarter + d), Lanes.signedByte(x, 1), s1);
            s2 = Lanes.fma(Lanes.load(q, q0 + 2 * quarter + d), Lanes.signedByte(x, 2), s2);
            s3 = Lanes.fma(Lanes.load(q, q0 + 3 * quarter + d), Lanes.signedByte(x, 3), s3);
        }
        return k[k0] * Lanes.horizontalSum(Lanes.add(Lanes.add(s0, s1), Lanes.add(s2, s3)));
    }

    /** The key at {@code k[from]} as floats, in the order of scratch. */
    public static void widen(float[] k, int from, int dim, float[] to) {
        int quarter = quarter(dim);
        int quads = quads(dim);
        Lanes scale = Lanes.splat(k[from]);
        int d = 0;
        for (; d + LENGTH <= quads; d += LENGTH) {
            widen(Lanes.load(k, from + 1 + d), scale, d, quarter, to);
        }
        if (d < quads) {
            widen(Lanes.load(k, from + 1 + d, quads - d), scale, d, quarter, to);
        }
    }

    private static void widen(Lanes quads, Lanes scale, int d, int quarter, float[] to) {
        Lanes.store(to, d, Lanes.mul(scale, Lanes.signedByte(quads, 0)));
        Lanes.store(to, quarter + d, Lanes.mul(scale, Lanes.signedByte(quads, 1)));
        Lanes.store(to, 2 * quarter + d, Lanes.mul(scale, Lanes.signedByte(quads, 2)));
        Lanes.store(to, 3 * quarter + d, Lanes.mul(scale, Lanes.signedByte(quads, 3)));
    }

    /** Output row {@code r} += p · value. */
    public static void add(float p, float[] v, int from, int valueDim, float[] output, int r) {
        int quarter = quarter(valueDim);
        int quads = quads(valueDim);
        Lanes weight = Lanes.splat(p * v[from]);
        int x = 0;
        for (; x + LENGTH <= quads; x += LENGTH) {
            add(weight, Lanes.load(v, from + 1 + x), x, quarter, output, r);
        }
        if (x < quads) {
            add(weight, Lanes.load(v, from + 1 + x, quads - x), x, quarter, output, r);
        }
    }

    private static void add(Lanes weight, Lanes quads, int x, int quarter, float[] output, int r) {
        int x0 = Panels.at(x, r, AttentionDecode.MOST_ROWS);
        int x1 = Panels.at(quarter + x, r, AttentionDecode.MOST_ROWS);
        int x2 = Panels.at(2 * quarter + x, r, AttentionDecode.MOST_ROWS);
        int x3 = Panels.at(3 * quarter + x, r, AttentionDecode.MOST_ROWS);
        Lanes.store(output, x0, Lanes.fma(weight, Lanes.signedByte(quads, 0), Lanes.load(output, x0)));
        Lanes.store(output, x1, Lanes.fma(weight, Lanes.signedByte(quads, 1), Lanes.load(output, x1)));
        Lanes.store(output, x2, Lanes.fma(weight, Lanes.signedByte(quads, 2), Lanes.load(output, x2)));
        Lanes.store(output, x3, Lanes.fma(weight, Lanes.signedByte(quads, 3), Lanes.load(output, x3)));
    }
}
