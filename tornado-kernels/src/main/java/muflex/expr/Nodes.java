package muflex.expr;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A pool of nodes in which equal nodes are one. */
final class Nodes {
    private record Key(Object kind, List<Integer> operands) {}

    private final Map<Key, Expr> pool = new HashMap<>();
    private final NodeMap<Integer> numbers = new NodeMap<>();

    /** {@code roots} with all equal nodes made one. */
    List<Expr> intern(List<Expr> roots) {
        NodeMap<Expr> known = new NodeMap<>();
        for (Expr e : Dag.order(roots)) {
            known.put(e, one(rebuild(e, known)));
        }
        List<Expr> result = new ArrayList<>();
        roots.forEach(root -> result.add(known.get(root)));
        return result;
    }

    /** The pool's node equal to {@code node}, whose operands are of the pool already. */
    Expr one(Expr node) {
        if (numbers.has(node)) {
            return node;
        }
        List<Integer> operands = new ArrayList<>();
        node.operands().forEach(operand -> operands.add(numbers.get(operand)));
        Expr first = pool.putIfAbsent(new Key(kind(node), operands), node);
        if (first != null) {
            return first;
        }
        numbers.put(node, numbers.size());
        return node;
    }

    /** {@code e} over other operands. */
    static Expr rebuild(Expr e, NodeMap<Expr> to) {
        return switch (e) {
            case Expr.Constant c -> c;
            case Expr.Parameter p -> p;
            case Expr.Captured c -> c;
            case Expr.Read(Storage storage, int slot, Expr row, Expr index) ->
                new Expr.Read(storage, slot, row == null ? null : to.get(row), to.get(index));
            case Expr.Unary(UnaryOp op, Expr x) -> new Expr.Unary(op, to.get(x));
            case Expr.Binary(BinaryOp op, Expr a, Expr b) -> new Expr.Binary(op, to.get(a), to.get(b));
            case Expr.Fma(Expr a, Expr b, Expr c) -> new Expr.Fma(to.get(a), to.get(b), to.get(c));
            case Expr.Compare(Comparison op, Expr a, Expr b) -> new Expr.Compare(op, to.get(a), to.get(b));
            case Expr.Select(Expr c, Expr a, Expr b) -> new Expr.Select(to.get(c), to.get(a), to.get(b));
            case Expr.Cast(Type type, Expr x) -> new Expr.Cast(type, to.get(x));
        };
    }

    private static Object kind(Expr e) {
        return switch (e) {
            // Leaves are their own keys: boxed floats tell −0 from 0 and take NaN as equal to itself.
            case Expr.Constant c -> c;
            case Expr.Parameter p -> List.of("parameter", p.index(), p.type());
            case Expr.Captured c -> c;
            case Expr.Read r -> List.of(r.storage(), r.slot());
            case Expr.Unary u -> u.op();
            case Expr.Binary b -> b.op();
            case Expr.Fma _ -> "fma";
            case Expr.Compare c -> c.op();
            case Expr.Select _ -> "select";
            case Expr.Cast c -> c.type();
        };
    }
}
