package muflex.expr;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A point in the graph of the decisions a method takes: where execution is (a leaf), or a decision already taken
 * and the two points after it. Execution that comes together again becomes one leaf, so that a chain of ifs
 * doesn't double at each.
 */
final class Path {
    private final List<Path> parents = new ArrayList<>();
    private @Nullable Path forward;
    private @Nullable Expr condition;
    private @Nullable Path then;
    private @Nullable Path otherwise;

    /** Where this point is now, after coming together with others. */
    @SuppressWarnings("ReferenceEquality") // paths are points, not values
    Path resolve() {
        Path at = this;
        while (at.forward != null) {
            at = at.forward;
        }
        for (Path p = this; p != at; ) {
            Path next = p.forward;
            p.forward = at;
            p = next == null ? at : next;
        }
        return at;
    }

    /** Decides on {@code condition} here: the point where it holds. */
    Path branch(Expr on) {
        condition = on;
        then = new Path();
        otherwise = new Path();
        then.parents.add(this);
        otherwise.parents.add(this);
        return then;
    }

    /** The point where the condition of {@link #branch} doesn't hold. */
    Path otherwise() {
        if (otherwise == null) {
            throw new IllegalStateException("no decision here");
        }
        return otherwise;
    }

    /** Brings leaves together into one. */
    @SuppressWarnings("ReferenceEquality")
    static Path join(List<Path> leaves) {
        Path joined = new Path();
        for (Path leaf : leaves) {
            leaf.forward = joined;
            joined.parents.addAll(leaf.parents);
        }
        // A decision both of whose sides end here decides nothing any more.
        for (int i = 0; i < joined.parents.size(); i++) {
            Path parent = joined.parents.get(i);
            if (parent.forward == null
                    && parent.then != null
                    && parent.otherwise != null
                    && parent.then.resolve() == joined
                    && parent.otherwise.resolve() == joined) {
                parent.forward = joined;
                joined.parents.addAll(parent.parents);
            }
        }
        joined.parents.removeIf(parent -> parent.forward != null);
        return joined;
    }

    /** The expression that, below this point, has at each leaf of {@code at} its value there. */
    Expr choose(IdentityHashMap<Path, Expr> at, Nodes nodes) {
        Expr chosen = choose(at, nodes, new IdentityHashMap<>());
        if (chosen == null) {
            throw new IllegalStateException("no value on any path");
        }
        return chosen;
    }

    private @Nullable Expr choose(Map<Path, Expr> at, Nodes nodes, Map<Path, @Nullable Expr> known) {
        Path here = resolve();
        Expr value = at.get(here);
        if (value != null || here.condition == null || here.then == null || here.otherwise == null) {
            return value;
        }
        if (known.containsKey(here)) {
            return known.get(here);
        }
        Expr a = here.then.choose(at, nodes, known);
        Expr b = here.otherwise.choose(at, nodes, known);
        Expr chosen = a == null ? b : b == null ? a : nodes.select(here.condition, a, b);
        known.put(here, chosen);
        return chosen;
    }
}
