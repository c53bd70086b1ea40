package muflex.expr;

import java.util.BitSet;
import java.util.List;

/**
 * Where each node of a graph may be computed. A <em>scope</em> is the whole, or an arm of a {@link Expr.Select}.
 * A node that can't throw may be computed in the innermost scope that holds all its users; one that can may be
 * computed in a scope only if every evaluation of that scope reaches it.
 */
final class Placement {
    private final List<Expr> order;
    private final NodeMap<Integer> index = new NodeMap<>();
    private final int[] uses;
    private final boolean[] pure;
    private final BitSet[] must;
    // The dominator tree over nodes, the two arms of select i (at n + 2i, n + 2i + 1) and a root above all.
    private final int[] dominator;
    private final int[] depth;

    Placement(List<Expr> roots) {
        order = Dag.order(roots);
        int n = order.size();
        uses = new int[n];
        pure = new boolean[n];
        must = new BitSet[n];
        dominator = new int[3 * n + 1];
        depth = new int[3 * n + 1];
        for (int i = 0; i < n; i++) {
            index.put(order.get(i), i);
            dominator[i] = -1;
            analyse(i);
        }
        int root = 3 * n;
        dominator[root] = root;
        for (Expr e : roots) {
            use(index(e), root);
        }
        for (int i = n - 1; i >= 0; i--) {
            dominate(i);
        }
    }

    private void analyse(int i) {
        Expr node = order.get(i);
        boolean quiet = !Dag.mayThrow(node);
        BitSet sure = new BitSet();
        for (Expr operand : node.operands()) {
            int o = index(operand);
            uses[o]++;
            quiet &= pure[o];
            sure.or(must[o]);
        }
        if (node instanceof Expr.Select(Expr condition, Expr then, Expr otherwise)) {
            sure = (BitSet) must[index(then)].clone();
            sure.and(must[index(otherwise)]);
            sure.or(must[index(condition)]);
        }
        pure[i] = quiet;
        if (!quiet) {
            sure.set(i);
        }
        must[i] = sure;
    }

    private void dominate(int i) {
        depth[i] = depth[dominator[i]] + 1;
        Expr node = order.get(i);
        if (node instanceof Expr.Select(Expr condition, Expr then, Expr otherwise)) {
            int arms = order.size() + 2 * i;
            for (int arm = arms; arm < arms + 2; arm++) {
                dominator[arm] = i;
                depth[arm] = depth[i] + 1;
            }
            use(index(condition), i);
            use(index(then), arms);
            use(index(otherwise), arms + 1);
        } else {
            for (Expr operand : node.operands()) {
                use(index(operand), i);
            }
        }
    }

    private void use(int node, int user) {
        int other = dominator[node];
        if (other < 0) {
            dominator[node] = user;
            return;
        }
        int a = other;
        int b = user;
        while (a != b) {
            if (depth[a] >= depth[b]) {
                a = dominator[a];
            } else {
                b = dominator[b];
            }
        }
        dominator[node] = a;
    }

    private int index(Expr e) {
        return index.get(e);
    }

    /** The node's place in {@link #order}. */
    int number(Expr e) {
        return index(e);
    }

    /** All nodes, operands first. */
    List<Expr> order() {
        return order;
    }

    /** How many operands of nodes it is. */
    int uses(Expr e) {
        return uses[index(e)];
    }

    /** Whether neither it nor anything below it can throw. */
    boolean isPure(Expr e) {
        return pure[index(e)];
    }

    /** The impure nodes that evaluating {@code e} is sure to evaluate. */
    BitSet sure(Expr e) {
        return must[index(e)];
    }

    /** Whether {@code e} is in a set that {@link #sure} gave. */
    boolean in(BitSet sure, Expr e) {
        return sure.get(index(e));
    }

    /** Whether every use of {@code e} is below one arm, the same, of {@code select}. */
    boolean isWithinAnArm(Expr e, Expr.Select select) {
        int arms = order.size() + 2 * index(select);
        int at = index(e);
        while (depth[at] > depth[arms]) {
            at = dominator[at];
        }
        return at == arms || at == arms + 1;
    }
}
