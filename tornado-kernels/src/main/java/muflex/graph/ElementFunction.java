package muflex.graph;

import java.io.Serializable;

/** The function of a {@link ElementOp.Map}. */
public final class ElementFunction {

    private final Serializable lambda;
    private final int arity;

    private ElementFunction(Serializable lambda, int arity) {
        this.lambda = lambda;
        this.arity = arity;
    }

    public static ElementFunction of(Map1 function) {
        return new ElementFunction(function, 1);
    }

    public static ElementFunction of(Map2 function) {
        return new ElementFunction(function, 2);
    }

    public int arity() {
        return arity;
    }

    public Serializable lambda() {
        return lambda;
    }
}
