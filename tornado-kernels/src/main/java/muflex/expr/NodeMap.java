package muflex.expr;

import java.util.IdentityHashMap;
import org.jspecify.annotations.Nullable;

/** Values by node, the node's identity being the key. */
final class NodeMap<V> {
    private final IdentityHashMap<Expr, V> values = new IdentityHashMap<>();

    /** The value of a node that has one. */
    V get(Expr node) {
        V value = values.get(node);
        if (value == null) {
            throw new IllegalStateException(
                    "not a node of this graph: " + node.getClass().getSimpleName());
        }
        return value;
    }

    /** The value, or null if there is none. */
    @Nullable
    V find(Expr node) {
        return values.get(node);
    }

    boolean has(Expr node) {
        return values.containsKey(node);
    }

    /** Sets the node's value; true if it had none. */
    boolean put(Expr node, V value) {
        return values.put(node, value) == null;
    }

    void remove(Expr node) {
        values.remove(node);
    }

    int size() {
        return values.size();
    }
}
