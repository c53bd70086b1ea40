package muflex.expr;

import java.util.ArrayList;
import java.util.List;

/** A growing list of captured values, in which an object is looked up by identity. */
final class Captures {
    private final List<Object> values = new ArrayList<>();

    /** Where that very object is, or −1. */
    @SuppressWarnings("ReferenceEquality")
    static int find(List<Object> values, Object object) {
        for (int slot = 0; slot < values.size(); slot++) {
            if (values.get(slot) == object) {
                return slot;
            }
        }
        return -1;
    }

    /** The slot of that very object, which is a new one if it has none. */
    int slot(Object object) {
        int slot = find(values, object);
        return slot >= 0 ? slot : add(object);
    }

    /** A new slot for a value. */
    int add(Object value) {
        values.add(value);
        return values.size() - 1;
    }

    Object get(int slot) {
        return values.get(slot);
    }

    List<Object> list() {
        return List.copyOf(values);
    }
}
