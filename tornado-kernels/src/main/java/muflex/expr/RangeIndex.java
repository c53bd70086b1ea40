package muflex.expr;

/** Least and greatest element of any range of an array, in time logarithmic in its length: a segment tree. */
final class RangeIndex {
    private final int length;
    private final double[] min;
    private final double[] max;
    private final boolean nan;

    /** Of an {@code int[]}, {@code byte[]} or {@code float[]}; of floats, NaNs are left out. */
    RangeIndex(Object array) {
        length = java.lang.reflect.Array.getLength(array);
        min = new double[2 * length];
        max = new double[2 * length];
        boolean anyNaN = false;
        for (int i = 0; i < length; i++) {
            double value = element(array, i);
            anyNaN |= Double.isNaN(value);
            min[length + i] = Double.isNaN(value) ? Double.POSITIVE_INFINITY : value;
            max[length + i] = Double.isNaN(value) ? Double.NEGATIVE_INFINITY : value;
        }
        nan = anyNaN;
        for (int i = length - 1; i > 0; i--) {
            min[i] = Math.min(min[2 * i], min[2 * i + 1]);
            max[i] = Math.max(max[2 * i], max[2 * i + 1]);
        }
    }

    private static double element(Object array, int i) {
        return switch (array) {
            case int[] ints -> ints[i];
            case byte[] bytes -> bytes[i];
            case float[] floats -> floats[i];
            default -> throw new IllegalStateException("not an array that expressions read: " + array.getClass());
        };
    }

    int length() {
        return length;
    }

    /** Whether any element is NaN. */
    boolean hasNaN() {
        return nan;
    }

    /** The least of the elements from {@code first} to {@code last}, both included. */
    double min(long first, long last) {
        double least = Double.POSITIVE_INFINITY;
        int l = (int) first + length;
        int r = (int) last + length + 1;
        while (l < r) {
            if ((l & 1) == 1) {
                least = Math.min(least, min[l++]);
            }
            if ((r & 1) == 1) {
                least = Math.min(least, min[--r]);
            }
            l >>= 1;
            r >>= 1;
        }
        return least;
    }

    /** The greatest of the elements from {@code first} to {@code last}, both included. */
    double max(long first, long last) {
        double greatest = Double.NEGATIVE_INFINITY;
        int l = (int) first + length;
        int r = (int) last + length + 1;
        while (l < r) {
            if ((l & 1) == 1) {
                greatest = Math.max(greatest, max[l++]);
            }
            if ((r & 1) == 1) {
                greatest = Math.max(greatest, max[--r]);
            }
            l >>= 1;
            r >>= 1;
        }
        return greatest;
    }
}
