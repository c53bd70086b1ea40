package muflex.paging;

/** How a cache stores keys and values, in floats whichever it is. Attention computes in float. */
public enum KvFormat {
    /** As they are: 4 bytes a number. */
    FLOAT,

    /** Rounded to bfloat16: 2 bytes a number, 8 bits of precision. Two neighbours in the bits of a float, the first in the lower half. */
    BFLOAT16,

    /**
     * Integers from −127 to 127 with one float of scale for each token and head, its largest magnitude over 127: 1 byte a number, rounded up to whole
     * floats a row; a row of none above 1e-36 is 0. The
     * scale first, then four neighbours in the bits of a float, the first in the lowest byte.
     */
    INT8;

    /** Floats that a key or value of {@code dim} numbers takes; bits of the last that no number has are 0. */
    public int floats(int dim) {
        return switch (this) {
            case FLOAT -> dim;
            case BFLOAT16 -> Math.ceilDiv(dim, 2);
            case INT8 -> 1 + Math.ceilDiv(dim, 4);
        };
    }
}
