package muflex.model.training;

import java.util.List;
import muflex.graph.Tensor;
import muflex.graph.UpdateOp;
import muflex.model.parameterization.OptimizerKind;
import muflex.model.parameterization.Role;
import muflex.model.parameterization.TensorSettings;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2017, arXiv:1711.05101); the formula is in
 * {@link UpdateOp.AdamW}. Gains and biases don't decay.
 *
 * @param learningRate η at the peak
 * @param beta1 memory of the mean
 * @param beta2 memory of the square
 * @param eps ε
 * @param weightDecay λ: a step takes {@code η·λ} of a weight, η that of the step; if decay is independent,
 *     {@code λ} times the schedule's share of the peak
 * @param independentDecay whether the base learning rate is left out of weight decay (Wortsman et al. 2023,
 *     arXiv:2309.14322); a rule's factor of the product stays
 */
public record AdamW(
        double learningRate, double beta1, double beta2, double eps, double weightDecay, boolean independentDecay)
        implements Optimizer {

    private static final String MEAN = "adam.m/";
    private static final String SQUARE = "adam.v/";

    /** With the usual decay by {@code η·λ}. */
    public AdamW(double learningRate, double beta1, double beta2, double eps, double weightDecay) {
        this(learningRate, beta1, beta2, eps, weightDecay, false);
    }

    /** β = (0.9, 0.95), ε = 1e-8, λ = 0.1. */
    public static AdamW of(double learningRate) {
        return new AdamW(learningRate, 0.9, 0.95, 1e-8, 0.1);
    }

    @Override
    public OptimizerKind family() {
        return OptimizerKind.ADAM;
    }

    @Override
    public AdamW withLearningRate(double rate) {
        return new AdamW(rate, beta1, beta2, eps, weightDecay, independentDecay);
    }

    @Override
    public AdamW withWeightDecay(double decay) {
        return new AdamW(learningRate, beta1, beta2, eps, decay, independentDecay);
    }

    public AdamW withIndependentDecay() {
        return new AdamW(learningRate, beta1, beta2, eps, weightDecay, true);
    }

    @Override
    public List<String> states(Role role) {
        return List.of(MEAN, SQUARE);
    }

    @Override
    public Tensor update(StepInputs inputs, Tensor parameter, Tensor gradient, TensorSettings settings) {
        UpdateOp.AdamWRule rule = new UpdateOp.AdamWRule(
                settings.learningRateFactor(),
                beta1,
                beta2,
                eps * settings.epsFactor(),
                // The op multiplies λ by the base rate or the share; the rule's λ goes with the tensor's own rate.
                weightDecay * (settings.learningRateFactor() * settings.weightDecayFactor()),
                UpdateOp.Decay.DECOUPLED);
        return inputs.graph()
                .adamW(new UpdateOp.AdamW(
                        parameter,
                        gradient,
                        inputs.state(MEAN, parameter),
                        inputs.state(SQUARE, parameter),
                        inputs.learningRate(),
                        inputs.step(),
                        inputs.gradientScale(),
                        independentDecay ? inputs.share() : inputs.learningRate(),
                        rule));
    }
}
