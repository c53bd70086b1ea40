package muflex.model.training;

import java.util.List;
import muflex.graph.Tensor;
import muflex.graph.UpdateOp;
import muflex.model.parameterization.OptimizerKind;
import muflex.model.parameterization.Role;
import muflex.model.parameterization.TensorSettings;

/**
 * Stochastic gradient descent with momentum; the formula is in {@link UpdateOp.Sgd}.
 *
 * @param learningRate η at the peak
 * @param momentum in [0, 1); 0 for none
 * @param weightDecay λ: a step takes {@code η·λ} of a weight
 */
public record Sgd(double learningRate, double momentum, double weightDecay) implements Optimizer {

    private static final String MOMENTUM = "sgd.m/";

    /** Momentum 0.9, no weight decay. */
    public static Sgd of(double learningRate) {
        return new Sgd(learningRate, 0.9, 0);
    }

    @Override
    public OptimizerKind family() {
        return OptimizerKind.SGD;
    }

    @Override
    public Sgd withLearningRate(double rate) {
        return new Sgd(rate, momentum, weightDecay);
    }

    @Override
    public Sgd withWeightDecay(double decay) {
        return new Sgd(learningRate, momentum, decay);
    }

    @Override
    public List<String> states(Role role) {
        return momentum == 0 ? List.of() : List.of(MOMENTUM);
    }

    @Override
    public Tensor update(StepInputs inputs, Tensor parameter, Tensor gradient, TensorSettings settings) {
        UpdateOp.SgdRule rule = new UpdateOp.SgdRule(
                settings.learningRateFactor(),
                momentum,
                weightDecay * (settings.learningRateFactor() * settings.weightDecayFactor()),
                UpdateOp.Decay.DECOUPLED);
        return inputs.graph()
                .sgd(new UpdateOp.Sgd(
                        parameter,
                        gradient,
                        momentum == 0 ? null : inputs.state(MOMENTUM, parameter),
                        inputs.learningRate(),
                        inputs.gradientScale(),
                        inputs.learningRate(),
                        rule));
    }
}
