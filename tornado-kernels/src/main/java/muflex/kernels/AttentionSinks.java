package muflex.kernels;

/** The gradient of attention sinks, extra logits in the softmax's denominator, one a query head. */
public final class AttentionSinks {
    private AttentionSinks() {}

    /**
     * {@code dSinks[h] = −Σ exp(sinks[h] − lse) · δ} over the rows of head h, in order, δ as {@link AttentionBackward#delta}
     * has it; one item is a head.
     */
    public static void gradient(
            float[] sinks, float[] lse, float[] delta, float[] dSinks, int[] sizes, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            int queries = sizes[AttentionSizes.QUERIES];
            float sum = 0f;
            for (int b = 0; b < sizes[AttentionSizes.BATCH]; b++) {
                int row = (b * sizes[AttentionSizes.HEADS] + item) * queries;
                for (int i = row; i < row + queries; i++) {
                    sum -= (float) Math.exp(sinks[item] - lse[i]) * delta[i];
                }
            }
            dSinks[item] = sum;
        }
    }
}
