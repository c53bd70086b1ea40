package muflex.expr;

import java.util.List;

/**
 * A lambda as an expression.
 *
 * @param parameters its parameters, in order
 * @param body its value
 * @param captures what {@link Expr.Captured} and {@link Expr.Read} refer to by slot: boxed scalars, and arrays by
 *     identity (not copied: an array's later contents are what later calls read)
 */
public record Lifted(List<Expr.Parameter> parameters, Expr body, List<Object> captures) {
    public Lifted {
        parameters = List.copyOf(parameters);
        captures = List.copyOf(captures);
    }

    /** The captures as emitted code takes them. */
    public Object[] captureArray() {
        return captures.toArray();
    }

    /** The slot of that very array, or −1 if the lambda doesn't capture it. */
    public int slotOf(Object array) {
        return Captures.find(captures, array);
    }
}
