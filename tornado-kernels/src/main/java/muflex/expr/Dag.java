package muflex.expr;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** Walks over expression graphs that visit each shared node once, however deep. */
public final class Dag {
    private Dag() {}

    /** Every node below {@code roots}, operands before users, each once. */
    public static List<Expr> order(Expr... roots) {
        return order(Arrays.asList(roots));
    }

    /** Every node below {@code roots}, operands before users, each once. */
    public static List<Expr> order(List<? extends Expr> roots) {
        List<Expr> order = new ArrayList<>();
        Set<Expr> entered = Collections.newSetFromMap(new IdentityHashMap<>());
        Set<Expr> done = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Expr> stack = new ArrayDeque<>();
        for (Expr root : roots) {
            stack.push(root);
            while (!stack.isEmpty()) {
                Expr node = stack.peek();
                if (entered.add(node)) {
                    for (Expr operand : node.operands().reversed()) {
                        if (!entered.contains(operand)) {
                            stack.push(operand);
                        }
                    }
                } else {
                    stack.pop();
                    if (done.add(node)) {
                        order.add(node);
                    }
                }
            }
        }
        return order;
    }

    /** For each node of {@code order} (operands first), whether it or anything below it is one of {@code what}. */
    static NodeMap<Boolean> depending(List<Expr> order, Predicate<Expr> what) {
        NodeMap<Boolean> depends = new NodeMap<>();
        for (Expr e : order) {
            boolean any = what.test(e);
            for (Expr operand : e.operands()) {
                any |= depends.get(operand);
            }
            depends.put(e, any);
        }
        return depends;
    }

    /** Whether evaluating the node itself, its operands given, may throw: a read, or an integer division by no constant. */
    public static boolean mayThrow(Expr node) {
        return switch (node) {
            case Expr.Read _ -> true;
            case Expr.Binary(BinaryOp op, Expr a, Expr b) ->
                op.isDivision() && a.type().isInteger() && !isNonZeroConstant(b);
            default -> false;
        };
    }

    private static boolean isNonZeroConstant(Expr e) {
        return e instanceof Expr.Constant(Type _, Object value) && ((Number) value).longValue() != 0;
    }
}
