package muflex.kernels;

/**
 * Norms of the rows of {@code x [rows, columns]}: {@code x̂ = (x − mean) · r}, {@code y = x̂ · gain + bias}, where
 * {@code r = 1/√(mean((x − mean)²) + epsilon)}. RMSNorm (arXiv:1910.07467) has mean and bias 0; LayerNorm
 * (arXiv:1607.06450) has the row's mean. A missing gain is given as ones.
 */
public final class NormKernels {

    private NormKernels() {}

    /** {@code y} and {@code r [rows]} of RMSNorm; one item is a row; y may be x. */
    public static void rmsNorm(
            float[] x, float[] gain, float[] y, float[] r, int columns, float epsilon, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            int at = item * columns;
            float root = inverseRoot(x, at, 0, columns, epsilon);
            r[item] = root;
            int c = 0;
            for (; c <= columns - Lanes.length(); c += Lanes.length()) {
                Lanes normed = Lanes.mul(Lanes.load(x, at + c), Lanes.splat(root));
                Lanes.store(y, at + c, Lanes.mul(normed, Lanes.load(gain, c)));
            }
            for (; c < columns; c++) {
                y[at + c] = x[at + c] * root * gain[c];
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
            applyLayer(x, gain, bias, y, at, columns, centre, root);
        }
    }

    private static void applyLayer(
            float[] x, float[] gain, float[] bias, float[] y, int at, int columns, float centre, float root) {
        int c = 0;
        for (; c <= columns - Lanes.length(); c += Lanes.length()) {
            Lanes centred = Lanes.sub(Lanes.load(x, at + c), Lanes.splat(centre));
            Lanes normed = Lanes.mul(centred, Lanes.splat(root));
            Lanes.store(y, at + c, Lanes.fma(normed, Lanes.load(gain, c), Lanes.load(bias, c)));
        }
        for (; c < columns; c++) {
            y[at + c] = Math.fma((x[at + c] - centre) * root, gain[c], bias[c]);
        }
    }

    /**
     * The derivative of RMSNorm, with {@code u = dy · gain}: {@code dx = r · (u − x̂ · mean(u · x̂))}, and
     * {@code partial[item, c] = Σ dy · x̂} over the {@code block} rows of an item, to be added up to dgain. dx may be dy.
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
            int block,
            int first,
            int last) {
        for (@Parallel int item = first; item < last; item++) {
            clear(partial, item * columns, columns);
            int end = Math.min(rows, (item + 1) * block);
            for (int row = item * block; row < end; row++) {
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
            int block,
            int first,
            int last) {
        for (@Parallel int item = first; item < last; item++) {
            clear(partial, item * columns, columns);
            int end = Math.min(rows, (item + 1) * block);
            for (int row = item * block; row < end; row++) {
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
        float slope = -sumAlong(x, gain, dy, at, columns, mean, r) / columns;
        float shift = centred ? -sumProduct(gain, 0, dy, at, columns) / columns : 0;
        int c = 0;
        for (; c <= columns - Lanes.length(); c += Lanes.length()) {
            Lanes d = Lanes.load(dy, at + c);
            Lanes normed = Lanes.mul(Lanes.sub(Lanes.load(x, at + c), Lanes.splat(mean)), Lanes.splat(r));
            Lanes.store(partial, part + c, Lanes.fma(d, normed, Lanes.load(partial, part + c)));
            Lanes u = Lanes.fma(d, Lanes.load(gain, c), Lanes.splat(shift));
            Lanes.store(dx, at + c, Lanes.mul(Lanes.splat(r), Lanes.fma(normed, Lanes.splat(slope), u)));
        }
        for (; c < columns; c++) {
            float d = dy[at + c];
            float normed = (x[at + c] - mean) * r;
            partial[part + c] = Math.fma(d, normed, partial[part + c]);
            dx[at + c] = r * Math.fma(normed, slope, Math.fma(d, gain[c], shift));
        }
    }

    /** {@code Σ gain · dy · x̂} over a row. */
    private static float sumAlong(float[] x, float[] gain, float[] dy, int at, int columns, float mean, float r) {
        Lanes sum = Lanes.zero();
        int c = 0;
        for (; c <= columns - Lanes.length(); c += Lanes.length()) {
            Lanes u = Lanes.mul(Lanes.load(dy, at + c), Lanes.load(gain, c));
            Lanes normed = Lanes.mul(Lanes.sub(Lanes.load(x, at + c), Lanes.splat(mean)), Lanes.splat(r));
            sum = Lanes.fma(u, normed, sum);
        }
        float total = Lanes.horizontalSum(sum);
        for (; c < columns; c++) {
            total = Math.fma(dy[at + c] * gain[c], (x[at + c] - mean) * r, total);
        }
        return total;
    }

    /** {@code Σ a[i] · b[i]}. */
    private static float sumProduct(float[] a, int aAt, float[] b, int bAt, int count) {
        Lanes sum = Lanes.zero();
        int i = 0;
        for (; i <= count - Lanes.length(); i += Lanes.length()) {
            sum = Lanes.fma(Lanes.load(a, aAt + i), Lanes.load(b, bAt + i), sum);
        }
        float total = Lanes.horizontalSum(sum);
        for (; i < count; i++) {
            total = Math.fma(a[aAt + i], b[bAt + i], total);
        }
        return total;
    }

    private static void clear(float[] array, int from, int count) {
        for (int i = from; i < from + count; i++) {
            array[i] = 0;
        }
    }

    private static float rowSum(float[] x, int at, int columns) {
        Lanes sum = Lanes.zero();
        int c = 0;
        for (; c <= columns - Lanes.length(); c += Lanes.length()) {
            sum = Lanes.add(sum, Lanes.load(x, at + c));
        }
        float total = Lanes.horizontalSum(sum);
        for (; c < columns; c++) {
            total += x[at + c];
        }
        return total;
    }

    private static float inverseRoot(float[] x, int at, float mean, int columns, float epsilon) {
        Lanes sum = Lanes.zero();
        int c = 0;
        for (; c <= columns - Lanes.length(); c += Lanes.length()) {
            Lanes centred = Lanes.sub(Lanes.load(x, at + c), Lanes.splat(mean));
            sum = Lanes.fma(centred, centred, sum);
        }
        float total = Lanes.horizontalSum(sum);
        for (; c < columns; c++) {
            float centred = x[at + c] - mean;
            total = Math.fma(centred, centred, total);
        }
        return (float) (1 / Math.sqrt(total / columns + epsilon));
    }
}
