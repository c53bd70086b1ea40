package muflex.model.training;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import muflex.graph.Graph;
import muflex.graph.Shape;
import muflex.graph.Tensor;
import muflex.graph.UpdateOp;
import muflex.model.parameterization.TensorSettings;
import org.jspecify.annotations.Nullable;

/** What all updates of a training graph share. */
public final class StepInputs {

    private final Graph graph;
    private final Tensor learningRate;
    private final @Nullable Tensor gradientScale;
    private final List<Tensor> states = new ArrayList<>();
    private @Nullable Tensor step;
    private @Nullable Tensor share;

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

    /** A scalar: the share of the schedule's peak at this step. */
    Tensor share() {
        if (share == null) {
            share = graph.scalarInput("schedule share");
        }
        return share;
    }

    /** {@link #share()} if an update asked for it; else null. */
    @Nullable
    Tensor usedShare() {
        return share;
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

    /** The gradient after clipping. */
    Tensor clipped(Tensor gradient) {
        return gradientScale == null ? gradient : graph.scale(gradient, gradientScale);
    }

    /** A new state {@code s ← memory·s + (1 − memory)·x}; the result is the state after it. */
    Tensor average(String prefix, Tensor parameter, Tensor x, double memory) {
        float rest = (float) (1 - memory);
        Tensor state = state(prefix, parameter);
        return changed(state, graph.map(state, x, (s, next) -> rest * (s - next)));
    }

    /** A new state {@code s ← memory·s + x}; the result is the state after it. */
    Tensor accumulate(String prefix, Tensor parameter, Tensor x, double memory) {
        float rest = (float) (1 - memory);
        Tensor state = state(prefix, parameter);
        return changed(state, graph.map(state, x, (s, next) -> rest * s - next));
    }

    /** {@code p −= η·f·direction + η·f·λ·p}, with the rule's factors f; the result is the parameter after it. */
    Tensor descend(Tensor parameter, Tensor direction, TensorSettings settings, double weightDecay) {
        double factor = settings.learningRateFactor();
        UpdateOp.SgdRule rule = new UpdateOp.SgdRule(
                factor, 0, weightDecay * (factor * settings.weightDecayFactor()), UpdateOp.Decay.DECOUPLED);
        return graph.sgd(new UpdateOp.Sgd(parameter, direction, null, learningRate, null, learningRate, rule));
    }

    /** {@code state − difference}, in place. */
    private Tensor changed(Tensor state, Tensor difference) {
        Tensor one = graph.fill(Shape.scalar(), 1f);
        UpdateOp.SgdRule plain = new UpdateOp.SgdRule(1, 0, 0, UpdateOp.Decay.DECOUPLED);
        return graph.sgd(new UpdateOp.Sgd(state, difference, null, one, null, one, plain));
    }

    /** All states that updates asked for. */
    List<Tensor> states() {
        return Collections.unmodifiableList(states);
    }
}
