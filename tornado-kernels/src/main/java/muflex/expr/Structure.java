package muflex.expr;

import java.util.List;

/** Keys of expressions: equal where the expressions are the same but for identity. */
public final class Structure {
    private Structure() {}

    /** One key of all of {@code roots} together, in order. Captured values are not part of it, their slots are. */
    public static String of(List<Expr> roots) {
        StringBuilder key = new StringBuilder();
        NodeMap<Integer> number = new NodeMap<>();
        for (Expr node : Dag.order(roots)) {
            // Different nodes of one structure get one number only if they are one node: hash-cons first.
            number.put(node, number.size());
            append(key, node);
            for (Expr operand : node.operands()) {
                key.append(' ').append(number.get(operand));
            }
            key.append(';');
        }
        for (Expr root : roots) {
            key.append('=').append(number.get(root));
        }
        return key.toString();
    }

    /** The key of one expression. */
    public static String of(Expr root) {
        return of(List.of(root));
    }

    private static void append(StringBuilder key, Expr node) {
        switch (node) {
            case Expr.Constant(Type type, Object value) ->
                key.append(type).append(' ').append(value);
            case Expr.Parameter p -> key.append(p.type()).append(" p").append(p.index());
            case Expr.Captured c -> key.append(c.type()).append(" c").append(c.slot());
            case Expr.Read r -> key.append(r.storage()).append(r.slot());
            case Expr.Unary u -> key.append(u.op());
            case Expr.Binary b -> key.append(b.op());
            case Expr.Fma _ -> key.append("fma");
            case Expr.Compare c -> key.append(c.op());
            case Expr.Select _ -> key.append('?');
            case Expr.Cast c -> key.append('(').append(c.type()).append(')');
        }
    }
}
