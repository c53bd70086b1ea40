package muflex.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The derivative of each op: given the derivatives of its outputs, it contributes to those of its inputs. */
final class Rules {

    private final Graph graph;
    private final Gradients gradients;

    Rules(Graph graph, Gradients gradients) {
        this.graph = graph;
        this.gradients = gradients;
    }

    void apply(Node node) {
        switch (node.op()) {
            case Leaf leaf -> {}
            case LinearOp op -> linear(op, upstream(node));
            case ElementOp op -> element(op, upstream(node));
            case NormOp op -> norm(op, node);
            case HeadOp op -> head(op, node);
            case LossOp op -> loss(op, node);
            case ReduceOp op -> reduce(op, upstream(node));
            case UpdateOp op -> throw none(op);
        }
    }

    private void linear(LinearOp op, Tensor d) {
        switch (op) {
            case LinearOp.MatMul(Tensor a, Tensor b, boolean ta, boolean tb, float alpha) -> {
                // c = α op(a) op(b), so d op(a) = α d op(b)ᵀ and d op(b) = α op(a)ᵀ d; each transposed back if need be.
                gradients.contribute(
                        a, () -> ta ? graph.matmul(b, d, tb, true, alpha) : graph.matmul(d, b, false, !tb, alpha));
                gradients.contribute(
                        b, () -> tb ? graph.matmul(d, a, true, ta, alpha) : graph.matmul(a, d, !ta, false, alpha));
            }
            case LinearOp.Embedding(Tensor table, Tensor tokens) ->
                gradients.contribute(
                        table,
                        () -> graph.add(new LinearOp.EmbeddingGradient(
                                d, tokens, table.shape().axis(0))));
            case LinearOp.EmbeddingGradient(Tensor rows, Tensor tokens, Axis vocab) ->
                gradients.contribute(rows, () -> graph.embedding(d, tokens));
        }
    }

    private void element(ElementOp op, Tensor d) {
        switch (op) {
            case ElementOp.Add(Tensor a, Tensor b) -> {
                gradients.contribute(a, () -> d);
                gradients.contribute(
                        b, () -> ((ElementOp.Add) op).broadcast() ? graph.add(new ReduceOp.SumRows(d, b.shape())) : d);
            }
            case ElementOp.Scale(Tensor a, float constant, @Nullable Tensor scalar) -> {
                gradients.contribute(a, () -> graph.add(new ElementOp.Scale(d, constant, scalar)));
                if (scalar != null) {
                    gradients.contribute(
                            scalar, () -> graph.scale(graph.sum(graph.map(a, d, (x, y) -> x * y)), constant));
                }
            }
            case ElementOp.Expand(Tensor scalar, Shape shape) -> gradients.contribute(scalar, () -> graph.sum(d));
            case ElementOp.Map map -> map(map, d);
        }
    }

    /** The derivatives for all inputs that are wanted, in one node, because they share most of their work. */
    private void map(ElementOp.Map op, Tensor d) {
        List<Integer> wanted = IntStream.range(0, op.inputs().size())
                .filter(i -> gradients.wanted(op.inputs().get(i)))
                .boxed()
                .toList();
        if (op.function().outputs().size() > 1) {
            throw none(op);
        }
        List<Tensor> inputs = new ArrayList<>(op.inputs());
        inputs.add(d);
        Node made = graph.node(new ElementOp.Map(op.function().gradient(wanted), inputs));
        for (int i = 0; i < wanted.size(); i++) {
            Tensor part = made.output(i);
            gradients.contribute(op.inputs().get(wanted.get(i)), () -> part);
        }
    }

    private void norm(NormOp op, Node node) {
        switch (op) {
            case NormOp.RmsNorm(Tensor x, @Nullable Tensor gain, float epsilon) -> {
                Tensor d = onlyFirst(node);
                Node made = graph.node(new NormOp.RmsNormGradient(x, gain, node.output(1), d));
                contributeNorm(made, x, gain);
            }
            case NormOp.LayerNorm(Tensor x, @Nullable Tensor gain, @Nullable Tensor bias, float epsilon) -> {
                Tensor d = onlyFirst(node);
                Node made = graph.node(new NormOp.LayerNormGradient(x, gain, node.output(1), node.output(2), d));
                contributeNorm(made, x, gain);
                if (bias != null) {
                    gradients.contribute(bias, () -> graph.add(new ReduceOp.SumRows(d, bias.shape())));
                }
            }
            case NormOp.RmsNormGradient gradient -> throw none(gradient);
            case NormOp.LayerNormGradient gradient -> throw none(gradient);
        }
    }

    private void contributeNorm(Node gradient, Tensor x, @Nullable Tensor gain) {
        gradients.contribute(x, () -> gradient.output(0));
        if (gain != null) {
            gradients.contribute(gain, () -> gradient.output(1));
        }
    }

    private void head(HeadOp op, Node node) {
        switch (op) {
            case HeadOp.SplitHeads(Tensor x, int heads) ->
                gradients.contribute(x, () -> graph.mergeHeads(upstream(node)));
            case HeadOp.MergeHeads(Tensor x) ->
                gradients.contribute(
                        x, () -> graph.splitHeads(upstream(node), x.shape().size(1)));
            case HeadOp.RotaryTable table -> {}
            case HeadOp.Rotary(Tensor x, Tensor cosine, Tensor sine, boolean backwards) ->
                gradients.contribute(x, () -> graph.add(new HeadOp.Rotary(upstream(node), cosine, sine, !backwards)));
            case FlexOp.Attention attention -> attention(attention, node);
            case FlexOp.AttentionGradient gradient -> throw none(gradient);
        }
    }

    private void attention(FlexOp.Attention op, Node node) {
        Tensor out = node.output(0);
        Tensor dOut = gradients.upstream(out);
        Tensor d = dOut == null ? graph.fill(out.shape(), 0f) : dOut;
        Node made = graph.node(new FlexOp.AttentionGradient(
                op.q(), op.k(), op.v(), out, node.output(1), d, gradients.upstream(node.output(1)), op.flex()));
        List<Tensor> inputs = op.inputs();
        for (int i = 0; i < inputs.size(); i++) {
            int output = i;
            gradients.contribute(inputs.get(i), () -> made.output(output));
        }
    }

    private void loss(LossOp op, Node node) {
        switch (op) {
            case LossOp.CrossEntropy(Tensor logits, Tensor targets) -> {
                Tensor d = onlyFirst(node);
                gradients.contribute(
                        logits, () -> graph.add(new LossOp.CrossEntropyGradient(logits, targets, node.output(2), d)));
            }
            case LossOp.CrossEntropyGradient gradient -> throw none(gradient);
        }
    }

    private void reduce(ReduceOp op, Tensor d) {
        switch (op) {
            case ReduceOp.Sum(Tensor x) -> gradients.contribute(x, () -> graph.add(new ElementOp.Expand(d, x.shape())));
            case ReduceOp.SumRows(Tensor x, Shape shape) ->
                gradients.contribute(x, () -> graph.add(graph.fill(x.shape(), 0f), d));
            case ReduceOp.SumSquares(List<Tensor> inputs) -> {
                for (Tensor input : inputs) {
                    gradients.contribute(input, () -> graph.add(new ElementOp.Scale(input, 2f, d)));
                }
            }
        }
    }

    /** The derivative of the node's first output. */
    private Tensor upstream(Node node) {
        Tensor d = gradients.upstream(node.output(0));
        if (d == null) {
            throw new IllegalStateException("no derivative reached " + node);
        }
        return d;
    }

    /** The derivative of the node's first output, where the others have none. */
    private Tensor onlyFirst(Node node) {
        for (Tensor output : node.outputs().subList(1, node.outputs().size())) {
            Checks.that(
                    gradients.upstream(output) == null,
                    "gradients: expected a loss through the first output of %s, got one through %s; it has no derivative",
                    node.op().kind(),
                    output);
        }
        return upstream(node);
    }

    private static IllegalArgumentException none(Op op) {
        return new IllegalArgumentException("gradients: expected ops of a forward graph, got " + op.kind()
                + ", which has no derivative; take first derivatives only");
    }
}
