package muflex.experiments;

import muflex.model.TransformerConfig;

/** Byte models whose sizes come from a command line. */
public final class ByteModel {

    /** Width of a head, unless the number of heads is given. */
    static final int HEAD_DIM = 32;

    private ByteModel() {}

    /**
     * As {@link TransformerConfig#ofBytes}.
     *
     * @param option that gives the width
     * @throws IllegalArgumentException naming the option, if the width isn't whole heads
     */
    public static TransformerConfig of(String option, int width, int depth, int context) {
        if (width < 1 || width % HEAD_DIM != 0) {
            throw new IllegalArgumentException(option + ": expected a multiple of the head dim " + HEAD_DIM + ", got "
                    + width + "; use " + Math.max(1, Math.round((float) width / HEAD_DIM)) * HEAD_DIM);
        }
        return TransformerConfig.ofBytes(width, depth, context);
    }
}
