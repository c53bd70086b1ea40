package muflex.model.parameterization;

/**
 * How one optimizer's settings for one tensor change with size.
 *
 * @param learningRate of the learning rate η
 * @param weightDecay of λ, where a step takes {@code η·λ·w} from a weight w
 * @param eps of Adam's ε, which is added to {@code √v}; without meaning for SGD
 */
public record OptimizerRule(Power learningRate, Power weightDecay, Power eps) {

    /** Nothing changes with size. */
    public static final OptimizerRule CONSTANT = new OptimizerRule(Power.ONE, Power.ONE, Power.ONE);

    /** This learning rate, with weight decay moved against it so that {@code η·λ} stays as it is at the base. */
    public static OptimizerRule decayKept(Power learningRate) {
        return new OptimizerRule(learningRate, Power.ONE.over(learningRate), Power.ONE);
    }

    public OptimizerRule withLearningRate(Power power) {
        return new OptimizerRule(power, weightDecay, eps);
    }

    public OptimizerRule withEps(Power power) {
        return new OptimizerRule(learningRate, weightDecay, power);
    }
}
