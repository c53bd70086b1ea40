package muflex.paging;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The keys, or the values, of all pages: {@code [kvHeads, pages · pageSize, dim]} in one format. */
final class KvPages {

    private final int heads;
    private final int slots;
    private final int pageSize;
    private final int dim;
    private final float @Nullable [] floats;
    private final short @Nullable [] halves;
    private final byte @Nullable [] bytes;
    private final float @Nullable [] scales;

    KvPages(int heads, int pages, int pageSize, int dim, KvFormat format) {
        this.heads = heads;
        this.pageSize = pageSize;
        this.dim = dim;
        slots = Math.multiplyExact(pages, pageSize);
        int size = Math.multiplyExact(Math.multiplyExact(heads, slots), dim);
        floats = format == KvFormat.FLOAT ? new float[size] : null;
        halves = format == KvFormat.BFLOAT16 ? new short[size] : null;
        bytes = format == KvFormat.INT8 ? new byte[size] : null;
        scales = format == KvFormat.INT8 ? new float[heads * slots] : null;
    }

    /** The array itself, or null where it is not in floats. */
    float @Nullable [] floats() {
        return floats;
    }

    long byteCount() {
        long size = (long) heads * slots * dim;
        return floats != null ? 4 * size : halves != null ? 2 * size : size + 4L * heads * slots;
    }

    /** Stores {@code dim} numbers from {@code from[offset]} on. */
    void write(int head, int slot, float[] from, int offset) {
        int row = head * slots + slot;
        if (floats != null) {
            System.arraycopy(from, offset, floats, row * dim, dim);
        } else if (halves != null) {
            for (int d = 0; d < dim; d++) {
                halves[row * dim + d] = bfloat(from[offset + d]);
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
    private static short bfloat(float x) {
        int bits = Float.floatToIntBits(x);
        if (Float.isNaN(x)) {
            return (short) (bits >>> 16);
        }
        return (short) (bits + 0x7FFF + (bits >>> 16 & 1) >>> 16);
    }

    /** A page as floats, into an array of the shape of this. */
    void decode(int page, float[] to) {
        for (int head = 0; head < heads; head++) {
            int first = head * slots + page * pageSize;
            for (int row = first; row < first + pageSize; row++) {
                if (halves != null) {
                    widen(halves, row * dim, (row + 1) * dim, to);
                } else if (bytes != null && scales != null) {
                    scale(bytes, row * dim, (row + 1) * dim, scales[row], to);
                }
            }
        }
    }

    /** Loops of their own, which the JVM computes by vectors. */
    private static void widen(short[] halves, int first, int end, float[] to) {
        for (int i = first; i < end; i++) {
            to[i] = Float.intBitsToFloat(halves[i] << 16);
        }
    }

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
            } else if (halves != null) {
                Arrays.fill(halves, from * dim, to * dim, (short) 0);
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
            } else if (halves != null) {
                System.arraycopy(halves, source * dim, halves, target * dim, pageSize * dim);
            } else if (bytes != null && scales != null) {
                System.arraycopy(bytes, source * dim, bytes, target * dim, pageSize * dim);
                System.arraycopy(scales, source, scales, target, pageSize);
            }
        }
    }
}
