package muflex.kernels;

/** A kernel that calls every method of Lanes, for the tests of its bindings. */
public final class LanesProbe {
    private LanesProbe() {}

    /** Lanes of this binding. */
    public static int length() {
        return Lanes.length();
    }

    /** Vectors in a row of a register tile. */
    public static int tileVectors() {
        return Lanes.tileVectors();
    }

    /** out[op] = op(a, b, c), elementwise; {@code count} a multiple of neither 8 nor 16, so that tails are taken. */
    public static void elementwise(float[] a, float[] b, float[] c, float[][] out, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            int offset = item * Lanes.length();
            int count = a.length - offset;
            Lanes x = Lanes.load(a, offset, count);
            Lanes y = Lanes.load(b, offset, count);
            Lanes z = Lanes.load(c, offset, count);
            Lanes.store(out[0], offset, Lanes.add(x, y), count);
            Lanes.store(out[1], offset, Lanes.sub(x, y), count);
            Lanes.store(out[2], offset, Lanes.mul(x, y), count);
            Lanes.store(out[3], offset, Lanes.div(x, y), count);
            Lanes.store(out[4], offset, Lanes.fma(x, y, z), count);
            Lanes.store(out[5], offset, Lanes.max(x, y), count);
            Lanes.store(out[6], offset, Lanes.min(x, y), count);
            Lanes.store(out[7], offset, Lanes.sqrt(Lanes.max(x, Lanes.zero())), count);
            Lanes.store(out[8], offset, Lanes.exp(x), count);
            Lanes.store(out[9], offset, Lanes.whereLess(x, y, z, Lanes.splat(7f)), count);
        }
    }

    /** The horizontal methods over the whole vectors of a. */
    public static float[] horizontal(float[] a) {
        Lanes sum = Lanes.zero();
        Lanes max = Lanes.splat(Float.NEGATIVE_INFINITY);
        float any = 0f;
        for (int i = 0; i + Lanes.length() <= a.length; i += Lanes.length()) {
            Lanes x = Lanes.load(a, i);
            sum = Lanes.add(sum, x);
            max = Lanes.max(max, x);
            any += Lanes.anyLess(x, Lanes.splat(-3f)) ? 1f : 0f;
            Lanes.store(a, i, Lanes.add(x, x));
        }
        return new float[] {Lanes.horizontalSum(sum), Lanes.horizontalMax(max), any};
    }
}
