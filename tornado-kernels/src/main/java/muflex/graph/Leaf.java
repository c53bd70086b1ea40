package muflex.graph;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Ops without inputs: what a program is given, keeps, or knows. */
public sealed interface Leaf extends Op {

    /** Leaves that the model names; two of one kind in a graph never share a name. */
    sealed interface Named extends Leaf {
        String name();
    }

    Shape shape();

    @Override
    default List<Tensor> inputs() {
        return List.of();
    }

    @Override
    default List<Shape> outputs() {
        return List.of(shape());
    }

    default ElementType type() {
        return ElementType.FLOAT;
    }

    /**
     * A trainable tensor, kept between runs.
     *
     * @param backing the array that holds it, where a score mod captures that array; otherwise null, and the storage
     *     allocates one
     */
    record Parameter(String name, Shape shape, float @Nullable [] backing) implements Named {
        public Parameter {
            Checks.that(
                    backing == null || backing.length == shape.size(),
                    "parameter %s: expected a backing array of %s elements for shape %s, got %s; size it to the shape",
                    name,
                    shape.size(),
                    shape,
                    backing == null ? 0 : backing.length);
        }
    }

    /** A tensor kept between runs that is not trained: optimizer moments, key and value caches. */
    record State(String name, Shape shape) implements Named {}

    /** A tensor that the caller writes before a run. */
    record Input(String name, Shape shape, ElementType type) implements Named {}

    /** A tensor whose elements are all {@code value}. */
    record Fill(Shape shape, float value) implements Leaf {}
}
