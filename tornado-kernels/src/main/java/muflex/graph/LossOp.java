package muflex.graph;

import java.util.List;

/** Losses. */
public sealed interface LossOp extends Op {

    /** One row per target, {@code […, vocab]}. */
    Tensor logits();

    /** The right class of each row. */
    Tensor targets();

    /**
     * Softmax cross-entropy in nats: {@code rowLoss = lse(logits) − logits[target]}, and its mean over rows. Logits are
     * {@code […, vocab]}, targets {@code […]} in [0, vocab). Outputs the mean (a scalar), rowLoss {@code […]}, and lse
     * {@code […]}; only the mean has a derivative.
     */
    record CrossEntropy(Tensor logits, Tensor targets) implements LossOp {
        public CrossEntropy {
            Checks.floats("crossEntropy logits", logits);
            Checks.ints("crossEntropy targets", targets);
            Checks.that(
                    logits.shape().rank() >= 1,
                    "crossEntropy logits: expected rank of at least 1 […, vocab], got %s; pass one row per target",
                    logits);
            Checks.sameSizes(
                    "crossEntropy targets",
                    targets,
                    logits.shape().withoutColumns(),
                    "give one target per row of the logits");
        }

        @Override
        public List<Tensor> inputs() {
            return List.of(logits, targets);
        }

        @Override
        public List<Shape> outputs() {
            return List.of(Shape.scalar(), targets.shape(), targets.shape());
        }
    }

    /**
     * The derivative of the mean of {@link CrossEntropy} for the logits:
     * {@code (softmax(logits) − onehot(target)) · upstream / rows}.
     */
    record CrossEntropyGradient(Tensor logits, Tensor targets, Tensor lse, Tensor upstream) implements LossOp {
        @Override
        public List<Tensor> inputs() {
            return List.of(logits, targets, lse, upstream);
        }

        @Override
        public List<Shape> outputs() {
            return List.of(logits.shape());
        }
    }
}
