package muflex.kernels;

/** Kernels over tokens: embedding rows, and softmax cross-entropy in nats. */
public final class TokenKernels {

    private TokenKernels() {}

    /** {@code out[item, :] = table[tokens[item], :]}. */
    public static void embedding(float[] table, int[] tokens, float[] out, int dim, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            int from = tokens[item] * dim;
            for (int i = 0; i < dim; i++) {
                out[item * dim + i] = table[from + i];
            }
        }
    }

    /**
     * {@code out[vocab, dim]} = the sum of the rows of {@code upstream [tokens, dim]} by token, in order of the tokens.
     * One item is a block of {@link Lanes#length} columns, so that no two items write the same element.
     */
    public static void embeddingGradient(
            float[] upstream, int[] tokens, float[] out, int vocab, int dim, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            int c = item * Lanes.length();
            int count = Math.min(Lanes.length(), dim - c);
            for (int row = 0; row < vocab; row++) {
                Lanes.store(out, row * dim + c, Lanes.zero(), count);
            }
            for (int row = 0; row < tokens.length; row++) {
                int to = tokens[row] * dim + c;
                Lanes sum = Lanes.add(Lanes.load(out, to, count), Lanes.load(upstream, row * dim + c, count));
                Lanes.store(out, to, sum, count);
            }
        }
    }

    /** {@code lse[row] = ln Σ exp logits[row, :]} and {@code loss[row] = lse − logits[row, target]}; one item is a row. */
    public static void crossEntropy(
            float[] logits, int[] targets, float[] loss, float[] lse, int vocab, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            int at = item * vocab;
            int target = targets[item];
            if (target < 0 || target >= vocab) {
                throw new IndexOutOfBoundsException("crossEntropy targets: expected 0 … " + (vocab - 1) + ", got "
                        + target + "; check the tokenizer");
            }
            float max = rowMax(logits, at, vocab);
            Lanes sum = Lanes.zero();
            int step = Lanes.length();
            int c = 0;
            for (; c <= vocab - step; c += step) {
                sum = Lanes.add(sum, Lanes.exp(Lanes.sub(Lanes.load(logits, at + c), Lanes.splat(max))));
            }
            double rest = 0;
            for (; c < vocab; c++) {
                rest += Math.exp(logits[at + c] - max);
            }
            lse[item] = (float) (max + Math.log(Lanes.horizontalSum(sum) + rest));
            loss[item] = lse[item] - logits[at + target];
        }
    }

    /**
     * {@code out[row, c] = (exp(logits[row, c] − lse[row]) − [c = target]) · upstream[0] · factor}; one item is a row;
     * out may be logits.
     */
    public static void crossEntropyGradient(
            float[] logits,
            int[] targets,
            float[] lse,
            float[] upstream,
            float[] out,
            float factor,
            int vocab,
            int first,
            int last) {
        for (@Parallel int item = first; item < last; item++) {
            int at = item * vocab;
            float scale = upstream[0] * factor;
            Lanes scales = Lanes.splat(scale);
            Lanes normalizer = Lanes.splat(lse[item]);
            for (int c = 0; c < vocab; c += Lanes.length()) {
                int count = Math.min(Lanes.length(), vocab - c);
                Lanes p = Lanes.exp(Lanes.sub(Lanes.load(logits, at + c, count), normalizer));
                Lanes.store(out, at + c, Lanes.mul(p, scales), count);
            }
            out[at + targets[item]] -= scale;
        }
    }

    private static float rowMax(float[] x, int at, int count) {
        int step = Lanes.length();
        float max = Float.NEGATIVE_INFINITY;
        int c = 0;
        if (count >= step) {
            Lanes maxima = Lanes.load(x, at);
            for (c = step; c <= count - step; c += step) {
                maxima = Lanes.max(maxima, Lanes.load(x, at + c));
            }
            max = Lanes.horizontalMax(maxima);
        }
        for (; c < count; c++) {
            max = Math.max(max, x[at + c]);
        }
        return max;
    }
}
