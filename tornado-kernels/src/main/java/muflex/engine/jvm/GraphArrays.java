package muflex.engine.jvm;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import muflex.engine.Storage;
import muflex.graph.ElementType;
import muflex.graph.MemoryPlan;
import muflex.graph.Tensor;
import org.jspecify.annotations.Nullable;

/** The arrays of a program, laid out as its memory plan says. */
final class GraphArrays {

    private final MemoryPlan plan;
    private final Storage storage;
    private final List<float[]> shared = new ArrayList<>();
    private final Map<Tensor, float[]> floats = new HashMap<>();
    private final Map<Tensor, int[]> ints = new HashMap<>();
    private long bytes;

    GraphArrays(MemoryPlan plan, Storage storage) {
        this.plan = plan;
        this.storage = storage;
        for (int size : plan.slotSizes()) {
            shared.add(workspace(size));
        }
        for (Tensor tensor : plan.tensors()) {
            if (tensor.type() == ElementType.INT) {
                ints.put(tensor, new int[tensor.shape().size()]);
                bytes += 4L * tensor.shape().size();
            } else {
                floats.put(tensor, place(tensor));
            }
        }
    }

    private float[] place(Tensor tensor) {
        return switch (plan.place(tensor)) {
            case STORAGE -> storage.floats(MemoryPlan.root(tensor));
            case SHARED -> shared.get(plan.slot(tensor));
            case INPUT, CONSTANT, OUTPUT -> workspace(tensor.shape().size());
        };
    }

    private float[] workspace(int size) {
        bytes += 4L * size;
        return new float[size];
    }

    /** The array of a tensor of either type. */
    Object array(Tensor tensor) {
        return tensor.type() == ElementType.INT ? ints(tensor) : floats(tensor);
    }

    float[] floats(Tensor tensor) {
        return found(floats.get(tensor), tensor, "a float tensor");
    }

    int[] ints(Tensor tensor) {
        return found(ints.get(tensor), tensor, "an int input");
    }

    /** Whether the caller may read or write the array between runs: it is not shared with other tensors. */
    boolean open(Tensor tensor) {
        return (floats.containsKey(tensor) || ints.containsKey(tensor))
                && plan.place(tensor) != MemoryPlan.Place.SHARED;
    }

    long bytes() {
        return bytes;
    }

    private static <T> T found(@Nullable T array, Tensor tensor, String what) {
        if (array == null) {
            throw new IllegalArgumentException(
                    "program: expected " + what + " that its outputs need, got " + tensor + "; add it to the outputs");
        }
        return array;
    }
}
