package muflex.attention;

/**
 * What the modified scores {@code s} of a query become: the weights {@code p} of {@code out = Σ p[kv] · v[kv]}, over the keys that the
 * mask allows.
 */
public enum Weights {
    /** {@code p[kv] = exp(s[kv] − lse)}, {@code lse = ln Σ exp s[kv]}: they sum to 1. */
    SOFTMAX,

    /**
     * Stick-breaking attention (Tan et al. 2024, arXiv:2410.17980, section 2): from the newest key, the one with
     * the largest index, to the oldest, each takes the share {@code σ(s)} of what the newer ones have left,
     *
     * <pre>
     *   p[kv] = σ(s[kv]) · Π_{j &gt; kv} (1 − σ(s[j])) = σ(s[kv]) · exp(−Σ_{j &gt; kv} softplus(s[j]))
     *   lse   = Σ softplus(s[kv])
     * </pre>
     *
     * so that near keys come first without any position, and {@code exp(−lse)} of the stick is left over: the weights sum to {@code 1 −
     * exp(−lse)}. A row with no allowed key has {@code out = 0} and {@code lse = 0}. In the paper a query does not see itself, {@code kv <
     * q}; here the mask says so. The gradient, with {@code g[kv] = p[kv] · Σ dOut · v[kv]}:
     *
     * <pre>
     *   ds[kv] = g[kv] − σ(s[kv]) · (Σ_{j &le; kv} g[j] − dLse)
     * </pre>
     *
     * It has neither sinks nor dropout, and products are in single precision.
     */
    STICK_BREAKING
}
