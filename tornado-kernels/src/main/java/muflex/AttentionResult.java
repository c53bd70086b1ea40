package muflex;

/**
 * What attention gives. The arrays belong to the caller.
 *
 * @param out {@code [batch, queryHeads, queryLength, valueDim]}; 0 in a row whose keys are all masked
 * @param lse {@code [batch, queryHeads, queryLength]}, the natural logarithm of the softmax's denominator; −∞ in a row
 *     whose keys are all masked. With {@link muflex.attention.Weights#STICK_BREAKING} what that says, 0 in such a row
 */
public record AttentionResult(float[] out, float[] lse) {

    /**
     * Attention over two disjoint sets of keys, from the result over each: {@code lse = ln(exp lse₁ + exp lse₂)}, {@code out
     * = Σ exp(lseᵢ − lse) · outᵢ}. Milakov and Gimelshein 2018 (arXiv:1805.02867), section 3.1. It can't know
     * how they were made: not for results with sinks, which both would count, nor for {@link UnnormalizedAttention}, whose {@code
     * out} of both is added, nor for {@link muflex.attention.Weights#STICK_BREAKING}, whose {@code lse} is another number.
     *
     * <pre>{@code AttentionResult all = oldKeys.forward(q, k1, v1).merge(newKeys.forward(q, k2, v2));}</pre>
     */
    public AttentionResult merge(AttentionResult other) {
        if (other.lse.length != lse.length || other.out.length != out.length) {
            throw new IllegalArgumentException("other: expected out and lse of " + out.length + " and " + lse.length
                    + " elements, got " + other.out.length + " and " + other.lse.length
                    + "; merge results for the same queries");
        }
        AttentionResult merged = new AttentionResult(new float[out.length], new float[lse.length]);
        int valueDim = out.length / lse.length;
        for (int row = 0; row < lse.length; row++) {
            double max = Math.max(lse[row], other.lse[row]);
            if (max == Double.NEGATIVE_INFINITY) {
                merged.lse[row] = Float.NEGATIVE_INFINITY;
                continue;
            }
            double mine = Math.exp(lse[row] - max);
            double theirs = Math.exp(other.lse[row] - max);
            merged.lse[row] = (float) (max + Math.log(mine + theirs));
            for (int i = row * valueDim; i < (row + 1) * valueDim; i++) {
                merged.out[i] = (float) ((mine * out[i] + theirs * other.out[i]) / (mine + theirs));
            }
        }
        return merged;
    }
}
