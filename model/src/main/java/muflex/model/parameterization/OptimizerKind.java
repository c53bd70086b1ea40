package muflex.model.parameterization;

/** Families of optimizers that a rule tells apart, because their steps scale differently with the gradient. */
public enum OptimizerKind {
    /** Adam, AdamW: a step's size doesn't depend on the gradient's scale. */
    ADAM(1),
    /** SGD, with or without momentum: a step is proportional to the gradient. */
    SGD(2),
    /** Muon on hidden weights, whose steps are orthogonal matrices whatever the gradient's scale; Adam elsewhere. */
    MUON(1);

    private final int symmetryPower;

    OptimizerKind(int symmetryPower) {
        this.symmetryPower = symmetryPower;
    }

    /** The power of θ by which the learning rate falls when the multiplier rises by θ (Lemma J.1). */
    public Rational symmetryPower() {
        return Rational.of(symmetryPower);
    }

    /** Whose exponents a tensor follows: Muon leaves all but hidden weights to Adam. */
    public OptimizerKind of(Role role) {
        return this == MUON && role.kind() != Role.Kind.HIDDEN ? ADAM : this;
    }
}
