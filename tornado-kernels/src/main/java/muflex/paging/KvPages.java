package muflex.paging;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The keys, or the values, of all pages: {@code [kvHeads, pages · pageSize, dim]} in one format. */
final class KvPages {

    private final int heads;
    private final int slots;
    private final int pageSize;
    private final int dim;

    /** Floats of a row of pairs. */
    private final int width;

    private final float @Nullable [] floats;
    /** Two numbers each, the first in the lower half of its bits. */
    private final float @Nullable [] pairs;

    private final byte @Nullable [] bytes;
    private final float @Nullable [] scales;

    KvPages(int heads, int pages, int pageSize, int dim, KvFormat format) {
        this.heads = heads;
        this.pageSize = pageSize;
        this.dim = dim;
        slots = Math.multiplyExact(pages, pageSize);
        int size = Math.multiplyExact(Math.multiplyExact(heads, slots), dim);
        floats = format == KvFormat.FLOAT ? new float[size] : null;
        width = (dim + 1) / 2;
        pairs = format == KvFormat.BFLOAT16 ? new float[heads * slots * width] : null;
        bytes = format == KvFormat.INT8 ? new byte[size] : null;
        scales = format == KvFormat.INT8 ? new float[heads * slots] : null;
    }

    /** The array itself, or null where it is not in floats. */
    float @Nullable [] floats() {
        return floats;
    }

    /** The pairs of bfloat16 themselves, {@code [kvHeads, pages · pageSize, ⌈dim / 2⌉]}, or null where it is not in bfloat16. */
    float @Nullable [] pairs() {
        return pairs;
    }

    long byteCount() {
        long rows = (long) heads * slots;
        return floats != null ? 4 * rows * dim : pairs != null ? 4 * rows * width : rows * dim + 4 * rows;
    }

    /** Stores {@code dim} numbers from {@code from[offset]} on. */
    void write(int head, int slot, float[] from, int offset) {
        int row = head * slots + slot;
        if (floats != null) {
            System.arraycopy(from, offset, floats, row * dim, dim);
        } else if (pairs != null) {
            for (int d = 0; d < dim; d += 2) {
                int high = d + 1 < dim ? bfloat(from[offset + d + 1]) : 0;
                pairs[row * width + d / 2] = Float.intBitsToFloat(high << 16 | bfloat(from[offset + d]));
            }
        } else if (bytes != null && scales != null) {
            float largest = 0;
            for (int d = 0; d < dim; d++) {
                largest = Math.max(largest, Math.abs(from[offset + d]));
            }
            scales[row] = largest / 127;
            for (int d = 0; d < dim; d++) {
                bytes[row * dim + d] = largest == 0 ? 0 : (byte) Math.round(from[offset + d] * (127 / largest));
            }
        }
    }

    /** To the nearest, ties to even; infinities stay, and a NaN stays one. */
    private static int bfloat(float x) {
        int bits = Float.floatToIntBits(x);
        return Float.isNaN(x) ? bits >>> 16 : bits + 0x7FFF + (bits >>> 16 & 1) >>> 16;
    }

    /** A page as floats, into an array of the shape of this. */
    void decode(int page, float[] to) {
        for (int head = 0; head < heads; head++) {
            int first = head * slots + page * pageSize;
            for (int row = first; row < first + pageSize; row++) {
                if (pairs != null) {
                    widen(pairs, row * width, row * dim, dim, to);
                } else if (bytes != null && scales != null) {
                    scale(bytes, row * dim, (row + 1) * dim, scales[row], to);
                }
            }
        }
    }

    private static void widen(float[] pairs, int from, int first, int dim, float[] to) {
        for (int d = 0; d < dim; d++) {
            int bits = Float.floatToRawIntBits(pairs[from + d / 2]);
            to[first + d] = Float.intBitsToFloat(d % 2 == 0 ? bits << 16 : bits & 0xFFFF_0000);
        }
    }

    /** A loop of its own, which the JVM computes by vectors. */
    private static void scale(byte[] bytes, int first, int end, float scale, float[] to) {
        for (int i = first; i < end; i++) {
            to[i] = bytes[i] * scale;
        }
    }

    /** Makes the places of a page from {@code first} on zero. */
    void clear(int page, int first) {
        for (int head = 0; head < heads; head++) {
            int from = head * slots + page * pageSize + first;
            int to = head * slots + (page + 1) * pageSize;
            if (floats != null) {
                Arrays.fill(floats, from * dim, to * dim, 0);
            } else if (pairs != null) {
                Arrays.fill(pairs, from * width, to * width, 0);
            } else if (scales != null) {
                Arrays.fill(scales, from, to, 0); // the bytes are finite
            }
        }
    }

    void copy(int from, int to) {
        for (int head = 0; head < heads; head++) {
            int source = head * slots + from * pageSize;
            int target = head * slots + to * pageSize;
            if (floats != null) {
                System.arraycopy(floats, source * dim, floats, target * dim, pageSize * dim);
            } else if (pairs != null) {
                System.arraycopy(pairs, source * width, pairs, target * width, pageSize * width);
            } else if (bytes != null && scales != null) {
                System.arraycopy(bytes, source * dim, bytes, target * dim, pageSize * dim);
                System.arraycopy(scales, source, scales, target, pageSize);
            }
        }
    }
}
