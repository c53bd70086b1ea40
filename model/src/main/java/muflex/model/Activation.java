package muflex.model;

/** What stands between the MLP's matrices. */
public enum Activation {
    /** {@code gelu(x·W_in)·W_out}, with the tanh form of Hendrycks and Gimpel 2016 (arXiv:1606.08415). */
    GELU,
    /** {@code (silu(x·W_gate) ⊙ x·W_in)·W_out} (Shazeer 2020, arXiv:2002.05202). */
    SWIGLU
}
