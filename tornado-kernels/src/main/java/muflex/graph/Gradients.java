package muflex.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reverse-mode derivatives: the graph is walked from the loss to its inputs, and the rule of each op ({@link Rules})
 * appends the nodes that carry the derivative past it. Where a tensor is used more than once its contributions are
 * added, latest use first.
 */
public final class Gradients {

    private final Graph graph;
    private final Map<Tensor, Tensor> known = new HashMap<>();
    /** Per node: whether its derivative is asked for or leads to one that is. */
    private final boolean[] active;

    private Gradients(Graph graph, List<Tensor> wrt, int size) {
        this.graph = graph;
        this.active = new boolean[size];
        for (Tensor tensor : wrt) {
            Checks.that(
                    tensor.node().id() < size,
                    "gradients wrt: expected a tensor that the loss depends on, got the later %s; remove it",
                    tensor);
            active[tensor.node().id()] = true;
        }
        for (int id = 0; id < size; id++) {
            Op op = graph.nodes().get(id).op();
            active[id] |= !(op instanceof UpdateOp) && op.inputs().stream().anyMatch(this::wanted);
        }
    }

    /** The derivatives of {@code loss}, a scalar, for each tensor of {@code wrt}, in their order and shapes. */
    public static List<Tensor> of(Graph graph, Tensor loss, Tensor... wrt) {
        return of(graph, loss, Arrays.asList(wrt));
    }

    /** The derivatives of {@code loss}, a scalar, for each tensor of {@code wrt}, in their order and shapes. */
    public static List<Tensor> of(Graph graph, Tensor loss, List<Tensor> wrt) {
        Checks.scalar("gradients loss", loss);
        wrt.forEach(tensor -> Checks.floats("gradients wrt", tensor));
        Gradients gradients = new Gradients(graph, wrt, loss.node().id() + 1);
        gradients.walk(loss);
        List<Tensor> result = new ArrayList<>();
        for (Tensor tensor : wrt) {
            Tensor gradient = gradients.upstream(tensor);
            if (gradient == null) {
                throw new IllegalArgumentException("gradients wrt: expected a tensor that " + loss + " depends on, got "
                        + tensor + "; remove it or use it in the model");
            }
            result.add(gradient);
        }
        return List.copyOf(result);
    }

    private void walk(Tensor loss) {
        known.put(loss, graph.fill(loss.shape(), 1f));
        Rules rules = new Rules(graph, this);
        for (int id = loss.node().id(); id >= 0; id--) {
            Node node = graph.nodes().get(id);
            if (active[id] && node.outputs().stream().anyMatch(known::containsKey)) {
                rules.apply(node);
            }
        }
    }

    /** What is known of the derivative for {@code tensor}; null for nothing. */
    @Nullable
    Tensor upstream(Tensor tensor) {
        return known.get(tensor);
    }

    /** Whether the derivative for {@code tensor} is of use. */
    boolean wanted(Tensor tensor) {
        return active[tensor.node().id()];
    }

    /** Adds a part of the derivative for {@code tensor}, if it is wanted; only then is it built. */
    void contribute(Tensor tensor, Supplier<Tensor> part) {
        if (wanted(tensor)) {
            known.merge(tensor, part.get(), graph::add);
        }
    }
}
