package muflex.engine.lowering;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.Precision;
import muflex.engine.AttentionSpec;
import muflex.engine.lowering.Argument.Array;
import muflex.engine.lowering.Argument.OfTensor;
import muflex.graph.ElementOp;
import muflex.graph.FlexOp;
import muflex.graph.HeadOp;
import muflex.graph.Leaf;
import muflex.graph.LinearOp;
import muflex.graph.LossOp;
import muflex.graph.Node;
import muflex.graph.NormOp;
import muflex.graph.ReduceOp;
import muflex.graph.Tensor;
import muflex.graph.UpdateOp;
import org.jspecify.annotations.Nullable;

/** Turns each node of a graph into calls of kernels on the arrays of its tensors. */
public final class GraphLowering {

    private final Machine machine;
    private final Precision precision;
    private final LinearCalls linear;
    private final UpdateCalls updates;
    private final ElementCalls element;
    private final NormCalls norm;
    private final Map<Key, AttentionLowering> attention = new HashMap<>();

    /** Attentions that are alike share their mods and lists of blocks. */
    private record Key(AttentionShape shape, FlexOp.Flex flex) {}

    /** Products in float. */
    public GraphLowering(Machine machine) {
        this(machine, Precision.SINGLE);
    }

    /** @param precision what the operands of products, with matrices and in attention, are rounded to */
    public GraphLowering(Machine machine, Precision precision) {
        this.machine = machine;
        this.precision = precision;
        linear = new LinearCalls(machine, precision);
        updates = new UpdateCalls(machine);
        element = new ElementCalls(machine);
        norm = new NormCalls(machine);
    }

    /** The calls that compute a node, in order; none for a leaf that is given. */
    public List<Call> calls(Node node) {
        if (node.op() instanceof Leaf.Named) {
            return List.of();
        }
        List<Tensor> out = node.outputs();
        return switch (node.op()) {
            case Leaf leaf -> element.leaf(leaf, out.getFirst());
            case LinearOp op -> linear.of(op, out.getFirst());
            case ElementOp op -> element.of(op, out);
            case NormOp op -> norm.of(op, out);
            case FlexOp op -> attention(op, out);
            case HeadOp op -> List.of(new HeadCalls(machine).of(op, out));
            case LossOp op -> linear.loss(op, out);
            case ReduceOp op -> element.reduce(op, out.getFirst());
            case UpdateOp op -> List.of(updates.of(op));
        };
    }

    private List<Call> attention(FlexOp op, List<Tensor> outputs) {
        AttentionLowering lowering = attention.computeIfAbsent(
                new Key(op.shape(), op.flex()), key -> new AttentionLowering(spec(key), machine));
        List<Array> out = arrays(outputs);
        return switch (op) {
            case FlexOp.Attention a ->
                lowering.forward(array(a.q()), array(a.k()), array(a.v()), out.get(0), out.get(1));
            case FlexOp.AttentionGradient g ->
                lowering.backward(new AttentionLowering.Backward(
                        array(g.q()),
                        array(g.k()),
                        array(g.v()),
                        array(g.out()),
                        array(g.lse()),
                        array(g.dOut()),
                        g.dLse() == null ? null : array(g.dLse()),
                        out.get(0),
                        out.get(1),
                        out.get(2),
                        out.subList(3, out.size())));
        };
    }

    /** See {@link muflex.engine.Program#replaceMask}. */
    public void replaceMask(BlockMask lists) {
        List<AttentionLowering> having = attention.entrySet().stream()
                .filter(entry -> entry.getKey().flex().takes(lists))
                .map(Map.Entry::getValue)
                .toList();
        FlexOp.Flex.requireTaken(!having.isEmpty());
        having.forEach(lowering -> lowering.replaceMask(lists));
    }

    private AttentionSpec spec(Key key) {
        FlexOp.Flex flex = key.flex();
        List<float[]> learnable = flex.learnable().stream()
                .map(tensor -> Objects.requireNonNull(backing(tensor)))
                .toList();
        return AttentionSpec.of(key.shape())
                .withScoreMod(flex.scoreMod())
                .withMask(flex.mask())
                .withScale(flex.scale())
                .withSinks(flex.sinks())
                .withLearnable(learnable)
                .withWeights(flex.weights())
                .withPrecision(precision);
    }

    /** The array of a learnable parameter, which mods captured; {@link FlexOp.Flex} saw to it that there is one. */
    private static float @Nullable [] backing(Tensor tensor) {
        return tensor.op() instanceof Leaf.Parameter parameter ? parameter.backing() : null;
    }

    private static Array array(Tensor tensor) {
        return new OfTensor(tensor);
    }

    private static List<Array> arrays(List<Tensor> tensors) {
        List<Array> arrays = new ArrayList<>();
        tensors.forEach(tensor -> arrays.add(array(tensor)));
        return arrays;
    }
}
