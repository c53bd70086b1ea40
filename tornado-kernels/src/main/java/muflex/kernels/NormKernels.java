package muflex.kernels;

/**
 * Norms of the rows of {@code x [rows, columns]}: {@code x̂ = (x − mean) · r}, {@code y = x̂ · gain + bias}, where
 * {@code r = 1/√(mean((x − mean)²) + epsilon)}. RMSNorm (arXiv:1910.07467) has mean and bias 0; LayerNorm
 * (arXiv:1607.06450) has the row's mean. A missing gain is given as ones.
 */
public final class NormKernels {

    /** Rows in one item of the gradient. */
    public static final int ROWS = 32;

    private NormKernels() {}

    /** {@code y} and {@code r [rows]} of RMSNorm; one item is a row; y may be x. */
    public static void rmsNorm(
            float[] x, float[] gain, float[] y, float[] r, int columns, float epsilon, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            int at = item * columns;
            float root = inverseRoot(x, at, 0, columns, epsilon);
            r[item] = root;
            int step = Lanes.length();
            Lanes roots = Lanes.splat(root);
            int c = 0;
            for (; c <= columns - step; c += step) {
                Lanes normed = Lanes.mul(Lanes.load(x, at + c), roots);
                Lanes.store(y, at + c, Lanes.mul(normed, Lanes.load(gain, c)));
            }
            int rest = columns - c;
            if (rest > 0) {
                Lanes normed = Lanes.mul(Lanes.load(x, at + c, rest), roots);
                Lanes.store(y, at + c, Lanes.mul(normed, Lanes.load(gain, c, rest)), rest);
            }
        }
    }

    /** {@code y}, {@code mean [rows]} and {@code r [rows]} of LayerNorm; one item is a row; y may be x. */
    public static void layerNorm(
            float[] x,
            float[] gain,
            float[] bias,
            float[] y,
            float[] mean,
            float[] r,
            int columns,
            float epsilon,
            int first,
            int last) {
        for (@Parallel int item = first; item < last; item++) {
            int at = item * columns;
            float centre = rowSum(x, at, columns) / columns;
            float root = inverseRoot(x, at, centre, columns, epsilon);
            mean[item] = centre;
            r[item] = root;
            for (int c = 0; c < columns; c += Lanes.length()) {
                int count = Math.min(Lanes.length(), columns - c);
                Lanes centred = Lanes.sub(Lanes.load(x, at + c, count), Lanes.splat(centre));
                Lanes normed = Lanes.mul(centred, Lanes.splat(root));
                Lanes.store(
                        y, at + c, Lanes.fma(normed, Lanes.load(gain, c, count), Lanes.load(bias, c, count)), count);
            }
        }
    }

    /**
     * The derivative of RMSNorm, with {@code u = dy · gain}: {@code dx = r · (u − x̂ · mean(u · x̂))}, and
     * {@code partial[item, c] = Σ dy · x̂} over an item's {@value #ROWS} rows, to be added up to dgain. dx may be dy.
     */
    public static void rmsNormGradient(
            float[] x,
            float[] gain,
            float[] r,
            float[] dy,
            float[] dx,
            float[] partial,
            int rows,
            int columns,
            int first,
            int last) {
        for (@Parallel int item = first; item < last; item++) {
            clear(partial, item * columns, columns);
            int end = Math.min(rows, (item + 1) * ROWS);
            for (int row = item * ROWS; row < end; row++) {
                gradientRow(x, gain, dy, dx, partial, item * columns, row * columns, columns, 0, r[row], false);
            }
        }
    }

    /** The derivative of LayerNorm: as for RMSNorm, and less {@code r · mean(u)}. dx may be dy. */
    public static void layerNormGradient(
            float[] x,
            float[] gain,
            float[] mean,
            float[] r,
            float[] dy,
            float[] dx,
            float[] partial,
            int rows,
            int columns,
            int first,
            int last) {
        for (@Parallel int item = first; item < last; item++) {
            clear(partial, item * columns, columns);
            int end = Math.min(rows, (item + 1) * ROWS);
            for (int row = item * ROWS; row < end; row++) {
                gradientRow(x, gain, dy, dx, partial, item * columns, row * columns, columns, mean[row], r[row], true);
            }
        }
    }

    private static void gradientRow(
            float[] x,
            float[] gain,
            float[] dy,
            float[] dx,
            float[] partial,
            int part,
            int at,
            int columns,
            float mean,
            float r,
            boolean centred) {
        int step = Lanes.length();
        Lanes means = Lanes.splat(mean);
        Lanes roots = Lanes.splat(r);
        Lanes along = Lanes.zero();
        Lanes total = Lanes.zero();
        for (int c = 0; c < columns; c += step) {
            int count = Math.min(step, columns - c);
            Lanes u = Lanes.mul(Lanes.load(dy, at + c, count), Lanes.load(gain, c, count));
            Lanes normed = Lanes.mul(Lanes.sub(Lanes.load(x, at + c, count), means), roots);
            along = Lanes.fma(u, normed, along);
            total = Lanes.add(total, u);
        }
        Lanes slope = Lanes.splat(-Lanes.horizontalSum(along) / columns);
        Lanes shift = Lanes.splat(centred ? -Lanes.horizontalSum(total) / columns : 0);
        for (int c = 0; c < columns; c += step) {
            int count = Math.min(step, columns - c);
            Lanes d = Lanes.load(dy, at + c, count);
            Lanes normed = Lanes.mul(Lanes.sub(Lanes.load(x, at + c, count), means), roots);
            Lanes.store(partial, part + c, Lanes.fma(d, normed, Lanes.load(partial, part + c, count)), count);
            Lanes u = Lanes.fma(d, Lanes.load(gain, c, count), shift);
            Lanes.store(dx, at + c, Lanes.mul(roots, Lanes.fma(normed, slope, u)), count);
        }
    }

    private static void clear(float[] array, int from, int count) {
        for (int i = from; i < from + count; i++) {
            array[i] = 0;
        }
    }

    private static float rowSum(float[] x, int at, int columns) {
        Lanes sum = Lanes.zero();
        for (int c = 0; c < columns; c += Lanes.length()) {
            sum = Lanes.add(sum, Lanes.load(x, at + c, Math.min(Lanes.length(), columns - c)));
        }
        return Lanes.horizontalSum(sum);
    }

    private static float inverseRoot(float[] x, int at, float mean, int columns, float epsilon) {
        int step = Lanes.length();
        Lanes means = Lanes.splat(mean);
        Lanes sum = Lanes.zero();
        int c = 0;
        for (; c <= columns - step; c += step) {
            Lanes centred = Lanes.sub(Lanes.load(x, at + c), means);
            sum = Lanes.fma(centred, centred, sum);
        }
        double rest = 0;
        for (; c < columns; c++) {
            double centred = x[at + c] - mean;
            rest += centred * centred;
        }
        return (float) (1 / Math.sqrt((Lanes.horizontalSum(sum) + rest) / columns + epsilon));
    }
}
