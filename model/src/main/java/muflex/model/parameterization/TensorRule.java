package muflex.model.parameterization;

/**
 * How one role's tensor changes with size: the weight enters the forward pass as {@code multiplier · w}, w starts
 * with standard deviation {@code std} and learns with {@code adam}, {@code sgd} or {@code muon}. These are A, B and C
 * of Yang et al. 2022 (arXiv:2203.03466, appendix J), as exponents. A tied embedding is used twice: its multiplier is
 * that of the readout, since the symmetry of {@link #rescaled} makes the embedding's 1.
 */
public record TensorRule(Power multiplier, Power std, OptimizerRule adam, OptimizerRule sgd, OptimizerRule muon) {

    /** Nothing changes with size. */
    public static final TensorRule CONSTANT = new TensorRule(
            Power.ONE, Power.ONE, OptimizerRule.CONSTANT, OptimizerRule.CONSTANT, OptimizerRule.CONSTANT);

    public OptimizerRule forOptimizer(OptimizerKind kind) {
        return switch (kind) {
            case ADAM -> adam;
            case SGD -> sgd;
            case MUON -> muon;
        };
    }

    public TensorRule withMultiplier(Power power) {
        return new TensorRule(power, std, adam, sgd, muon);
    }

    public TensorRule withStd(Power power) {
        return new TensorRule(multiplier, power, adam, sgd, muon);
    }

    public TensorRule withAdam(OptimizerRule rule) {
        return new TensorRule(multiplier, std, rule, sgd, muon);
    }

    public TensorRule withSgd(OptimizerRule rule) {
        return new TensorRule(multiplier, std, adam, rule, muon);
    }

    public TensorRule withMuon(OptimizerRule rule) {
        return new TensorRule(multiplier, std, adam, sgd, rule);
    }

    /**
     * The same training, written otherwise: {@code (A, B, C) → (Aθ, B/θ, C/θ)} under Adam and Muon together with
     * {@code ε → εθ} and {@code λ → λθ}, and {@code C/θ²}, {@code λθ²} under SGD (Lemma J.1). Adam's ε is compared
     * with a gradient that grew by θ. {@link Equivalence} finds θ.
     */
    public TensorRule rescaled(Power theta) {
        return new TensorRule(
                multiplier.times(theta),
                std.over(theta),
                rescaled(adam, theta, OptimizerKind.ADAM),
                rescaled(sgd, theta, OptimizerKind.SGD),
                rescaled(muon, theta, OptimizerKind.MUON));
    }

    private static OptimizerRule rescaled(OptimizerRule rule, Power theta, OptimizerKind kind) {
        Power step = theta.to(kind.symmetryPower());
        return new OptimizerRule(
                rule.learningRate().over(step),
                rule.weightDecay().times(step),
                kind == OptimizerKind.SGD ? rule.eps() : rule.eps().times(theta));
    }
}
