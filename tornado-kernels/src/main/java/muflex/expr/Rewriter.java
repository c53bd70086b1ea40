package muflex.expr;

import java.util.List;
import java.util.function.UnaryOperator;

/** Replaces nodes of expressions. */
public final class Rewriter {
    private Rewriter() {}

    /**
     * The expressions with every node replaced by {@code rule} of it, operands first: the rule sees a node whose operands are
     * replaced. Then they are simplified together.
     */
    public static List<Expr> rewrite(List<Expr> roots, UnaryOperator<Expr> rule) {
        NodeMap<Expr> replaced = new NodeMap<>();
        for (Expr e : Dag.order(roots)) {
            replaced.put(e, rule.apply(Nodes.rebuild(e, replaced)));
        }
        return Simplifier.simplify(roots.stream().map(replaced::get).toList());
    }
}
