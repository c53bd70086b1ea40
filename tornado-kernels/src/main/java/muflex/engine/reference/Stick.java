package muflex.engine.reference;

/** The functions of {@link muflex.attention.Weights#STICK_BREAKING}. */
final class Stick {

    private Stick() {}

    /** σ(score). */
    static double share(double score) {
        return 1 / (1 + Math.exp(-score));
    }

    /** ln(1 + exp(score)); −ln(1 − σ(score)). */
    static double softplus(double score) {
        return Math.max(score, 0) + Math.log1p(Math.exp(-Math.abs(score)));
    }
}
