package muflex.experiments.mup;

/**
 * One training run of a sweep.
 *
 * @param rule name of the parameterization
 * @param width of the residual stream
 * @param depth layers
 * @param learningRate η at the peak, of the base model
 * @param seed of weights and batches
 */
record SweepCase(String rule, int width, int depth, double learningRate, long seed) {

    /** As progress shows it. */
    @Override
    public String toString() {
        return rule + " width " + width + " depth " + depth + " lr " + Exponents.text(learningRate) + " seed " + seed;
    }
}
