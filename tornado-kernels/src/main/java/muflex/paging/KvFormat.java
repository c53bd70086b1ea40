package muflex.paging;

/** How a cache stores keys and values. Attention computes in float whichever it is. */
public enum KvFormat {
    /** As they are: 4 bytes a number. */
    FLOAT,

    /** Rounded to bfloat16: 2 bytes a number, 8 bits of precision. */
    BFLOAT16,

    /** Integers from −127 to 127 with one float of scale for each token and head, its largest magnitude over 127: 1 byte a number. */
    INT8
}
