package muflex.model.training;

import java.util.List;
import muflex.graph.Graph;
import muflex.graph.Tensor;
import muflex.model.parameterization.OptimizerKind;
import muflex.model.parameterization.Role;
import muflex.model.parameterization.TensorSettings;

/**
 * Muon (Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks"): hidden weights move by η times
 * the orthogonal matrix nearest to their momentum, {@code M = μM + g}, {@code p −= η·f·O(g + μM) + η·λ·p}. f is the
 * rule's factor: {@code √(fan_out/fan_in)} relative to the base under the spectral rules (arXiv:2310.17813), on
 * which no factor of Adam's is stacked. Embeddings, readout, gains and biases are left to AdamW.
 *
 * @param learningRate η of hidden weights at the peak: the spectral norm of a step at the base
 * @param momentum μ
 * @param weightDecay λ of all weights
 * @param adamLearningRate of what is left to AdamW, at the peak
 */
public record Muon(double learningRate, double momentum, double weightDecay, double adamLearningRate)
        implements Optimizer {

    private static final String MOMENTUM = "muon.m/";
    private static final int ITERATIONS = 5;
    private static final double NORM_EPSILON = 1e-7;
    // Coefficients of the quintic that takes singular values in (0, 1] to about 1 (Jordan et al. 2024).
    private static final float A = 3.4445f;
    private static final float B = -4.7750f;
    private static final float C = 2.0315f;

    /** μ = 0.95, λ = 0.1, and AdamW at a fifth of the rate. */
    public static Muon of(double learningRate) {
        return new Muon(learningRate, 0.95, 0.1, learningRate / 5);
    }

    @Override
    public OptimizerKind family() {
        return OptimizerKind.MUON;
    }

    @Override
    public Muon withLearningRate(double rate) {
        return new Muon(rate, momentum, weightDecay, adamLearningRate * (rate / learningRate));
    }

    @Override
    public Muon withWeightDecay(double decay) {
        return new Muon(learningRate, momentum, decay, adamLearningRate);
    }

    private AdamW adam() {
        return AdamW.of(adamLearningRate).withWeightDecay(weightDecay);
    }

    @Override
    public List<String> states(Role role) {
        return role.kind() == Role.Kind.HIDDEN ? List.of(MOMENTUM) : adam().states(role);
    }

    @Override
    public Tensor update(StepInputs inputs, Tensor parameter, Tensor gradient, TensorSettings settings) {
        if (settings.tensor().role().kind() != Role.Kind.HIDDEN) {
            double share = adamLearningRate / learningRate;
            return adam().update(inputs, parameter, gradient, settings.withLearningRateTimes(share));
        }
        Graph graph = inputs.graph();
        float memory = (float) momentum;
        Tensor g = inputs.clipped(gradient);
        Tensor sum = inputs.accumulate(MOMENTUM, parameter, g, momentum);
        Tensor ahead = graph.map(g, sum, (now, past) -> now + memory * past);
        return inputs.descend(parameter, orthogonal(graph, ahead, settings.epsFactor()), settings, weightDecay);
    }

    /**
     * The orthogonal matrix nearest to {@code x [in, out]}, about: five Newton–Schulz steps
     * {@code X ← aX + (bA + cA²)X} with {@code A = XXᵀ}, from {@code x/‖x‖}, on the shorter side. Singular values end
     * between 0.7 and 1.2.
     *
     * @param epsFactor the rule's factor on what keeps a zero from being divided by zero
     */
    static Tensor orthogonal(Graph graph, Tensor x, double epsFactor) {
        float floor = (float) (NORM_EPSILON * epsFactor);
        boolean tall = x.shape().size(0) > x.shape().size(1);
        Tensor y = graph.scale(x, graph.map(graph.sumSquares(List.of(x)), s -> 1f / ((float) Math.sqrt(s) + floor)));
        for (int i = 0; i < ITERATIONS; i++) {
            Tensor square = graph.matmul(y, y, tall, !tall, 1f);
            Tensor polynomial = graph.add(graph.scale(square, B), graph.matmul(square, square, C));
            Tensor product = tall ? graph.matmul(y, polynomial) : graph.matmul(polynomial, y);
            y = graph.add(graph.scale(y, A), product);
        }
        return y;
    }
}
