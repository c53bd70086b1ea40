package muflex.kernels;

/**
 * The register tile of {@link RowTile} for a left operand that is itself a panel, read transposed:
 *
 * <pre>  C[r, :] += Σₖ A[k, r] · B[k, :]</pre>
 *
 * <p>A and B are panels of {@code depth} rows of {@link RowTile#WIDTH} floats; {@code aOffset} points at the column of A that
 * is the tile's first row. It is how scores that lie one way are used the other way without being transposed.
 *
 * <p>With two 256-bit vectors, sums that start at 0 and are added to C after the loop reach 88 GFLOP/s on one Zen 3 core, sums
 * that start as C 77 (see {@link RowTile}).
 */
public final class ColumnTile {
    private static final int WIDTH = RowTile.WIDTH;
    private static final int LENGTH = Lanes.length();

    private ColumnTile() {}

    /** C += Aᵀ · B, {@value RowTile#ROWS} rows. */
    public static void add(
            int vectors,
            float[] a,
            int aOffset,
            float[] b,
            int bOffset,
            int depth,
            float[] c,
            int cOffset,
            int cStride) {
        if (RowTile.WIDE && vectors > 2) {
            add4(a, aOffset, b, bOffset, depth, c, cOffset, cStride);
        } else {
            add2(a, aOffset, b, bOffset, depth, c, cOffset, cStride);
        }
    }

    private static void add4(
            float[] a, int aOffset, float[] b, int bOffset, int depth, float[] c, int cOffset, int cStride) {
        Lanes c00 = Lanes.load(c, cOffset);
        Lanes c01 = Lanes.load(c, cOffset + LENGTH);
        Lanes c02 = Lanes.load(c, cOffset + 2 * LENGTH);
        Lanes c03 = Lanes.load(c, cOffset + 3 * LENGTH);
        Lanes c10 = Lanes.load(c, cOffset + cStride);
        Lanes c11 = Lanes.load(c, cOffset + cStride + LENGTH);
        Lanes c12 = Lanes.load(c, cOffset + cStride + 2 * LENGTH);
        Lanes c13 = Lanes.load(c, cOffset + cStride + 3 * LENGTH);
        Lanes c20 = Lanes.load(c, cOffset + 2 * cStride);
        Lanes c21 = Lanes.load(c, cOffset + 2 * cStride + LENGTH);
        Lanes c22 = Lanes.load(c, cOffset + 2 * cStride + 2 * LENGTH);
        Lanes c23 = Lanes.load(c, cOffset + 2 * cStride + 3 * LENGTH);
        Lanes c30 = Lanes.load(c, cOffset + 3 * cStride);
        Lanes c31 = Lanes.load(c, cOffset + 3 * cStride + LENGTH);
        Lanes c32 = Lanes.load(c, cOffset + 3 * cStride + 2 * LENGTH);
        Lanes c33 = Lanes.load(c, cOffset + 3 * cStride + 3 * LENGTH);
        for (int k = 0; k < depth; k++) {
            int at = bOffset + k * WIDTH;
            int a0 = aOffset + k * WIDTH;
            Lanes b0 = Lanes.load(b, at);
            Lanes b1 = Lanes.load(b, at + LENGTH);
            Lanes b2 = Lanes.load(b, at + 2 * LENGTH);
            Lanes b3 = Lanes.load(b, at + 3 * LENGTH);
            Lanes x0 = Lanes.splat(a[a0]);
            c00 = Lanes.fma(x0, b0, c00);
            c01 = Lanes.fma(x0, b1, c01);
            c02 = Lanes.fma(x0, b2, c02);
            c03 = Lanes.fma(x0, b3, c03);
            Lanes x1 = Lanes.splat(a[a0 + 1]);
            c10 = Lanes.fma(x1, b0, c10);
            c11 = Lanes.fma(x1, b1, c11);
            c12 = Lanes.fma(x1, b2, c12);
            c13 = Lanes.fma(x1, b3, c13);
            Lanes x2 = Lanes.splat(a[a0 + 2]);
            c20 = Lanes.fma(x2, b0, c20);
            c21 = Lanes.fma(x2, b1, c21);
            c22 = Lanes.fma(x2, b2, c22);
            c23 = Lanes.fma(x2, b3, c23);
            Lanes x3 = Lanes.splat(a[a0 + 3]);
            c30 = Lanes.fma(x3, b0, c30);
            c31 = Lanes.fma(x3, b1, c31);
            c32 = Lanes.fma(x3, b2, c32);
            c33 = Lanes.fma(x3, b3, c33);
        }
        Lanes.store(c, cOffset, c00);
        Lanes.store(c, cOffset + LENGTH, c01);
        Lanes.store(c, cOffset + 2 * LENGTH, c02);
        Lanes.store(c, cOffset + 3 * LENGTH, c03);
        Lanes.store(c, cOffset + cStride, c10);
        Lanes.store(c, cOffset + cStride + LENGTH, c11);
        Lanes.store(c, cOffset + cStride + 2 * LENGTH, c12);
        Lanes.store(c, cOffset + cStride + 3 * LENGTH, c13);
        Lanes.store(c, cOffset + 2 * cStride, c20);
        Lanes.store(c, cOffset + 2 * cStride + LENGTH, c21);
        Lanes.store(c, cOffset + 2 * cStride + 2 * LENGTH, c22);
        Lanes.store(c, cOffset + 2 * cStride + 3 * LENGTH, c23);
        Lanes.store(c, cOffset + 3 * cStride, c30);
        Lanes.store(c, cOffset + 3 * cStride + LENGTH, c31);
        Lanes.store(c, cOffset + 3 * cStride + 2 * LENGTH, c32);
        Lanes.store(c, cOffset + 3 * cStride + 3 * LENGTH, c33);
    }

    private static void add2(
            float[] a, int aOffset, float[] b, int bOffset, int depth, float[] c, int cOffset, int cStride) {
        Lanes c00 = Lanes.zero();
        Lanes c01 = Lanes.zero();
        Lanes c10 = Lanes.zero();
        Lanes c11 = Lanes.zero();
        Lanes c20 = Lanes.zero();
        Lanes c21 = Lanes.zero();
        Lanes c30 = Lanes.zero();
        Lanes c31 = Lanes.zero();
        for (int k = 0; k < depth; k++) {
            int at = bOffset + k * WIDTH;
            int a0 = aOffset + k * WIDTH;
            Lanes b0 = Lanes.load(b, at);
            Lanes b1 = Lanes.load(b, at + LENGTH);
            Lanes x0 = Lanes.splat(a[a0]);
            c00 = Lanes.fma(x0, b0, c00);
            c01 = Lanes.fma(x0, b1, c01);
            Lanes x1 = Lanes.splat(a[a0 + 1]);
            c10 = Lanes.fma(x1, b0, c10);
            c11 = Lanes.fma(x1, b1, c11);
            Lanes x2 = Lanes.splat(a[a0 + 2]);
            c20 = Lanes.fma(x2, b0, c20);
            c21 = Lanes.fma(x2, b1, c21);
            Lanes x3 = Lanes.splat(a[a0 + 3]);
            c30 = Lanes.fma(x3, b0, c30);
            c31 = Lanes.fma(x3, b1, c31);
        }
        Lanes.store(c, cOffset, Lanes.add(Lanes.load(c, cOffset), c00));
        Lanes.store(c, cOffset + LENGTH, Lanes.add(Lanes.load(c, cOffset + LENGTH), c01));
        Lanes.store(c, cOffset + cStride, Lanes.add(Lanes.load(c, cOffset + cStride), c10));
        Lanes.store(c, cOffset + cStride + LENGTH, Lanes.add(Lanes.load(c, cOffset + cStride + LENGTH), c11));
        Lanes.store(c, cOffset + 2 * cStride, Lanes.add(Lanes.load(c, cOffset + 2 * cStride), c20));
        Lanes.store(c, cOffset + 2 * cStride + LENGTH, Lanes.add(Lanes.load(c, cOffset + 2 * cStride + LENGTH), c21));
        Lanes.store(c, cOffset + 3 * cStride, Lanes.add(Lanes.load(c, cOffset + 3 * cStride), c30));
        Lanes.store(c, cOffset + 3 * cStride + LENGTH, Lanes.add(Lanes.load(c, cOffset + 3 * cStride + LENGTH), c31));
    }
}
