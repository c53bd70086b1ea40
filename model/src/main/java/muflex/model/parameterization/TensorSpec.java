package muflex.model.parameterization;

import java.util.List;

/**
 * One parameter of a model: what it is called, what it does, how large it is.
 *
 * @param name unique within the model, such as {@code layers.0.attention.query}
 * @param role which of a parameterization's rules it follows
 * @param sizes of its axes, outermost first; a matrix is {@code [fan-in, fan-out]} and multiplies from the right
 * @param fanIn inputs that one output sums over; 1 for vectors
 * @param fanOut outputs that one input feeds
 */
public record TensorSpec(String name, Role role, List<Integer> sizes, long fanIn, long fanOut) {

    public TensorSpec {
        sizes = List.copyOf(sizes);
    }

    /** A weight {@code [in, out]} that is multiplied from the right. */
    public static TensorSpec matrix(String name, Role role, int in, int out) {
        return new TensorSpec(name, role, List.of(in, out), in, out);
    }

    /** A gain or bias of {@code size} channels. */
    public static TensorSpec vector(String name, Role role, int size) {
        return new TensorSpec(name, role, List.of(size), 1, size);
    }

    /** How many numbers it has. */
    public int count() {
        return sizes.stream().reduce(1, Math::multiplyExact);
    }
}
