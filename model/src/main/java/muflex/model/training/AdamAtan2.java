package muflex.model.training;

import java.util.List;
import muflex.graph.Graph;
import muflex.graph.Tensor;
import muflex.model.parameterization.OptimizerKind;
import muflex.model.parameterization.Role;
import muflex.model.parameterization.TensorSettings;

/**
 * Adam without ε (Everett et al. 2024, arXiv:2407.05872, section 4.3): with m̂ and v̂ as in Adam,
 * {@code p −= η·(4/π)·atan2(m̂, √v̂) + η·λ·p}. Gradients may be arbitrarily small, so nothing freezes however a rule
 * scales them. The factor 4/π makes a constant gradient's step η, as in Adam. Gains and biases don't decay.
 *
 * @param learningRate η at the peak
 * @param beta1 memory of the mean
 * @param beta2 memory of the square
 * @param weightDecay λ: a step takes {@code η·λ} of a weight
 */
public record AdamAtan2(double learningRate, double beta1, double beta2, double weightDecay) implements Optimizer {

    private static final String MEAN = "adam.m/";
    private static final String SQUARE = "adam.v/";
    private static final float FOUR_OVER_PI = 1.2732395f;
    private static final float HALF_PI = 1.5707964f;

    /** β = (0.9, 0.95), λ = 0.1. */
    public static AdamAtan2 of(double learningRate) {
        return new AdamAtan2(learningRate, 0.9, 0.95, 0.1);
    }

    @Override
    public OptimizerKind family() {
        return OptimizerKind.ADAM;
    }

    @Override
    public AdamAtan2 withLearningRate(double rate) {
        return new AdamAtan2(rate, beta1, beta2, weightDecay);
    }

    @Override
    public AdamAtan2 withWeightDecay(double decay) {
        return new AdamAtan2(learningRate, beta1, beta2, decay);
    }

    @Override
    public List<String> states(Role role) {
        return List.of(MEAN, SQUARE);
    }

    @Override
    public Tensor update(StepInputs inputs, Tensor parameter, Tensor gradient, TensorSettings settings) {
        Graph graph = inputs.graph();
        Tensor g = inputs.clipped(gradient);
        Tensor mean = inputs.average(MEAN, parameter, g, beta1);
        Tensor square = inputs.average(SQUARE, parameter, graph.map(g, x -> x * x), beta2);
        float memory1 = (float) beta1;
        float memory2 = (float) beta2;
        Tensor unbiased = graph.scale(mean, graph.map(inputs.step(), t -> 1f / (1f - (float) Math.pow(memory1, t))));
        Tensor variance = graph.scale(square, graph.map(inputs.step(), t -> 1f / (1f - (float) Math.pow(memory2, t))));
        Tensor direction = graph.map(unbiased, variance, (m, v) -> FOUR_OVER_PI * atan2(m, (float) Math.sqrt(v)));
        return inputs.descend(parameter, direction, settings, weightDecay);
    }

    /**
     * The angle of {@code (x, y)} for {@code x ≥ 0}, within 1e-5: the polynomial 4.4.49 of Abramowitz and Stegun,
     * "Handbook of Mathematical Functions", on the smaller ratio. Zero at the origin.
     */
    static float atan2(float y, float x) {
        float size = Math.abs(y);
        float greater = Math.max(Math.max(size, x), Float.MIN_NORMAL);
        float r = Math.min(size, x) / greater;
        float s = r * r;
        float angle = r * (0.999866f + s * (-0.3302995f + s * (0.180141f + s * (-0.085133f + s * 0.0208351f))));
        return Math.signum(y) * (size > x ? HALF_PI - angle : angle);
    }
}
