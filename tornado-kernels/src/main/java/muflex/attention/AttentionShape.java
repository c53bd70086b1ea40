package muflex.attention;

/**
 * The sizes of one attention operation. All arrays are row-major {@code float[]}:
 *
 * <ul>
 *   <li>q: {@code [batch, queryHeads, queryLength, headDim]}
 *   <li>k: {@code [batch, kvHeads, kvLength, headDim]}
 *   <li>v: {@code [batch, kvHeads, kvLength, valueDim]}
 *   <li>out: {@code [batch, queryHeads, queryLength, valueDim]}
 *   <li>lse: {@code [batch, queryHeads, queryLength]}
 * </ul>
 *
 * <p>Query head {@code h} reads key head {@code h / (queryHeads / kvHeads)} (grouped-query attention, Ainslie et al.
 * 2023, arXiv:2305.13245).
 */
public record AttentionShape(
        int batch, int queryHeads, int kvHeads, int queryLength, int kvLength, int headDim, int valueDim) {

    public AttentionShape {
        positive("batch", batch);
        positive("queryHeads", queryHeads);
        positive("kvHeads", kvHeads);
        positive("queryLength", queryLength);
        positive("kvLength", kvLength);
        positive("headDim", headDim);
        positive("valueDim", valueDim);
        if (queryHeads % kvHeads != 0) {
            throw new IllegalArgumentException("queryHeads: expected a multiple of kvHeads " + kvHeads + ", got "
                    + queryHeads + "; each key head serves queryHeads / kvHeads query heads");
        }
        fits("q", "[batch, queryHeads, queryLength, headDim]", batch, queryHeads, queryLength, headDim);
        fits("k", "[batch, kvHeads, kvLength, headDim]", batch, kvHeads, kvLength, headDim);
        fits("v", "[batch, kvHeads, kvLength, valueDim]", batch, kvHeads, kvLength, valueDim);
        fits("out", "[batch, queryHeads, queryLength, valueDim]", batch, queryHeads, queryLength, valueDim);
    }

    /** Self-attention with as many key heads as query heads: {@code of(1, 8, 1024, 64)}. */
    public static AttentionShape of(int batch, int heads, int length, int headDim) {
        return new AttentionShape(batch, heads, heads, length, length, headDim, headDim);
    }

    public AttentionShape withKvHeads(int newKvHeads) {
        return new AttentionShape(batch, queryHeads, newKvHeads, queryLength, kvLength, headDim, valueDim);
    }

    public AttentionShape withQueryLength(int newQueryLength) {
        return new AttentionShape(batch, queryHeads, kvHeads, newQueryLength, kvLength, headDim, valueDim);
    }

    public AttentionShape withKvLength(int newKvLength) {
        return new AttentionShape(batch, queryHeads, kvHeads, queryLength, newKvLength, headDim, valueDim);
    }

    public AttentionShape withValueDim(int newValueDim) {
        return new AttentionShape(batch, queryHeads, kvHeads, queryLength, kvLength, headDim, newValueDim);
    }

    /** Query heads served by one key head. */
    public int groupSize() {
        return queryHeads / kvHeads;
    }

    /** The default scale of the scores, {@code 1 / √headDim} (Vaswani et al. 2017, section 3.2.1). */
    public float defaultScale() {
        return (float) (1 / Math.sqrt(headDim));
    }

    public int querySize() {
        return batch * queryHeads * queryLength * headDim;
    }

    public int keySize() {
        return batch * kvHeads * kvLength * headDim;
    }

    public int valueSize() {
        return batch * kvHeads * kvLength * valueDim;
    }

    public int outSize() {
        return batch * queryHeads * queryLength * valueDim;
    }

    public int lseSize() {
        return batch * queryHeads * queryLength;
    }

    private static void positive(String name, int value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + ": expected a positive size, got " + value + "; pass at least 1");
        }
    }

    private static void fits(String name, String axes, long... sizes) {
        long product = 1;
        for (long size : sizes) {
            product = Math.multiplyExact(product, size);
            if (product > Integer.MAX_VALUE - 8) {
                throw new IllegalArgumentException(name + ": expected at most " + (Integer.MAX_VALUE - 8)
                        + " elements in " + axes + ", got more; split the batch");
            }
        }
    }
}
