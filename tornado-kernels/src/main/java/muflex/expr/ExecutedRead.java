package muflex.expr;

import java.util.ArrayList;
import java.util.List;

/**
 * A read of a captured array, and when an evaluation comes to it: reads below an arm of a {@link Expr.Select} happen only
 * where that arm is taken.
 *
 * @param active of type boolean
 */
public record ExecutedRead(Expr.Read read, Expr active) {

    /** All reads of {@code e}, in the order they are evaluated. */
    public static List<ExecutedRead> of(Expr e) {
        Nodes nodes = new Nodes();
        Expr root = nodes.intern(List.of(e)).getFirst();
        NodeMap<Expr> active = new NodeMap<>();
        active.put(root, nodes.constant(true));
        List<ExecutedRead> reads = new ArrayList<>();
        for (Expr node : Dag.order(root).reversed()) {
            Expr here = active.get(node);
            if (node instanceof Expr.Read read) {
                reads.addFirst(new ExecutedRead(read, here));
            }
            if (node instanceof Expr.Select(Expr condition, Expr then, Expr otherwise)) {
                add(nodes, active, condition, here);
                add(nodes, active, then, nodes.select(here, condition, nodes.constant(false)));
                add(nodes, active, otherwise, nodes.select(here, nodes.not(condition), nodes.constant(false)));
            } else {
                node.operands().forEach(operand -> add(nodes, active, operand, here));
            }
        }
        return reads;
    }

    /** One more user of {@code operand}, evaluated where {@code when} holds. */
    private static void add(Nodes nodes, NodeMap<Expr> active, Expr operand, Expr when) {
        Expr before = active.find(operand);
        active.put(operand, before == null ? when : nodes.select(before, nodes.constant(true), when));
    }
}
