package muflex.graph;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Normalisation of rows, with a gain and a bias per column that may be absent (1 and 0). */
public sealed interface NormOp extends Op {

    /** The rows that are normalised. */
    Tensor x();

    /** A factor per column, shape [columns]; null for none. */
    @Nullable
    Tensor gain();

    /**
     * {@code y = x / √(mean(x²) + epsilon) · gain} over the last axis (Zhang and Sennrich, arXiv:1910.07467). Outputs y
     * and the inverse root per row.
     */
    record RmsNorm(Tensor x, @Nullable Tensor gain, float epsilon) implements NormOp {
        public RmsNorm {
            check("rmsNorm", x, gain);
        }

        @Override
        public List<Tensor> inputs() {
            return present(x, gain);
        }

        @Override
        public List<Shape> outputs() {
            return List.of(x.shape(), x.shape().withoutColumns());
        }
    }

    /**
     * {@code y = (x − mean(x)) / √(variance(x) + epsilon) · gain + bias} over the last axis (Ba et al.,
     * arXiv:1607.06450). Outputs y, and the mean and the inverse root per row.
     */
    record LayerNorm(
            Tensor x, @Nullable Tensor gain, @Nullable Tensor bias, float epsilon) implements NormOp {
        public LayerNorm {
            check("layerNorm", x, gain);
            check("layerNorm", x, bias);
        }

        @Override
        public List<Tensor> inputs() {
            return present(x, gain, bias);
        }

        @Override
        public List<Shape> outputs() {
            return List.of(x.shape(), x.shape().withoutColumns(), x.shape().withoutColumns());
        }
    }

    /** The derivative of {@link RmsNorm}: dx, and dgain if there is a gain. */
    record RmsNormGradient(Tensor x, @Nullable Tensor gain, Tensor inverseRoot, Tensor upstream) implements NormOp {
        @Override
        public List<Tensor> inputs() {
            return present(x, gain, inverseRoot, upstream);
        }

        @Override
        public List<Shape> outputs() {
            return gain == null ? List.of(x.shape()) : List.of(x.shape(), gain.shape());
        }
    }

    /** The derivative of {@link LayerNorm}: dx, and dgain if there is a gain. (dbias is a sum over rows.) */
    record LayerNormGradient(Tensor x, @Nullable Tensor gain, Tensor mean, Tensor inverseRoot, Tensor upstream)
            implements NormOp {
        @Override
        public List<Tensor> inputs() {
            return present(x, gain, mean, inverseRoot, upstream);
        }

        @Override
        public List<Shape> outputs() {
            return gain == null ? List.of(x.shape()) : List.of(x.shape(), gain.shape());
        }
    }

    private static void check(String op, Tensor x, @Nullable Tensor perColumn) {
        Checks.floats(op + " x", x);
        Checks.that(x.shape().rank() >= 1, "%s x: expected at least one axis, got a scalar; pass rows", op);
        if (perColumn != null) {
            Checks.floats(op + " gain or bias", perColumn);
            Checks.sameSizes(op + " gain or bias", perColumn, Shape.of(x.shape().axis(-1)), "give it one per column");
        }
    }

    private static List<Tensor> present(@Nullable Tensor... tensors) {
        List<Tensor> present = new ArrayList<>();
        for (Tensor tensor : tensors) {
            if (tensor != null) {
                present.add(tensor);
            }
        }
        return List.copyOf(present);
    }
}
