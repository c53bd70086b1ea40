package muflex.attention;

import java.util.Locale;

/**
 * What the operands of attention's products are rounded to, forward and backward. Scores, the softmax and all sums are float
 * whichever it is. Rounding is for tensor cores, which multiply 16-bit numbers an order of magnitude faster; devices without
 * refuse it. Keys and values are rounded once, when they come to the device; a graph's, which lie there as floats, are not where that gains
 * nothing, with few queries.
 */
public enum Precision {
    /** Nothing: float as given. */
    SINGLE,

    /**
     * Half precision (IEEE 754 binary16): q, k, v, the softmax's weights and gradients, as FlashAttention-2 does it. 11 bits; the
     * largest number is 65504 and the smallest 6e-8, so that small gradients want a scaled loss.
     */
    HALF,

    /** bfloat16: the same with 8 bits and float's range. */
    BFLOAT16;

    /** {@code x} as operands are: to nearest, ties to even. */
    public float round(float x) {
        return switch (this) {
            case SINGLE -> x;
            case HALF -> Float.float16ToFloat(Float.floatToFloat16(x));
            case BFLOAT16 -> {
                int bits = Float.floatToRawIntBits(x);
                yield Float.isNaN(x) ? x : Float.intBitsToFloat(bits + 0x7FFF + (bits >>> 16 & 1) & 0xFFFF_0000);
            }
        };
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
