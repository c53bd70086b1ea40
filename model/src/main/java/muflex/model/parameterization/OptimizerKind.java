package muflex.model.parameterization;

/** Families of optimizers that a rule tells apart, because their steps scale differently with the gradient. */
public enum OptimizerKind {
    /** Adam, AdamW: a step's size doesn't depend on the gradient's scale. */
    ADAM(1),
    /** SGD, with or without momentum: a step is proportional to the gradient. */
    SGD(2);

    private final int symmetryPower;

    OptimizerKind(int symmetryPower) {
        this.symmetryPower = symmetryPower;
    }

    /** The power of θ by which the learning rate falls when the multiplier rises by θ (Lemma J.1). */
    public Rational symmetryPower() {
        return Rational.of(symmetryPower);
    }
}
