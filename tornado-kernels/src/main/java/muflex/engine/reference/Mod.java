package muflex.engine.reference;

/** A score mod in float64, with its derivatives. */
interface Mod {

    /** The modified score. */
    double value(double score, int b, int h, int q, int kv);

    /** ∂value/∂score. */
    double derivative(double score, int b, int h, int q, int kv);

    /** Adds {@code upstream · ∂value/∂captured} for every element of a learnable array that was read. */
    void accumulate(double score, int b, int h, int q, int kv, double upstream, Gradients gradients);

    /** The gradients of the learnable arrays. */
    interface Gradients {
        /** Adds to element {@code index} of the array that is number {@code learnable} in the spec. */
        void add(int learnable, int index, double value);
    }
}
