package muflex.expr;

import java.util.List;

/** Turns every float of an expression into a double: what the lambda means without float's rounding. */
final class Widening {
    private Widening() {}

    static Expr widen(Expr root) {
        Nodes nodes = new Nodes();
        NodeMap<Expr> wide = new NodeMap<>();
        for (Expr e : Dag.order(List.of(root))) {
            wide.put(e, widen(e, wide, nodes));
        }
        return wide.get(root);
    }

    private static Expr widen(Expr e, NodeMap<Expr> wide, Nodes nodes) {
        return switch (e) {
            case Expr.Parameter(Type type, int index, String name) ->
                nodes.one(new Expr.Parameter(type == Type.FLOAT ? Type.DOUBLE : type, index, name));
            case Expr.Cast(Type type, Expr x) -> nodes.cast(type == Type.FLOAT ? Type.DOUBLE : type, wide.get(x));
            default -> {
                // Constants, captured scalars and elements of arrays stay floats and are cast, which is exact.
                Expr same = nodes.make(Nodes.rebuild(e, wide));
                yield same.type() == Type.FLOAT ? nodes.cast(Type.DOUBLE, same) : same;
            }
        };
    }
}
