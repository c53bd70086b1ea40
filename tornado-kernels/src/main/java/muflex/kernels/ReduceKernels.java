package muflex.kernels;

/**
 * Sums in two passes over a partition that depends on the sizes alone, so that results do not depend on the number of
 * threads: every item sums its part to {@code partial}, then one pass adds the partial sums in order.
 */
public final class ReduceKernels {

    private ReduceKernels() {}

    /** {@code partial[at + item]} = the sum of {@code span} elements of x, which has {@code size}. */
    public static void sum(float[] x, float[] partial, int at, int size, int span, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            int step = Lanes.length();
            int to = Math.min(size, (item + 1) * span);
            Lanes sum = Lanes.zero();
            int i = item * span;
            for (; i <= to - step; i += step) {
                sum = Lanes.add(sum, Lanes.load(x, i));
            }
            if (i < to) {
                sum = Lanes.add(sum, Lanes.load(x, i, to - i));
            }
            partial[at + item] = Lanes.horizontalSum(sum);
        }
    }

    /** {@code partial[at + item]} = the sum of squares of {@code span} elements of x, which has {@code size}. */
    public static void sumSquares(float[] x, float[] partial, int at, int size, int span, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            int step = Lanes.length();
            int to = Math.min(size, (item + 1) * span);
            Lanes sum = Lanes.zero();
            int i = item * span;
            for (; i <= to - step; i += step) {
                Lanes value = Lanes.load(x, i);
                sum = Lanes.fma(value, value, sum);
            }
            if (i < to) {
                Lanes value = Lanes.load(x, i, to - i);
                sum = Lanes.fma(value, value, sum);
            }
            partial[at + item] = Lanes.horizontalSum(sum);
        }
    }

    /** {@code out[0] = factor · Σ partial[0 … count)}, in order, in float64. A single item. */
    public static void total(float[] partial, float[] out, double factor, int count, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            double sum = 0;
            for (int i = 0; i < count; i++) {
                sum += partial[i];
            }
            out[item] = (float) (factor * sum);
        }
    }

    /** {@code partial[item, c]} = the sum of x[r, c] over the {@code block} rows of an item. */
    public static void sumRows(float[] x, float[] partial, int rows, int columns, int block, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            int to = item * columns;
            for (int c = 0; c < columns; c++) {
                partial[to + c] = 0;
            }
            int end = Math.min(rows, (item + 1) * block);
            for (int row = item * block; row < end; row++) {
                accumulate(x, row * columns, partial, to, columns);
            }
        }
    }

    /** {@code out[c] = Σ over parts, in order, of partial[part, c]}; one item is a block of {@link Lanes#length} columns. */
    public static void totalRows(float[] partial, float[] out, int parts, int columns, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            int c = item * Lanes.length();
            int count = Math.min(Lanes.length(), columns - c);
            Lanes sum = Lanes.zero();
            for (int part = 0; part < parts; part++) {
                sum = Lanes.add(sum, Lanes.load(partial, part * columns + c, count));
            }
            Lanes.store(out, c, sum, count);
        }
    }

    private static void accumulate(float[] x, int from, float[] sums, int to, int count) {
        int step = Lanes.length();
        int i = 0;
        for (; i <= count - step; i += step) {
            Lanes.store(sums, to + i, Lanes.add(Lanes.load(sums, to + i), Lanes.load(x, from + i)));
        }
        int rest = count - i;
        if (rest > 0) {
            Lanes sum = Lanes.add(Lanes.load(sums, to + i, rest), Lanes.load(x, from + i, rest));
            Lanes.store(sums, to + i, sum, rest);
        }
    }
}
