package muflex.engine;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import muflex.graph.Leaf;
import muflex.graph.Shape;
import muflex.graph.Tensor;

/**
 * The persistent tensors of programs, parameters and states, by name: row-major arrays that start at zero. Programs
 * compiled with one storage share them, also across graphs: a training step, an evaluation, a generation with other
 * lengths. Not safe for use by two threads at once.
 */
public final class Storage {

    private final Map<String, float[]> arrays = new LinkedHashMap<>();
    private final Map<String, Shape> shapes = new LinkedHashMap<>();

    /** The array of a parameter or state, the same one on every call. */
    @SuppressWarnings("ReferenceEquality") // a mod captured this very array
    public float[] floats(Tensor tensor) {
        if (!tensor.persistent()) {
            throw new IllegalArgumentException("storage: expected a parameter or state, got " + tensor
                    + "; read inputs and outputs from the program");
        }
        Shape known = shapes.putIfAbsent(tensor.name(), tensor.shape());
        if (known != null && !known.sameSizes(tensor.shape())) {
            throw new IllegalArgumentException("storage " + tensor.name() + ": expected shape " + known + ", got "
                    + tensor.shape() + "; use another name or another storage");
        }
        float[] backing = tensor.op() instanceof Leaf.Parameter parameter ? parameter.backing() : null;
        float[] array = arrays.computeIfAbsent(
                tensor.name(),
                name -> backing == null ? new float[tensor.shape().size()] : backing);
        if (backing != null && array != backing) {
            throw new IllegalArgumentException("storage " + tensor.name()
                    + ": expected the backing array of its first use, got another; share one array or one graph");
        }
        return array;
    }

    /** The names in the order of their first use. */
    public Set<String> names() {
        return Collections.unmodifiableSet(arrays.keySet());
    }

    /** The bytes of all arrays. */
    public long bytes() {
        return arrays.values().stream().mapToLong(array -> 4L * array.length).sum();
    }
}
