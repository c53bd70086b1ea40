package muflex.graph;

import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Ops that treat every element alike. */
public sealed interface ElementOp extends Op {

    /** {@code a + b}, where b has a's shape or is a suffix of it, repeated over the rest: a bias over rows. */
    record Add(Tensor a, Tensor b) implements ElementOp {
        public Add {
            Checks.floats("add a", a);
            Checks.floats("add b", b);
            Checks.that(
                    a.shape().endsWith(b.shape()),
                    "add b: expected the shape of a = %s or a suffix of it, got %s; swap the operands or reshape b",
                    a,
                    b);
        }

        /** Whether b is repeated. */
        public boolean broadcast() {
            return b.shape().size() != a.shape().size();
        }

        @Override
        public List<Tensor> inputs() {
            return List.of(a, b);
        }

        @Override
        public List<Shape> outputs() {
            return List.of(a.shape());
        }
    }

    /** {@code a · constant · scalar}; a null scalar counts as 1. */
    record Scale(Tensor a, float constant, @Nullable Tensor scalar) implements ElementOp {
        public Scale {
            Checks.floats("scale a", a);
            if (scalar != null) {
                Checks.floats("scale scalar", scalar);
                Checks.scalar("scale scalar", scalar);
            }
        }

        @Override
        public List<Tensor> inputs() {
            return scalar == null ? List.of(a) : List.of(a, scalar);
        }

        @Override
        public List<Shape> outputs() {
            return List.of(a.shape());
        }
    }

    /** Every element of the result is the one element of {@code scalar}. */
    record Expand(Tensor scalar, Shape shape) implements ElementOp {
        public Expand {
            Checks.floats("expand scalar", scalar);
            Checks.scalar("expand scalar", scalar);
        }

        @Override
        public List<Tensor> inputs() {
            return List.of(scalar);
        }

        @Override
        public List<Shape> outputs() {
            return List.of(shape);
        }
    }

    /** A function applied to the elements of equally shaped tensors; it may have several outputs. */
    record Map(ElementFunction function, List<Tensor> inputs) implements ElementOp {
        public Map {
            inputs = List.copyOf(inputs);
            Checks.that(
                    inputs.size() == function.parameters().size(),
                    "map: expected %s tensors for the function's parameters, got %s; pass one tensor per parameter",
                    function.parameters().size(),
                    inputs.size());
            for (Tensor input : inputs) {
                Checks.floats("map", input);
                Checks.sameSizes("map", input, inputs.getFirst().shape(), "pass tensors of one shape");
            }
        }

        @Override
        public List<Shape> outputs() {
            return Collections.nCopies(
                    function.outputs().size(), inputs.getFirst().shape());
        }
    }
}
