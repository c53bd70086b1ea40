package muflex.engine.reference;

import java.util.HashMap;
import java.util.Map;
import muflex.graph.ElementType;
import muflex.graph.MemoryPlan;
import muflex.graph.Tensor;
import org.jspecify.annotations.Nullable;

/** The elements of every tensor of a graph, in float64; an update's result is the tensor that it changed. */
final class Values {

    private final Map<Tensor, double[]> floats = new HashMap<>();
    private final Map<Tensor, int[]> ints = new HashMap<>();

    double[] of(Tensor tensor) {
        if (tensor.type() != ElementType.FLOAT) {
            throw new IllegalArgumentException(
                    "values: expected a float tensor, got the int tensor " + tensor + "; use ints(…)");
        }
        Tensor root = MemoryPlan.root(tensor);
        return floats.computeIfAbsent(root, t -> new double[t.shape().size()]);
    }

    /** The one element of a scalar; {@code otherwise} where there is no tensor. */
    double scalar(@Nullable Tensor tensor, double otherwise) {
        return tensor == null ? otherwise : of(tensor)[0];
    }

    int[] ints(Tensor tensor) {
        if (tensor.type() != ElementType.INT) {
            throw new IllegalArgumentException(
                    "values: expected an int tensor, got the float tensor " + tensor + "; use its floats");
        }
        return ints.computeIfAbsent(tensor, t -> new int[t.shape().size()]);
    }
}
