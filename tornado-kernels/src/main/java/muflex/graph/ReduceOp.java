package muflex.graph;

import java.util.List;

/** Sums. They are taken over a fixed partition, so the result does not depend on the number of threads. */
public sealed interface ReduceOp extends Op {

    /** The sum of all elements, a scalar. */
    record Sum(Tensor x) implements ReduceOp {
        public Sum {
            Checks.floats("sum x", x);
        }

        @Override
        public List<Tensor> inputs() {
            return List.of(x);
        }

        @Override
        public List<Shape> outputs() {
            return List.of(Shape.scalar());
        }
    }

    /** The sum over leading axes: what is left has {@code shape}, a suffix of x's. */
    record SumRows(Tensor x, Shape shape) implements ReduceOp {
        public SumRows {
            Checks.floats("sumRows x", x);
            Checks.that(
                    x.shape().endsWith(shape),
                    "sumRows shape: expected a suffix of %s, got %s; name the last axes of x",
                    x,
                    shape);
        }

        @Override
        public List<Tensor> inputs() {
            return List.of(x);
        }

        @Override
        public List<Shape> outputs() {
            return List.of(shape);
        }
    }

    /** The sum of the squares of all elements of all inputs, a scalar: the square of their global norm. */
    record SumSquares(List<Tensor> inputs) implements ReduceOp {
        public SumSquares {
            inputs = List.copyOf(inputs);
            Checks.that(!inputs.isEmpty(), "sumSquares: expected at least one tensor, got none; pass the gradients");
            inputs.forEach(input -> Checks.floats("sumSquares", input));
        }

        @Override
        public List<Shape> outputs() {
            return List.of(Shape.scalar());
        }
    }
}
