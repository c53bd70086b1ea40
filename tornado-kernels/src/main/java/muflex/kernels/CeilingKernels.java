package muflex.kernels;

/** What a device can do at most: arithmetic without memory, and memory without arithmetic. */
public final class CeilingKernels {

    /** Elements of one work item of {@link #triad} on cores with caches. */
    public static final int SPAN = 16384;

    /** Chains of multiply-adds that don't wait for one another: more than latency times units of today's cores. */
    public static final int CHAINS = 12;

    private CeilingKernels() {}

    /** Lanes in a vector of the engine that loaded the kernels. */
    public static int lanes() {
        return Lanes.length();
    }

    /** Floating-point operations of one item of {@link #multiplyAdd}, at {@code lanes} lanes. */
    public static long flops(int rounds, int lanes) {
        return 2L * CHAINS * rounds * lanes;
    }

    /** One item: {@code rounds} multiply-adds in each chain, and one store so that nothing is left out. */
    public static void multiplyAdd(float[] out, float factor, int rounds, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            Lanes x = Lanes.splat(factor);
            Lanes c0 = Lanes.splat(0f);
            Lanes c1 = Lanes.splat(1f);
            Lanes c2 = Lanes.splat(2f);
            Lanes c3 = Lanes.splat(3f);
            Lanes c4 = Lanes.splat(4f);
            Lanes c5 = Lanes.splat(5f);
            Lanes c6 = Lanes.splat(6f);
            Lanes c7 = Lanes.splat(7f);
            Lanes c8 = Lanes.splat(8f);
            Lanes c9 = Lanes.splat(9f);
            Lanes c10 = Lanes.splat(10f);
            Lanes c11 = Lanes.splat(11f);
            for (int round = 0; round < rounds; round++) {
                c0 = Lanes.fma(c0, x, x);
                c1 = Lanes.fma(c1, x, x);
                c2 = Lanes.fma(c2, x, x);
                c3 = Lanes.fma(c3, x, x);
                c4 = Lanes.fma(c4, x, x);
                c5 = Lanes.fma(c5, x, x);
                c6 = Lanes.fma(c6, x, x);
                c7 = Lanes.fma(c7, x, x);
                c8 = Lanes.fma(c8, x, x);
                c9 = Lanes.fma(c9, x, x);
                c10 = Lanes.fma(c10, x, x);
                c11 = Lanes.fma(c11, x, x);
            }
            Lanes low = Lanes.add(Lanes.add(c0, c1), Lanes.add(c2, c3));
            Lanes middle = Lanes.add(Lanes.add(c4, c5), Lanes.add(c6, c7));
            Lanes high = Lanes.add(Lanes.add(c8, c9), Lanes.add(c10, c11));
            Lanes.store(out, item * Lanes.length(), Lanes.add(low, Lanes.add(middle, high)));
        }
    }

    /**
     * {@code c = a + factor · b} (STREAM's triad, McCalpin 1995).
     *
     * @param span elements of an item, a multiple of the lanes
     */
    public static void triad(float[] a, float[] b, float[] c, float factor, int span, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            Lanes factors = Lanes.splat(factor);
            int end = (item + 1) * span;
            for (int i = item * span; i < end; i += Lanes.length()) {
                Lanes.store(c, i, Lanes.fma(Lanes.load(b, i), factors, Lanes.load(a, i)));
            }
        }
    }
}
