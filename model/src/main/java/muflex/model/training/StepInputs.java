package muflex.model.training;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import muflex.graph.Graph;
import muflex.graph.Tensor;
import org.jspecify.annotations.Nullable;

/** What all updates of a training graph share. */
public final class StepInputs {

    private final Graph graph;
    private final Tensor learningRate;
    private final @Nullable Tensor gradientScale;
    private final List<Tensor> states = new ArrayList<>();
    private @Nullable Tensor step;

    StepInputs(Graph graph, @Nullable Tensor gradientScale) {
        this.graph = graph;
        this.gradientScale = gradientScale;
        this.learningRate = graph.scalarInput("learning rate");
    }

    /** The graph that updates are added to. */
    Graph graph() {
        return graph;
    }

    /** A scalar: η at this step. */
    Tensor learningRate() {
        return learningRate;
    }

    /** A scalar: the number of this step, from 1. */
    Tensor step() {
        if (step == null) {
            step = graph.scalarInput("step");
        }
        return step;
    }

    /** {@link #step()} if an update asked for it; else null. */
    @Nullable
    Tensor usedStep() {
        return step;
    }

    /** A scalar: the clipping factor; null without clipping. */
    @Nullable
    Tensor gradientScale() {
        return gradientScale;
    }

    /** A new state with the shape of {@code parameter}. */
    Tensor state(String prefix, Tensor parameter) {
        Tensor state = graph.state(prefix + parameter.name(), parameter.shape());
        states.add(state);
        return state;
    }

    /** All states that updates asked for. */
    List<Tensor> states() {
        return Collections.unmodifiableList(states);
    }
}
