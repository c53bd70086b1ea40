package muflex.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class GraphTest {

    private final Graph graph = new Graph();
    private final Tensor x = graph.input("x", Shape.of("batch", 2, "seq", 3, "in", 8));
    private final Tensor w = graph.parameter("w", Shape.of("in", 8, "out", 6));
    private final Tensor tokens = graph.intInput("tokens", Shape.of("batch", 2, "seq", 3));

    @Test
    void matmulKeepsLeadingAxes() {
        assertThat(graph.matmul(x, w).shape()).hasToString("[batch 2, seq 3, out 6]");
        assertThat(graph.matmul(x, graph.matmul(x, w), true, false, 1f).shape()).hasToString("[in 8, out 6]");
    }

    @Test
    void headsSplitAndMerge() {
        Tensor heads = graph.splitHeads(x, 2);
        assertThat(heads.shape()).hasToString("[batch 2, heads 2, seq 3, dim 4]");
        assertThat(graph.mergeHeads(heads).shape()).hasToString("[batch 2, seq 3, dim 8]");
    }

    @Test
    void attentionTakesGroupedKeys() {
        Tensor q = graph.splitHeads(x, 4);
        Tensor kv = graph.input("kv", Shape.of("batch", 2, "heads", 2, "seq", 5, "dim", 2));
        Tensor out = graph.attention(q, kv, kv, null, null);
        assertThat(out.shape()).hasToString("[batch 2, heads 4, seq 3, dim 2]");
        assertThat(out.node().output(1).shape()).hasToString("[batch 2, heads 4, seq 3]");
    }

    @Test
    void equalOpsAreOneNode() {
        assertThat(graph.matmul(x, w)).isSameAs(graph.matmul(x, w));
        Tensor heads = graph.splitHeads(x, 2);
        assertThat(graph.rope(graph.scale(heads, 2f), 1e4, null).op().inputs().get(1))
                .isSameAs(graph.rope(heads, 1e4, null).op().inputs().get(1));
        assertThat(graph.matmul(x, w)).isNotSameAs(graph.matmul(x, w, 2f));
    }

    @Test
    void neededLeavesOutTheRest() {
        Tensor y = graph.matmul(x, w);
        graph.scale(y, 2f);
        assertThat(graph.needed(List.of(y))).containsExactly(x.node(), w.node(), y.node());
    }

    @Test
    void errorsNameAxesAndTheFix() {
        fails(
                () -> graph.matmul(x, graph.parameter("v", Shape.of("in", 9, "out", 6))),
                "matmul b: expected rows 8 to match a = x [batch 2, seq 3, in 8], got b = v [in 9, out 6] with 9;"
                        + " transpose or resize one side");
        fails(
                () -> graph.matmul(x, w, true, true, 1f),
                "matmul: expected at most one transposed operand, got x [batch 2, seq 3, in 8] and w [in 8, out 6] both"
                        + " transposed; aᵀ bᵀ is (b a)ᵀ, so multiply b by a");
        fails(
                () -> graph.add(x, w),
                "add b: expected the shape of a = x [batch 2, seq 3, in 8] or a suffix of it, got w [in 8, out 6];"
                        + " swap the operands or reshape b");
        fails(
                () -> graph.splitHeads(x, 3),
                "splitHeads heads: expected a divisor of the last axis of x [batch 2, seq 3, in 8], got 3; change the"
                        + " width or the heads");
        fails(
                () -> graph.embedding(w, x),
                "embedding tokens: expected an int tensor, got the float tensor x [batch 2, seq 3, in 8]; declare it"
                        + " with intInput(…)");
        fails(
                () -> graph.crossEntropy(graph.matmul(x, w), graph.intInput("targets", Shape.of("batch", 2))),
                "crossEntropy targets: expected shape [batch 2, seq 3], got targets [batch 2]; give one target per row"
                        + " of the logits");
        fails(
                () -> graph.parameter("w", Shape.scalar()),
                "Parameter: expected a new name, got \"w\" again; give each parameter, state and input its own name");
        fails(
                () -> new Graph().add(x, x),
                "Add: expected tensors of this graph, got x [batch 2, seq 3, in 8] of another; build it in one graph");
        fails(() -> Shape.of("seq", 0), "axis seq: expected a size of at least 1, got 0; drop empty tensors");
    }

    @Test
    void gradientErrors() {
        Tensor loss = graph.crossEntropy(graph.matmul(x, w), tokens);
        Tensor unused = graph.parameter("unused", Shape.of("in", 8));
        fails(
                () -> Gradients.of(graph, graph.matmul(x, w), w),
                "gradients loss: expected one element, got MatMul#3 [batch 2, seq 3, out 6]; declare it with"
                        + " scalarInput(…) or reduce it to a scalar");
        fails(
                () -> Gradients.of(graph, loss, unused),
                "gradients wrt: expected a tensor that the loss depends on, got the later unused [in 8]; remove it");
        fails(
                () -> Gradients.of(graph, loss, tokens),
                "gradients wrt: expected a float tensor, got the int tensor tokens [batch 2, seq 3]; use a parameter,"
                        + " a state or input(…)");
    }

    @Test
    void gradientsHaveTheShapesOfTheirTensors() {
        Tensor loss = graph.crossEntropy(graph.matmul(x, w), tokens);
        List<Tensor> gradients = Gradients.of(graph, loss, w, x);
        assertThat(gradients.get(0).shape().sameSizes(w.shape())).isTrue();
        assertThat(gradients.get(1).shape().sameSizes(x.shape())).isTrue();
    }

    private static void fails(ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
    }
}
