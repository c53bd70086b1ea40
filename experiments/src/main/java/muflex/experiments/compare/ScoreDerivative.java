package muflex.experiments.compare;

/**
 * A score mod's derivatives at one score, for the plain loop. The built-in variants' are written by hand, so that the
 * plain loop checks the lifted derivatives rather than repeats them.
 */
@FunctionalInterface
public interface ScoreDerivative {

    /** {@code ∂mod/∂score}, at the scaled score. */
    float byScore(float score, int b, int h, int q, int kv);

    /**
     * Adds {@code upstream · ∂mod/∂learned[i]} to {@code gradient[i]} for every {@code i} that the mod reads; nothing
     * unless the variant learns.
     */
    default void byLearned(float upstream, float score, int b, int h, int q, int kv, float[] gradient) {}
}
