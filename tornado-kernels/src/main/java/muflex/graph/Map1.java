package muflex.graph;

import java.io.Serializable;

/**
 * A function of one element, written as a lambda, as in {@code x -> x * x}. The lambda is lifted from its bytecode, so
 * it may only do arithmetic, {@code Math.*}, branches and reads of captured scalars and arrays.
 */
@FunctionalInterface
public interface Map1 extends Serializable {
    float apply(float x);
}
