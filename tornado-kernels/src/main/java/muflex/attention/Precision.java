package muflex.attention;

/** What the operands of attention's two products are rounded to. Scores, the softmax and all sums are float either way. */
public enum Precision {
    /** Nothing: float as given. */
    SINGLE,

    /**
     * Half precision (IEEE 754 binary16), in the forward pass: q, k, v and the softmax's weights, as FlashAttention-2 does it. For
     * tensor cores, which multiply halves an order of magnitude faster; devices without refuse it. The largest half is 65504.
     */
    HALF
}
