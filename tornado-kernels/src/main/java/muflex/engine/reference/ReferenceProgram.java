package muflex.engine.reference;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import muflex.attention.BlockMask;
import muflex.engine.Program;
import muflex.engine.Storage;
import muflex.graph.ElementType;
import muflex.graph.Graph;
import muflex.graph.Leaf;
import muflex.graph.MemoryPlan;
import muflex.graph.Node;
import muflex.graph.Tensor;
import muflex.graph.UpdateOp;

/** The {@link GraphOracle} as a program: float32 in and out, float64 between. */
final class ReferenceProgram implements Program {

    private final GraphOracle oracle;
    private final Map<Tensor, float[]> arrays = new HashMap<>();
    private final Set<Tensor> read = new HashSet<>();
    private final Set<Tensor> written = new HashSet<>();
    private final Set<Tensor> ints = new HashSet<>();

    ReferenceProgram(Graph graph, List<Tensor> outputs, Storage storage) {
        oracle = new GraphOracle(graph, outputs);
        for (Node node : graph.needed(outputs)) {
            if (node.op() instanceof Leaf.Named leaf) {
                declare(leaf, node.output(0), storage);
            }
            if (node.op() instanceof UpdateOp update) {
                update.changed().forEach(tensor -> written.add(MemoryPlan.root(tensor)));
            }
        }
        for (Tensor output : outputs) {
            Tensor root = MemoryPlan.root(output);
            if (!read.contains(root) && !ints.contains(root)) {
                arrays.put(output, new float[output.shape().size()]);
                written.add(output);
            }
        }
    }

    private void declare(Leaf.Named leaf, Tensor tensor, Storage storage) {
        if (leaf.type() == ElementType.INT) {
            ints.add(tensor);
        } else {
            arrays.put(
                    tensor,
                    tensor.persistent()
                            ? storage.floats(tensor)
                            : new float[tensor.shape().size()]);
            read.add(tensor);
        }
    }

    @Override
    public void replaceMask(BlockMask mask) {
        oracle.replaceMask(mask);
    }

    @Override
    public void run() {
        for (Tensor tensor : read) {
            float[] from = floats(tensor);
            double[] to = oracle.floats(tensor);
            for (int i = 0; i < from.length; i++) {
                to[i] = from[i];
            }
        }
        oracle.run();
        for (Tensor tensor : written) {
            double[] from = oracle.floats(tensor);
            float[] to = floats(tensor);
            for (int i = 0; i < to.length; i++) {
                to[i] = (float) from[i];
            }
        }
    }

    @Override
    public float[] floats(Tensor tensor) {
        float[] array = arrays.get(MemoryPlan.root(tensor));
        if (array == null) {
            throw new IllegalArgumentException("program: expected a float input, output, parameter or state of it, got "
                    + tensor + "; add it to the outputs");
        }
        return array;
    }

    @Override
    public int[] ints(Tensor tensor) {
        if (!ints.contains(tensor)) {
            throw new IllegalArgumentException(
                    "program: expected an int input of it, got " + tensor + "; declare it with intInput(…)");
        }
        return oracle.ints(tensor);
    }

    @Override
    public long bytes() {
        return arrays.keySet().stream()
                .filter(tensor -> !tensor.persistent())
                .mapToLong(tensor -> 4L * tensor.shape().size())
                .sum();
    }

    @Override
    public void close() {}
}
