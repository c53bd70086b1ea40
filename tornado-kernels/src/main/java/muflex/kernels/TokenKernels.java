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
            // One condition: TornadoVM's compiler mistakes two.
            if (Math.min(target, vocab - 1 - target) < 0) {
                throw new IndexOutOfBoundsException("crossEntropy targets: expected 0 … " + (vocab - 1) + ", got "
                        + target + "; check the tokenizer");
            }
            float max = rowMax(logits, at, vocab);
            lse[item] = (float) (max + Math.log(sumExp(logits, at, vocab, max)));
            loss[item] = lse[item] - logits[at + target];
        }
    }

    /** {@code Σ exp(x − max)}. */
    private static float sumExp(float[] x, int at, int count, float max) {
        Lanes sum = Lanes.zero();
        int i = 0;
        for (; i <= count - Lanes.length(); i += Lanes.length()) {
            sum = Lanes.add(sum, Lanes.exp(Lanes.sub(Lanes.load(x, at + i), Lanes.splat(max))));
        }
        float total = Lanes.horizontalSum(sum);
        for (; i < count; i++) {
            total += ExpPolynomial.exp(x[at + i] - max);
        }
        return total;
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
            float normalizer = lse[item];
            int c = 0;
            for (; c <= vocab - Lanes.length(); c += Lanes.length()) {
                Lanes p = Lanes.exp(Lanes.sub(Lanes.load(logits, at + c), Lanes.splat(normalizer)));
                Lanes.store(out, at + c, Lanes.mul(p, Lanes.splat(scale)));
            }
            for (; c < vocab; c++) {
                out[at + c] = ExpPolynomial.exp(logits[at + c] - normalizer) * scale;
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
