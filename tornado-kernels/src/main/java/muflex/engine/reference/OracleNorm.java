package muflex.engine.reference;

import muflex.graph.NormOp;
import muflex.graph.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Norms of rows in float64. With {@code n} columns, {@code x̂ = (x − mean) · r}, r the inverse root and mean 0 for RMS:
 *
 * <pre>
 *   y     = x̂ · gain + bias
 *   dx    = r · (u − x̂ · Σ(u · x̂)/n − [LayerNorm: Σu/n]),   u = dy · gain
 *   dgain = Σ over rows of dy · x̂
 * </pre>
 */
final class OracleNorm {

    private OracleNorm() {}

    static void run(NormOp op, Values values, double[][] out) {
        int n = op.x().shape().columns();
        double[] x = values.of(op.x());
        double[] gain = optional(values, op.gain());
        for (int row = 0; row < x.length / n; row++) {
            switch (op) {
                case NormOp.RmsNorm rms -> {
                    double r = inverseRoot(x, row, n, 0, rms.epsilon());
                    out[1][row] = r;
                    apply(x, row, n, 0, r, gain, null, out[0]);
                }
                case NormOp.LayerNorm layer -> {
                    double mean = mean(x, row, n);
                    double r = inverseRoot(x, row, n, mean, layer.epsilon());
                    out[1][row] = mean;
                    out[2][row] = r;
                    apply(x, row, n, mean, r, gain, optional(values, layer.bias()), out[0]);
                }
                case NormOp.RmsNormGradient g -> {
                    double r = values.of(g.inverseRoot())[row];
                    gradient(x, row, n, 0, r, gain, values.of(g.upstream()), out, false);
                }
                case NormOp.LayerNormGradient g -> {
                    double r = values.of(g.inverseRoot())[row];
                    double mean = values.of(g.mean())[row];
                    gradient(x, row, n, mean, r, gain, values.of(g.upstream()), out, true);
                }
            }
        }
    }

    private static double @Nullable [] optional(Values values, @Nullable Tensor tensor) {
        return tensor == null ? null : values.of(tensor);
    }

    private static double mean(double[] x, int row, int n) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += x[row * n + i];
        }
        return sum / n;
    }

    private static double inverseRoot(double[] x, int row, int n, double mean, double epsilon) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            double centred = x[row * n + i] - mean;
            sum += centred * centred;
        }
        return 1 / Math.sqrt(sum / n + epsilon);
    }

    private static void apply(
            double[] x,
            int row,
            int n,
            double mean,
            double r,
            double @Nullable [] gain,
            double @Nullable [] bias,
            double[] y) {
        for (int i = 0; i < n; i++) {
            double normed = (x[row * n + i] - mean) * r;
            y[row * n + i] = normed * (gain == null ? 1 : gain[i]) + (bias == null ? 0 : bias[i]);
        }
    }

    private static void gradient(
            double[] x,
            int row,
            int n,
            double mean,
            double r,
            double @Nullable [] gain,
            double[] upstream,
            double[][] out,
            boolean centred) {
        double along = 0;
        double total = 0;
        for (int i = 0; i < n; i++) {
            double u = upstream[row * n + i] * (gain == null ? 1 : gain[i]);
            along += u * (x[row * n + i] - mean) * r;
            total += u;
        }
        for (int i = 0; i < n; i++) {
            double d = upstream[row * n + i];
            double normed = (x[row * n + i] - mean) * r;
            double u = d * (gain == null ? 1 : gain[i]);
            out[0][row * n + i] = r * (u - normed * along / n - (centred ? total / n : 0));
            if (gain != null) {
                out[1][i] += d * normed;
            }
        }
    }
}
