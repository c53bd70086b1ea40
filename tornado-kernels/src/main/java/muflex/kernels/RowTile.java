package muflex.kernels;

/**
 * The heart of every matrix product, for a left operand that is row-major: a tile of C of {@value #ROWS} rows and
 * {@link #WIDTH} columns stays in registers while k runs over A's columns and B's rows,
 *
 * <pre>  C[r, :] = Σₖ A[r, k] · B[k, :]</pre>
 *
 * <p>B is a <em>panel</em>: {@code depth} rows of {@link #WIDTH} consecutive floats. The strides of A and C are free.
 * {@code vectors} says how much of the panel is wanted: its first two vectors for 1 and 2, all of it for 3 and 4.
 *
 * <p>Measured on one Zen 4 core, in GFLOP/s: four rows of four 512-bit vectors 110; six and eight rows are no faster and
 * leave more remainders; a stride of B that is no constant costs 4 % and 22 %.
 *
 * <p>With two 256-bit vectors C2 is particular about the loop. On one Zen 3 core whose peak is 92: sums that start at 0 and are
 * added to C after the loop reach 88, and for {@link #add} only where k runs down (up 62); sums that start as C 62.
 */
public final class RowTile {
    /** Rows of C in a tile. */
    public static final int ROWS = 4;

    /** Floats in a row of a panel, and columns of C in a tile: {@code tileVectors · length} of {@link Lanes}. */
    public static final int WIDTH = Lanes.tileVectors() * Lanes.length();

    /** Whether panels have four vectors; where they have two, what is for four is left out when kernels are compiled. */
    static final boolean WIDE = Lanes.tileVectors() > 2;

    private static final int LENGTH = Lanes.length();

    private RowTile() {}

    /** C = A · B. Of the four rows the first {@code rows} (1 … 4) are A's; the others repeat the last, so C must have room
     * for all four. */
    public static void multiply(
            int vectors,
            float[] a,
            int aOffset,
            int aStride,
            int rows,
            float[] b,
            int bOffset,
            int depth,
            float[] c,
            int cOffset,
            int cStride) {
        if (WIDE && vectors > 2) {
            multiply4(a, aOffset, aStride, rows, b, bOffset, depth, c, cOffset, cStride);
        } else {
            multiply2(a, aOffset, aStride, rows, b, bOffset, depth, c, cOffset, cStride);
        }
    }

    /** C += A · B; otherwise as {@link #multiply}. */
    public static void add(
            int vectors,
            float[] a,
            int aOffset,
            int aStride,
            int rows,
            float[] b,
            int bOffset,
            int depth,
            float[] c,
            int cOffset,
            int cStride) {
        if (WIDE && vectors > 2) {
            add4(a, aOffset, aStride, rows, b, bOffset, depth, c, cOffset, cStride);
        } else {
            add2(a, aOffset, aStride, rows, b, bOffset, depth, c, cOffset, cStride);
        }
    }

    private static void multiply4(
            float[] a,
            int aOffset,
            int aStride,
            int rows,
            float[] b,
            int bOffset,
            int depth,
            float[] c,
            int cOffset,
            int cStride) {
        Lanes c00 = Lanes.zero();
        Lanes c01 = Lanes.zero();
        Lanes c02 = Lanes.zero();
        Lanes c03 = Lanes.zero();
        Lanes c10 = Lanes.zero();
        Lanes c11 = Lanes.zero();
        Lanes c12 = Lanes.zero();
        Lanes c13 = Lanes.zero();
        Lanes c20 = Lanes.zero();
        Lanes c21 = Lanes.zero();
        Lanes c22 = Lanes.zero();
        Lanes c23 = Lanes.zero();
        Lanes c30 = Lanes.zero();
        Lanes c31 = Lanes.zero();
        Lanes c32 = Lanes.zero();
        Lanes c33 = Lanes.zero();
        int a0 = aOffset;
        int a1 = aOffset + Math.min(1, rows - 1) * aStride;
        int a2 = aOffset + Math.min(2, rows - 1) * aStride;
        int a3 = aOffset + Math.min(3, rows - 1) * aStride;
        for (int k = 0; k < depth; k++) {
            int at = bOffset + k * WIDTH;
            Lanes b0 = Lanes.load(b, at);
            Lanes b1 = Lanes.load(b, at + LENGTH);
            Lanes b2 = Lanes.load(b, at + 2 * LENGTH);
            Lanes b3 = Lanes.load(b, at + 3 * LENGTH);
            Lanes x0 = Lanes.splat(a[a0 + k]);
            c00 = Lanes.fma(x0, b0, c00);
            c01 = Lanes.fma(x0, b1, c01);
            c02 = Lanes.fma(x0, b2, c02);
            c03 = Lanes.fma(x0, b3, c03);
            Lanes x1 = Lanes.splat(a[a1 + k]);
            c10 = Lanes.fma(x1, b0, c10);
            c11 = Lanes.fma(x1, b1, c11);
            c12 = Lanes.fma(x1, b2, c12);
            c13 = Lanes.fma(x1, b3, c13);
            Lanes x2 = Lanes.splat(a[a2 + k]);
            c20 = Lanes.fma(x2, b0, c20);
            c21 = Lanes.fma(x2, b1, c21);
            c22 = Lanes.fma(x2, b2, c22);
            c23 = Lanes.fma(x2, b3, c23);
            Lanes x3 = Lanes.splat(a[a3 + k]);
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

    private static void multiply2(
            float[] a,
            int aOffset,
            int aStride,
            int rows,
            float[] b,
            int bOffset,
            int depth,
            float[] c,
            int cOffset,
            int cStride) {
        Lanes c00 = Lanes.zero();
        Lanes c01 = Lanes.zero();
        Lanes c10 = Lanes.zero();
        Lanes c11 = Lanes.zero();
        Lanes c20 = Lanes.zero();
        Lanes c21 = Lanes.zero();
        Lanes c30 = Lanes.zero();
        Lanes c31 = Lanes.zero();
        int a0 = aOffset;
        int a1 = aOffset + Math.min(1, rows - 1) * aStride;
        int a2 = aOffset + Math.min(2, rows - 1) * aStride;
        int a3 = aOffset + Math.min(3, rows - 1) * aStride;
        for (int k = 0; k < depth; k++) {
            int at = bOffset + k * WIDTH;
            Lanes b0 = Lanes.load(b, at);
            Lanes b1 = Lanes.load(b, at + LENGTH);
            Lanes x0 = Lanes.splat(a[a0 + k]);
            c00 = Lanes.fma(x0, b0, c00);
            c01 = Lanes.fma(x0, b1, c01);
            Lanes x1 = Lanes.splat(a[a1 + k]);
            c10 = Lanes.fma(x1, b0, c10);
            c11 = Lanes.fma(x1, b1, c11);
            Lanes x2 = Lanes.splat(a[a2 + k]);
            c20 = Lanes.fma(x2, b0, c20);
            c21 = Lanes.fma(x2, b1, c21);
            Lanes x3 = Lanes.splat(a[a3 + k]);
            c30 = Lanes.fma(x3, b0, c30);
            c31 = Lanes.fma(x3, b1, c31);
        }
        Lanes.store(c, cOffset, c00);
        Lanes.store(c, cOffset + LENGTH, c01);
        Lanes.store(c, cOffset + cStride, c10);
        Lanes.store(c, cOffset + cStride + LENGTH, c11);
        Lanes.store(c, cOffset + 2 * cStride, c20);
        Lanes.store(c, cOffset + 2 * cStride + LENGTH, c21);
        Lanes.store(c, cOffset + 3 * cStride, c30);
        Lanes.store(c, cOffset + 3 * cStride + LENGTH, c31);
    }

    private static void add4(
            float[] a,
            int aOffset,
            int aStride,
            int rows,
            float[] b,
            int bOffset,
            int depth,
            float[] c,
            int cOffset,
            int cStride) {
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
        int a0 = aOffset;
        int a1 = aOffset + Math.min(1, rows - 1) * aStride;
        int a2 = aOffset + Math.min(2, rows - 1) * aStride;
        int a3 = aOffset + Math.min(3, rows - 1) * aStride;
        for (int k = 0; k < depth; k++) {
            int at = bOffset + k * WIDTH;
            Lanes b0 = Lanes.load(b, at);
            Lanes b1 = Lanes.load(b, at + LENGTH);
            Lanes b2 = Lanes.load(b, at + 2 * LENGTH);
            Lanes b3 = Lanes.load(b, at + 3 * LENGTH);
            Lanes x0 = Lanes.splat(a[a0 + k]);
            c00 = Lanes.fma(x0, b0, c00);
            c01 = Lanes.fma(x0, b1, c01);
            c02 = Lanes.fma(x0, b2, c02);
            c03 = Lanes.fma(x0, b3, c03);
            Lanes x1 = Lanes.splat(a[a1 + k]);
            c10 = Lanes.fma(x1, b0, c10);
            c11 = Lanes.fma(x1, b1, c11);
            c12 = Lanes.fma(x1, b2, c12);
            c13 = Lanes.fma(x1, b3, c13);
            Lanes x2 = Lanes.splat(a[a2 + k]);
            c20 = Lanes.fma(x2, b0, c20);
            c21 = Lanes.fma(x2, b1, c21);
            c22 = Lanes.fma(x2, b2, c22);
            c23 = Lanes.fma(x2, b3, c23);
            Lanes x3 = Lanes.splat(a[a3 + k]);
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
            float[] a,
            int aOffset,
            int aStride,
            int rows,
            float[] b,
            int bOffset,
            int depth,
            float[] c,
            int cOffset,
            int cStride) {
        Lanes c00 = Lanes.zero();
        Lanes c01 = Lanes.zero();
        Lanes c10 = Lanes.zero();
        Lanes c11 = Lanes.zero();
        Lanes c20 = Lanes.zero();
        Lanes c21 = Lanes.zero();
        Lanes c30 = Lanes.zero();
        Lanes c31 = Lanes.zero();
        int a0 = aOffset;
        int a1 = aOffset + Math.min(1, rows - 1) * aStride;
        int a2 = aOffset + Math.min(2, rows - 1) * aStride;
        int a3 = aOffset + Math.min(3, rows - 1) * aStride;
        for (int k = depth - 1; k >= 0; k--) {
            int at = bOffset + k * WIDTH;
            Lanes b0 = Lanes.load(b, at);
            Lanes b1 = Lanes.load(b, at + LENGTH);
            Lanes x0 = Lanes.splat(a[a0 + k]);
            c00 = Lanes.fma(x0, b0, c00);
            c01 = Lanes.fma(x0, b1, c01);
            Lanes x1 = Lanes.splat(a[a1 + k]);
            c10 = Lanes.fma(x1, b0, c10);
            c11 = Lanes.fma(x1, b1, c11);
            Lanes x2 = Lanes.splat(a[a2 + k]);
            c20 = Lanes.fma(x2, b0, c20);
            c21 = Lanes.fma(x2, b1, c21);
            Lanes x3 = Lanes.splat(a[a3 + k]);
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
