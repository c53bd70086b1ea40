package muflex.engine.reference;

import java.util.Arrays;
import java.util.List;
import muflex.attention.BlockMask;
import muflex.graph.ElementOp;
import muflex.graph.FlexOp;
import muflex.graph.Graph;
import muflex.graph.HeadOp;
import muflex.graph.Leaf;
import muflex.graph.LinearOp;
import muflex.graph.LossOp;
import muflex.graph.MemoryPlan;
import muflex.graph.Node;
import muflex.graph.NormOp;
import muflex.graph.ReduceOp;
import muflex.graph.Tensor;
import muflex.graph.UpdateOp;

/**
 * A graph run in float64 by plain loops over each op's definition: what programs are judged by, and what derivatives
 * are checked with. Write parameters and inputs, {@link #run()}, read anything.
 */
public final class GraphOracle {

    private final Values values = new Values();
    private final OracleFlex flex = new OracleFlex(values);
    private final OracleElements elements = new OracleElements(values);
    private final List<Node> constants;
    private final List<Node> steps;
    private boolean prepared;

    /** The nodes that {@code outputs} need. */
    public GraphOracle(Graph graph, List<Tensor> outputs) {
        MemoryPlan plan = MemoryPlan.of(graph, outputs);
        constants = plan.constants();
        steps = plan.steps();
    }

    /** The elements of a float tensor, row-major; the same array on every call. */
    public double[] floats(Tensor tensor) {
        return values.of(tensor);
    }

    /** The elements of an int input, row-major; the same array on every call. */
    public int[] ints(Tensor tensor) {
        return values.ints(tensor);
    }

    /** See {@link muflex.engine.Program#replaceMask}. */
    public void replaceMask(BlockMask mask) {
        FlexOp.Flex.requireTaken(steps.stream()
                .anyMatch(node -> node.op() instanceof FlexOp op && op.flex().takes(mask)));
        flex.replaceMask(mask);
    }

    /** Computes every node from the leaves; updates change parameters and states. */
    public void run() {
        if (!prepared) {
            constants.forEach(this::run);
            prepared = true;
        }
        steps.forEach(this::run);
    }

    private void run(Node node) {
        if (node.op() instanceof UpdateOp update) {
            OracleUpdates.run(update, values);
            return;
        }
        double[][] out = node.outputs().stream().map(values::of).toArray(double[][]::new);
        for (double[] array : out) {
            Arrays.fill(array, 0);
        }
        switch (node.op()) {
            case Leaf leaf -> fill(leaf, out[0]);
            case LinearOp op -> OracleLinear.run(op, values, out[0]);
            case ElementOp op -> elements.run(op, out);
            case NormOp op -> OracleNorm.run(op, values, out);
            case HeadOp op -> head(op, out);
            case LossOp op -> OracleLoss.run(op, values, out);
            case ReduceOp op -> elements.reduce(op, out[0]);
            case UpdateOp op -> throw new AssertionError(op);
        }
    }

    private static void fill(Leaf leaf, double[] out) {
        if (leaf instanceof Leaf.Fill fill) {
            Arrays.fill(out, fill.value());
        }
    }

    private void head(HeadOp op, double[][] out) {
        switch (op) {
            case HeadOp.SplitHeads split -> OracleHeads.split(split, values.of(split.x()), out[0]);
            case HeadOp.MergeHeads merge -> OracleHeads.merge(merge, values.of(merge.x()), out[0]);
            case HeadOp.RotaryTable table -> OracleHeads.table(table, values, out[0], out[1]);
            case HeadOp.Rotary rotary -> OracleHeads.rotate(rotary, values, out[0]);
            case FlexOp attention -> flex.run(attention, out);
        }
    }
}
