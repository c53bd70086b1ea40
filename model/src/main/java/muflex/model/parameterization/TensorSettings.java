package muflex.model.parameterization;

/**
 * A rule evaluated for one tensor of one model.
 *
 * @param tensor which
 * @param multiplier factor on the weight in the forward pass
 * @param mean what its numbers start around
 * @param std their standard deviation at the start
 * @param learningRateFactor on the base learning rate
 * @param weightDecayFactor on the base weight decay λ; 0 for gains and biases, which don't decay
 * @param epsFactor on the base ε
 */
public record TensorSettings(
        TensorSpec tensor,
        float multiplier,
        double mean,
        double std,
        double learningRateFactor,
        double weightDecayFactor,
        double epsFactor) {

    /**
     * Evaluates {@code rule}.
     *
     * @param tensor in the model
     * @param shape of the model
     * @param baseTensor the same tensor in the base model
     * @param baseShape of the base model
     */
    public static TensorSettings of(
            Parameterization rule,
            OptimizerKind optimizer,
            InitialScales scales,
            TensorSpec tensor,
            ModelShape shape,
            TensorSpec baseTensor,
            ModelShape baseShape) {
        Extents actual = shape.with(tensor.fanIn(), tensor.fanOut());
        Extents base = baseShape.with(baseTensor.fanIn(), baseTensor.fanOut());
        TensorRule own = rule.tensor(tensor.role());
        OptimizerRule steps = own.forOptimizer(optimizer.of(tensor.role()));
        boolean decays = tensor.role().kind() != Role.Kind.VECTOR;
        return new TensorSettings(
                tensor,
                (float) own.multiplier().factor(actual, base),
                InitialScales.mean(tensor.role()),
                scales.atBase(baseTensor) * own.std().factor(actual, base),
                steps.learningRate().factor(actual, base),
                decays ? steps.weightDecay().factor(actual, base) : 0,
                steps.eps().factor(actual, base));
    }

    /** The same tensor at {@code times} the learning rate. */
    public TensorSettings withLearningRateTimes(double times) {
        return new TensorSettings(
                tensor, multiplier, mean, std, learningRateFactor * times, weightDecayFactor, epsFactor);
    }
}
