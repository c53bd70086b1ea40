package muflex.engine.tornado;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import muflex.expr.Storage;

/** What becomes of one argument of a kernel in a task that TornadoVM compiles. */
sealed interface JitPlace {

    /** An array of elements of four bytes, passed to the task. */
    record Array(int length) implements JitPlace {}

    /** The array that argument {@code index} is too: TornadoVM waits forever for a task that takes an array twice and writes it. */
    record Same(int index) implements JitPlace {}

    /** A scalar that the task is compiled for. */
    record Constant(Object value) implements JitPlace {}

    /** A scalar, passed to the task; TornadoVM compiles each task for what it is passed. */
    record Passed(Object value) implements JitPlace {}

    /**
     * Captured values, by slot: each a {@link Constant} or a {@link CapturedArray}. The arrays are passed to the task, in the place
     * of the one array of objects.
     */
    record Captures(List<JitPlace> values) implements JitPlace {
        public Captures {
            values = List.copyOf(values);
        }

        SortedMap<Integer, Storage> arrays() {
            SortedMap<Integer, Storage> arrays = new TreeMap<>();
            for (int slot = 0; slot < values.size(); slot++) {
                if (values.get(slot) instanceof CapturedArray(Storage storage, int length)) {
                    arrays.put(slot, storage);
                }
            }
            return arrays;
        }
    }

    record CapturedArray(Storage storage, int length) implements JitPlace {}
}
