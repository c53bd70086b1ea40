package muflex.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import muflex.attention.BlockMask;
import muflex.attention.ScoreMod;
import org.jspecify.annotations.Nullable;

/**
 * A static graph of tensor ops: what a model computes, with every shape known. A model builds it by calling these
 * methods; {@link Gradients} appends the nodes of derivatives; a device compiles it. Nothing is computed here.
 *
 * <p>Nodes only refer to earlier ones and run in the order they were added. Equal ops on equal tensors become one node.
 *
 * <pre>{@code
 * Graph graph = new Graph();
 * Tensor x = graph.input("x", Shape.of("batch", 4, "in", 128));
 * Tensor w = graph.parameter("w", Shape.of("in", 128, "out", 64));
 * Tensor y = graph.map(graph.matmul(x, w), z -> Math.max(z, 0f));
 * }</pre>
 */
public final class Graph {

    private final List<Node> nodes = new ArrayList<>();
    private final Map<Op, Node> known = new HashMap<>();
    private final Set<String> names = new HashSet<>();

    /** All nodes in the order they were added. */
    public List<Node> nodes() {
        return Collections.unmodifiableList(nodes);
    }

    /** The tensors of the parameters in the order they were declared. */
    public List<Tensor> parameters() {
        return nodes.stream()
                .filter(node -> node.op() instanceof Leaf.Parameter)
                .map(node -> node.output(0))
                .toList();
    }

    // What a program is given and keeps.

    /** A trainable tensor. */
    public Tensor parameter(String name, Shape shape) {
        return named(new Leaf.Parameter(name, shape, null));
    }

    /** A trainable tensor that lives in {@code backing}, which a score mod may capture to learn it. */
    public Tensor parameter(String name, Shape shape, float[] backing) {
        return named(new Leaf.Parameter(name, shape, backing));
    }

    /** A tensor kept between runs that is not trained: a moment or a cache. It starts at zero. */
    public Tensor state(String name, Shape shape) {
        return named(new Leaf.State(name, shape));
    }

    /** Numbers that the caller writes before a run. */
    public Tensor input(String name, Shape shape) {
        return named(new Leaf.Input(name, shape, ElementType.FLOAT));
    }

    /** Token ids, targets or positions that the caller writes before a run. */
    public Tensor intInput(String name, Shape shape) {
        return named(new Leaf.Input(name, shape, ElementType.INT));
    }

    /** One number that the caller writes before a run: a learning rate or a step count. */
    public Tensor scalarInput(String name) {
        return input(name, Shape.scalar());
    }

    /** A tensor whose elements are all {@code value}. */
    public Tensor fill(Shape shape, float value) {
        return add(new Leaf.Fill(shape, value));
    }

    // Linear algebra.

    /** {@code a · b}: {@code […, in] · [in, out] = […, out]}. */
    public Tensor matmul(Tensor a, Tensor b) {
        return matmul(a, b, false, false, 1f);
    }

    /** {@code alpha · a · b}; the factor is free. */
    public Tensor matmul(Tensor a, Tensor b, float alpha) {
        return matmul(a, b, false, false, alpha);
    }

    /** {@code alpha · op(a) · op(b)}; see {@link LinearOp.MatMul}. */
    public Tensor matmul(Tensor a, Tensor b, boolean transposeA, boolean transposeB, float alpha) {
        return add(new LinearOp.MatMul(a, b, transposeA, transposeB, alpha));
    }

    /** Rows of {@code table [vocab, dim]} chosen by {@code tokens […]}: {@code […, dim]}. */
    public Tensor embedding(Tensor table, Tensor tokens) {
        return add(new LinearOp.Embedding(table, tokens));
    }

    // Element by element.

    /** {@code a + b}; b may be a suffix of a's shape, as a bias is. */
    public Tensor add(Tensor a, Tensor b) {
        return add(new ElementOp.Add(a, b));
    }

    /** {@code a · constant}. */
    public Tensor scale(Tensor a, float constant) {
        return add(new ElementOp.Scale(a, constant, null));
    }

    /** {@code a · scalar}, where scalar is a tensor of one element. */
    public Tensor scale(Tensor a, Tensor scalar) {
        return add(new ElementOp.Scale(a, 1f, scalar));
    }

    /** {@code function} of every element. */
    public Tensor map(Tensor x, Map1 function) {
        return add(new ElementOp.Map(ElementFunction.of(function), List.of(x)));
    }

    /** {@code function} of every pair of elements of two tensors of one shape. */
    public Tensor map(Tensor x, Tensor y, Map2 function) {
        return add(new ElementOp.Map(ElementFunction.of(function), List.of(x, y)));
    }

    // Norms.

    /** Root-mean-square norm of rows, with a gain per column or null; see {@link NormOp.RmsNorm}. */
    public Tensor rmsNorm(Tensor x, @Nullable Tensor gain, float epsilon) {
        return add(new NormOp.RmsNorm(x, gain, epsilon));
    }

    /** Layer norm of rows, with gain and bias per column or null; see {@link NormOp.LayerNorm}. */
    public Tensor layerNorm(Tensor x, @Nullable Tensor gain, @Nullable Tensor bias, float epsilon) {
        return add(new NormOp.LayerNorm(x, gain, bias, epsilon));
    }

    // Attention.

    /** {@code [batch, seq, heads·dim]} to {@code [batch, heads, seq, dim]}. */
    public Tensor splitHeads(Tensor x, int heads) {
        return add(new HeadOp.SplitHeads(x, heads));
    }

    /** {@code [batch, heads, seq, dim]} to {@code [batch, seq, heads·dim]}. */
    public Tensor mergeHeads(Tensor x) {
        return add(new HeadOp.MergeHeads(x));
    }

    /**
     * Rotary positions on {@code x [batch, heads, seq, dim]}; see {@link HeadOp.Rotary}.
     *
     * @param base 10000 in RoFormer
     * @param position the absolute position of the first row, an int scalar, or of each row, ints {@code [seq]}; null for 0
     */
    public Tensor rope(Tensor x, double base, @Nullable Tensor position) {
        Checks.rank("rope x", x, 4, "[batch, heads, seq, dim]");
        Node table = node(new HeadOp.RotaryTable(x.shape().size(2), x.shape().size(3), base, position));
        return add(new HeadOp.Rotary(x, table.output(0), table.output(1), false));
    }

    /**
     * Attention with the default scale {@code 1/√dim}; a null mod or mask leaves the scores as they are.
     *
     * @return out {@code [batch, queryHeads, queryLength, valueDim]}; its lse is the second output of the node
     */
    public Tensor attention(Tensor q, Tensor k, Tensor v, @Nullable ScoreMod scoreMod, @Nullable BlockMask mask) {
        FlexShapes.check(q, k, v);
        float scale = FlexShapes.of(q, k, v).defaultScale();
        return attention(q, k, v, FlexOp.Flex.of(scoreMod, mask, scale));
    }

    /** Attention with its own scale, sinks and learnable parameters. */
    public Tensor attention(Tensor q, Tensor k, Tensor v, FlexOp.Flex flex) {
        return add(new FlexOp.Attention(q, k, v, flex));
    }

    /**
     * Writes {@code x [batch, heads, new, dim]} into {@code cache [batch, heads, capacity, dim]} at {@code position} of
     * the third axis.
     *
     * @param position an int scalar, where the first goes, or ints {@code [new]}, where each goes
     * @return the whole cache after the write
     */
    public Tensor cacheWrite(Tensor cache, Tensor x, Tensor position) {
        return add(new UpdateOp.CacheWrite(cache, x, position));
    }

    // Losses and sums.

    /**
     * Mean softmax cross-entropy in nats of {@code logits […, vocab]} against {@code targets […]}: a scalar. The loss
     * per row is the second output of the node.
     */
    public Tensor crossEntropy(Tensor logits, Tensor targets) {
        return add(new LossOp.CrossEntropy(logits, targets));
    }

    /** The sum of all elements, a scalar. */
    public Tensor sum(Tensor x) {
        return add(new ReduceOp.Sum(x));
    }

    /** The mean of all elements, a scalar. */
    public Tensor mean(Tensor x) {
        return scale(sum(x), 1f / x.shape().size());
    }

    /** The sum of the squares of all elements of all tensors, a scalar: the square of their global norm. */
    public Tensor sumSquares(List<Tensor> tensors) {
        return add(new ReduceOp.SumSquares(tensors));
    }

    /**
     * {@code min(1, maxNorm / ‖gradients‖)}: the factor that clips by global norm (Pascanu et al., arXiv:1211.5063).
     */
    public Tensor clipFactor(List<Tensor> gradients, float maxNorm) {
        Checks.that(maxNorm > 0, "clip maxNorm: expected a positive norm, got %s; use 1", maxNorm);
        return map(sumSquares(gradients), s -> s > maxNorm * maxNorm ? maxNorm / (float) Math.sqrt(s) : 1f);
    }

    // Updates.

    /** A step of AdamW on a parameter; see {@link UpdateOp.AdamW}. The result stands for the parameter after it. */
    public Tensor adamW(UpdateOp.AdamW update) {
        return add(update);
    }

    /** A step of SGD on a parameter; see {@link UpdateOp.Sgd}. The result stands for the parameter after it. */
    public Tensor sgd(UpdateOp.Sgd update) {
        return add(update);
    }

    /** The first output of the node for {@code op}. */
    Tensor add(Op op) {
        return node(op).output(0);
    }

    /** The node for {@code op}: a new one, or the one that already computes it. */
    Node node(Op op) {
        for (Tensor input : op.inputs()) {
            Checks.that(
                    input.node().graph() == this,
                    "%s: expected tensors of this graph, got %s of another; build it in one graph",
                    op.kind(),
                    input);
        }
        Node existing = known.get(op);
        if (existing != null) {
            return existing;
        }
        Node node = new Node(this, nodes.size(), op);
        nodes.add(node);
        known.put(op, node);
        return node;
    }

    private Tensor named(Leaf.Named leaf) {
        Checks.that(
                names.add(leaf.name()),
                "%s: expected a new name, got \"%s\" again; give each parameter, state and input its own name",
                leaf.kind(),
                leaf.name());
        return add(leaf);
    }

    /** The nodes that {@code outputs} need, in the order they run. */
    public List<Node> needed(List<Tensor> outputs) {
        Checks.that(!outputs.isEmpty(), "outputs: expected at least one tensor, got none; name what to compute");
        boolean[] needed = new boolean[nodes.size()];
        for (Tensor output : outputs) {
            Checks.that(
                    output.node().graph() == this,
                    "outputs: expected tensors of this graph, got %s of another; compile each graph on its own",
                    output);
            needed[output.node().id()] = true;
        }
        for (int id = needed.length - 1; id >= 0; id--) {
            if (needed[id]) {
                nodes.get(id).op().inputs().forEach(input -> needed[input.node().id()] = true);
            }
        }
        return nodes.stream().filter(node -> needed[node.id()]).toList();
    }

    /** One line per node. */
    @Override
    public String toString() {
        return String.join(
                "\n", Arrays.asList(nodes.stream().map(Node::toString).toArray(String[]::new)));
    }
}
