package muflex.engine.jvm;

import java.util.List;
import muflex.graph.ElementOp;
import muflex.graph.FlexOp;
import muflex.graph.HeadOp;
import muflex.graph.Leaf;
import muflex.graph.LinearOp;
import muflex.graph.LossOp;
import muflex.graph.Node;
import muflex.graph.NormOp;
import muflex.graph.ReduceOp;
import muflex.graph.UpdateOp;

/** Turns each node of a graph into calls of kernels on its arrays. */
final class Lowering {

    private final GraphArrays arrays;
    private final LinearSteps linear;
    private final ElementSteps element;
    private final NormSteps norm;
    private final HeadSteps head;
    private final AttentionSteps attention;
    private final UpdateSteps update;

    Lowering(Kernels kernels, GraphArrays arrays, AttentionSteps attention) {
        this.arrays = arrays;
        this.attention = attention;
        linear = new LinearSteps(kernels, arrays);
        element = new ElementSteps(kernels, arrays);
        norm = new NormSteps(kernels, arrays);
        head = new HeadSteps(kernels, arrays);
        update = new UpdateSteps(kernels, arrays);
    }

    /** The calls that compute a node, in order. */
    List<Step> steps(Node node) {
        if (node.op() instanceof Leaf.Named) {
            return List.of();
        }
        float[][] out = node.outputs().stream().map(arrays::floats).toArray(float[][]::new);
        return switch (node.op()) {
            case Leaf leaf -> element.leaf(leaf, out[0]);
            case LinearOp op -> linear.of(op, out[0]);
            case ElementOp op -> element.of(op, out);
            case NormOp op -> norm.of(op, out);
            case FlexOp op -> List.of(attention.of(op, out));
            case HeadOp op -> List.of(head.of(op, out));
            case LossOp op -> linear.loss(op, out);
            case ReduceOp op -> element.reduce(op, out[0]);
            case UpdateOp op -> List.of(update.of(op));
        };
    }
}
