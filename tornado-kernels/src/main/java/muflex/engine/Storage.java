package muflex.engine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import muflex.graph.Leaf;
import muflex.graph.Shape;
import muflex.graph.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The persistent tensors of programs, parameters and states, by name: row-major arrays that start at zero. Programs
 * compiled with one storage share them, also across graphs: a training step, an evaluation, a generation with other
 * lengths. Not safe for use by two threads at once.
 *
 * <p>An accelerator's programs keep copies in its own memory, and what they change stays there until somebody asks. So ask
 * for an array with {@link #floats} after a run to read it, and before a run to write it, not once for many runs: asking
 * brings the newest elements home, and tells the accelerator that they may be written.
 */
public final class Storage {

    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final List<Entry> inOrder = new ArrayList<>();
    private boolean copied;

    /** Another place that holds a tensor's newest elements. */
    @FunctionalInterface
    public interface Copy {
        /** Writes them to {@code to}. */
        void read(float[] to);
    }

    private static final class Entry {
        final float[] array;
        final Shape shape;
        long version;

        @Nullable
        Copy newest;

        Entry(float[] array, Shape shape) {
            this.array = array;
            this.shape = shape;
        }

        /** The array with the newest elements in it. */
        float[] home() {
            if (newest != null) {
                newest.read(array);
                newest = null;
            }
            return array;
        }
    }

    /** The array of a parameter or state, the same one on every call, with its newest elements. The caller may write it. */
    public float[] floats(Tensor tensor) {
        Entry entry = entry(tensor);
        entry.version++;
        return entry.home();
    }

    /** For engines: the array with its newest elements, which the caller only reads. */
    public float[] peek(Tensor tensor) {
        return entry(tensor).home();
    }

    /** For engines: a number that changes whenever the elements may have. */
    public long version(Tensor tensor) {
        return entry(tensor).version;
    }

    /** For engines: {@code copy} now holds newer elements than the array. Returns the new {@link #version}. */
    public long changed(Tensor tensor, Copy copy) {
        copied = true;
        Entry entry = entry(tensor);
        entry.newest = copy;
        return ++entry.version;
    }

    /** For engines that keep copies: from now on programs on the arrays themselves say so. */
    public void copies() {
        copied = true;
    }

    /** For engines that compute on the arrays themselves: before a run, which may read and write all of them. */
    public void bringHome() {
        for (int i = 0; copied && i < inOrder.size(); i++) {
            inOrder.get(i).home();
            inOrder.get(i).version++;
        }
    }

    @SuppressWarnings("ReferenceEquality") // a mod captured this very array
    private Entry entry(Tensor tensor) {
        if (!tensor.persistent()) {
            throw new IllegalArgumentException("storage: expected a parameter or state, got " + tensor
                    + "; read inputs and outputs from the program");
        }
        float[] backing = tensor.op() instanceof Leaf.Parameter parameter ? parameter.backing() : null;
        Entry entry = entries.get(tensor.name());
        if (entry == null) {
            entry = new Entry(backing == null ? new float[tensor.shape().size()] : backing, tensor.shape());
            entries.put(tensor.name(), entry);
            inOrder.add(entry);
        }
        if (!entry.shape.sameSizes(tensor.shape())) {
            throw new IllegalArgumentException("storage " + tensor.name() + ": expected shape " + entry.shape + ", got "
                    + tensor.shape() + "; use another name or another storage");
        }
        if (backing != null && entry.array != backing) {
            throw new IllegalArgumentException("storage " + tensor.name()
                    + ": expected the backing array of its first use, got another; share one array or one graph");
        }
        return entry;
    }

    /** The names in the order of their first use. */
    public Set<String> names() {
        return Collections.unmodifiableSet(entries.keySet());
    }

    /** The bytes of all arrays. */
    public long bytes() {
        return inOrder.stream().mapToLong(entry -> 4L * entry.array.length).sum();
    }
}
