package muflex.model.training;

import java.util.List;
import muflex.graph.Graph;
import muflex.graph.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What all updates of a training graph share.
 *
 * @param graph that they are added to
 * @param learningRate a scalar: η at this step
 * @param step a scalar: the number of this step, from 1
 * @param gradientScale a scalar: the clipping factor; null without clipping
 * @param states grows by each state that an update declares
 */
public record StepInputs(
        Graph graph,
        Tensor learningRate,
        Tensor step,
        @Nullable Tensor gradientScale,
        List<Tensor> states) {

    /** A new state with the shape of {@code parameter}. */
    Tensor state(String prefix, Tensor parameter) {
        Tensor state = graph.state(prefix + parameter.name(), parameter.shape());
        states.add(state);
        return state;
    }
}
