package muflex.expr;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A pool of nodes in which equal nodes are one, and a maker of simplified nodes. */
final class Nodes {
    private record Key(Object kind, List<Integer> operands) {}

    private final Map<Key, Expr> pool = new HashMap<>();
    private final NodeMap<Integer> numbers = new NodeMap<>();
    private final NodeMap<Boolean> pure = new NodeMap<>();
    private final NodeMap<Boolean> fixed = new NodeMap<>();
    private int operations;
    private final Rules rules = new Rules(this);

    /** How many operations it has made. */
    int size() {
        return operations;
    }

    /** {@code roots} with all equal nodes made one, otherwise as they are. */
    List<Expr> intern(List<Expr> roots) {
        NodeMap<Expr> known = new NodeMap<>();
        for (Expr e : Dag.order(roots)) {
            known.put(e, one(rebuild(e, known)));
        }
        return roots.stream().map(known::get).toList();
    }

    /** {@code roots} built anew out of simplified nodes of this pool. */
    List<Expr> simplify(List<Expr> roots) {
        NodeMap<Expr> known = new NodeMap<>();
        for (Expr e : Dag.order(roots)) {
            known.put(e, make(rebuild(e, known)));
        }
        return roots.stream().map(known::get).toList();
    }

    /** The node of the pool that has this value, simplified; {@code node}'s operands are of the pool. */
    Expr make(Expr node) {
        Expr simpler = rules.simplify(node);
        return simpler != null ? simpler : one(node);
    }

    Expr constant(Type type, Object value) {
        return one(new Expr.Constant(type, value));
    }

    Expr constant(int value) {
        return one(Expr.Constant.of(value));
    }

    Expr constant(boolean value) {
        return one(Expr.Constant.of(value));
    }

    Expr zero(Type type) {
        return constant(type, type.zero());
    }

    Expr unary(UnaryOp op, Expr x) {
        return make(new Expr.Unary(op, x));
    }

    Expr not(Expr x) {
        return unary(UnaryOp.NOT, x);
    }

    Expr binary(BinaryOp op, Expr a, Expr b) {
        return make(new Expr.Binary(op, a, b));
    }

    Expr compare(Comparison op, Expr a, Expr b) {
        return make(new Expr.Compare(op, a, b));
    }

    Expr select(Expr condition, Expr then, Expr otherwise) {
        return make(new Expr.Select(condition, then, otherwise));
    }

    Expr cast(Type type, Expr x) {
        return make(new Expr.Cast(type, x));
    }

    /** Whether neither the node nor anything below it can throw. */
    boolean isPure(Expr node) {
        return pure.get(node);
    }

    /** Whether constants and captured scalars alone decide its value. */
    boolean isFixed(Expr node) {
        return fixed.get(node);
    }

    /** The pool's node equal to {@code node}, whose operands are of the pool already. */
    Expr one(Expr node) {
        if (numbers.has(node)) {
            return node;
        }
        List<Integer> operands = new ArrayList<>();
        boolean quiet = !Dag.mayThrow(node);
        boolean settled = !(node instanceof Expr.Parameter || node instanceof Expr.Read);
        for (Expr operand : node.operands()) {
            operands.add(numbers.get(operand));
            quiet &= pure.get(operand);
            settled &= fixed.get(operand);
        }
        Expr first = pool.putIfAbsent(new Key(kind(node), operands), node);
        if (first != null) {
            return first;
        }
        numbers.put(node, numbers.size());
        operations += operands.isEmpty() ? 0 : 1;
        pure.put(node, quiet);
        fixed.put(node, settled);
        return node;
    }

    /** Whether both are one node: in a pool, whether they have the same value. */
    @SuppressWarnings("ReferenceEquality")
    static boolean same(Expr a, Expr b) {
        return a == b;
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
