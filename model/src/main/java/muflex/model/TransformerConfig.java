package muflex.model;

import muflex.model.parameterization.ModelShape;

/**
 * The sizes and choices of a decoder-only transformer over bytes or other small vocabularies. Blocks are pre-norm
 * (RMSNorm), attention is causal.
 *
 * @param vocab number of token values; 256 for bytes
 * @param width of the residual stream, d
 * @param depth layers, L
 * @param heads query heads, H
 * @param kvHeads key and value heads; divides heads
 * @param headDim width of one head, D; even under {@link Positions#ROPE}
 * @param feedForward width inside the MLP, d_ff
 * @param context largest number of tokens that attention sees
 * @param positions how attention knows positions
 * @param activation the MLP's
 * @param tied whether the readout is the embedding's matrix, transposed, or has one of its own
 */
public record TransformerConfig(
        int vocab,
        int width,
        int depth,
        int heads,
        int kvHeads,
        int headDim,
        int feedForward,
        int context,
        Positions positions,
        Activation activation,
        boolean tied) {

    /** What stays when a model is widened. */
    public enum Growth {
        /** D stays, H grows. */
        HEADS,
        /** H stays, D grows. */
        HEAD_DIM
    }

    public TransformerConfig {
        requirePositive("vocab", vocab);
        requirePositive("width", width);
        requirePositive("depth", depth);
        requirePositive("heads", heads);
        requirePositive("kvHeads", kvHeads);
        requirePositive("headDim", headDim);
        requirePositive("feedForward", feedForward);
        requirePositive("context", context);
        if (heads % kvHeads != 0) {
            throw new IllegalArgumentException("kvHeads: expected a divisor of heads = " + heads + ", got " + kvHeads
                    + "; give each key head the same number of query heads");
        }
        if (positions == Positions.ROPE && headDim % 2 != 0) {
            throw new IllegalArgumentException("headDim: expected an even number under RoPE, which rotates pairs, got "
                    + headDim + "; change it or positions");
        }
    }

    /** With a readout of its own. */
    public TransformerConfig(
            int vocab,
            int width,
            int depth,
            int heads,
            int kvHeads,
            int headDim,
            int feedForward,
            int context,
            Positions positions,
            Activation activation) {
        this(vocab, width, depth, heads, kvHeads, headDim, feedForward, context, positions, activation, false);
    }

    /**
     * A byte model of the given width: heads of 32, an MLP of 4·width, RoPE and GELU.
     *
     * @param width a multiple of 32
     */
    public static TransformerConfig ofBytes(int width, int depth, int context) {
        if (width <= 0 || width % 32 != 0) {
            throw new IllegalArgumentException("width: expected a multiple of 32, the head dim, got " + width
                    + "; round it, or give all sizes to the constructor");
        }
        int heads = width / 32;
        return new TransformerConfig(
                256, width, depth, heads, heads, 32, 4 * width, context, Positions.ROPE, Activation.GELU);
    }

    /**
     * The same model at another width: heads (or head dim), key heads and MLP grow in proportion.
     *
     * @throws IllegalArgumentException if that doesn't give whole numbers
     */
    public TransformerConfig atWidth(int newWidth, Growth growth) {
        int newHeads = growth == Growth.HEADS ? scaled("heads", heads, newWidth) : heads;
        return new TransformerConfig(
                vocab,
                newWidth,
                depth,
                newHeads,
                growth == Growth.HEADS ? Math.max(1, newHeads / (heads / kvHeads)) : kvHeads,
                growth == Growth.HEAD_DIM ? scaled("headDim", headDim, newWidth) : headDim,
                scaled("feedForward", feedForward, newWidth),
                context,
                positions,
                activation,
                tied);
    }

    public TransformerConfig withDepth(int layers) {
        return new TransformerConfig(
                vocab, width, layers, heads, kvHeads, headDim, feedForward, context, positions, activation, tied);
    }

    public TransformerConfig withHeads(int queryHeads, int keyHeads, int dim) {
        return new TransformerConfig(
                vocab, width, depth, queryHeads, keyHeads, dim, feedForward, context, positions, activation, tied);
    }

    public TransformerConfig withFeedForward(int inner) {
        return new TransformerConfig(
                vocab, width, depth, heads, kvHeads, headDim, inner, context, positions, activation, tied);
    }

    public TransformerConfig withPositions(Positions other) {
        return new TransformerConfig(
                vocab, width, depth, heads, kvHeads, headDim, feedForward, context, other, activation, tied);
    }

    public TransformerConfig withActivation(Activation other) {
        return new TransformerConfig(
                vocab, width, depth, heads, kvHeads, headDim, feedForward, context, positions, other, tied);
    }

    /** With the embedding as the readout. */
    public TransformerConfig withTiedEmbedding() {
        return new TransformerConfig(
                vocab, width, depth, heads, kvHeads, headDim, feedForward, context, positions, activation, true);
    }

    /** The dimensions that a parameterization sees. */
    public ModelShape shape() {
        return new ModelShape(width, headDim, heads, depth, feedForward);
    }

    private int scaled(String name, int size, int newWidth) {
        long product = (long) size * newWidth;
        if (product % width != 0) {
            throw new IllegalArgumentException("width: expected one at which " + name + " = " + size + " of width "
                    + width + " stays whole, got " + newWidth + "; choose a multiple");
        }
        return Math.toIntExact(product / width);
    }

    private static void requirePositive(String name, int value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + ": expected at least 1, got " + value + "; give a size");
        }
    }
}
