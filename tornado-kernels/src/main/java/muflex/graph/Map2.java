package muflex.graph;

import java.io.Serializable;

/** A function of two elements at the same position, written as a lambda, as in {@code (x, y) -> x * y}; see {@link Map1}. */
@FunctionalInterface
public interface Map2 extends Serializable {
    float apply(float x, float y);
}
