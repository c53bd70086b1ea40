package muflex.kernels;

/** Sums, multiples and copies of whole tensors. One work item is {@code span} elements. */
public final class ElementKernels {

    /** Elements in one work item, for cores with caches. */
    public static final int SPAN = 4096;

    private ElementKernels() {}

    /** Lanes in a vector of the engine that loaded the kernels. */
    public static int lanes() {
        return Lanes.length();
    }

    /** {@code out = a + b}, all of {@code size} elements; out may be a or b. */
    public static void add(float[] a, float[] b, float[] out, int size, int span, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            addSpan(a, b, out, item * span, Math.min(size, (item + 1) * span));
        }
    }

    /** {@code out = a · constant · scalar[0]}, of {@code size} elements; out may be a. */
    public static void scale(
            float[] a, float[] scalar, float[] out, float constant, int size, int span, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            scaleSpan(a, out, constant * scalar[0], item * span, Math.min(size, (item + 1) * span));
        }
    }

    /** {@code out[i] = constant · scalar[0]}, of {@code size} elements. */
    public static void fill(float[] scalar, float[] out, float constant, int size, int span, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            fillSpan(out, constant * scalar[0], item * span, Math.min(size, (item + 1) * span));
        }
    }

    /** {@code out[r, c] = a[r, c] + row[c]}; one item is a row of {@code columns} elements; out may be a. */
    public static void addRow(float[] a, float[] row, float[] out, int columns, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            int at = item * columns;
            int step = Lanes.length();
            int c = 0;
            for (; c <= columns - step; c += step) {
                Lanes.store(out, at + c, Lanes.add(Lanes.load(a, at + c), Lanes.load(row, c)));
            }
            int rest = columns - c;
            if (rest > 0) {
                Lanes sum = Lanes.add(Lanes.load(a, at + c, rest), Lanes.load(row, c, rest));
                Lanes.store(out, at + c, sum, rest);
            }
        }
    }

    private static void addSpan(float[] a, float[] b, float[] out, int from, int to) {
        int step = Lanes.length();
        int i = from;
        for (; i <= to - step; i += step) {
            Lanes.store(out, i, Lanes.add(Lanes.load(a, i), Lanes.load(b, i)));
        }
        if (i < to) {
            Lanes.store(out, i, Lanes.add(Lanes.load(a, i, to - i), Lanes.load(b, i, to - i)), to - i);
        }
    }

    private static void scaleSpan(float[] a, float[] out, float factor, int from, int to) {
        int step = Lanes.length();
        Lanes factors = Lanes.splat(factor);
        int i = from;
        for (; i <= to - step; i += step) {
            Lanes.store(out, i, Lanes.mul(Lanes.load(a, i), factors));
        }
        if (i < to) {
            Lanes.store(out, i, Lanes.mul(Lanes.load(a, i, to - i), factors), to - i);
        }
    }

    private static void fillSpan(float[] out, float value, int from, int to) {
        for (int i = from; i < to; i++) {
            out[i] = value;
        }
    }
}
