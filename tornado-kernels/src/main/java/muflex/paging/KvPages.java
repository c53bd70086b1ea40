package muflex.paging;

import java.util.Arrays;

/** The keys, or the values, of all pages: {@code [kvHeads, pages · pageSize, format.floats(dim)]}. */
final class KvPages {

    /** Near it 127 over the largest number becomes infinite: a row of smaller ones is all 0. */
    private static final float LEAST = 1e-36f;

    private final int heads;
    private final int slots;
    private final int pageSize;
    private final int dim;
    private final KvFormat format;
    private final int width;
    private final float[] data;

    KvPages(int heads, int pages, int pageSize, int dim, KvFormat format) {
        this.heads = heads;
        this.pageSize = pageSize;
        this.dim = dim;
        this.format = format;
        width = format.floats(dim);
        slots = Math.multiplyExact(pages, pageSize);
        data = new float[Math.multiplyExact(Math.multiplyExact(heads, slots), width)];
    }

    /** The array itself. */
    float[] data() {
        return data;
    }

    long byteCount() {
        return 4L * data.length;
    }

    /** Stores {@code dim} numbers from {@code from[offset]} on. */
    void write(int head, int slot, float[] from, int offset) {
        int row = (head * slots + slot) * width;
        switch (format) {
            case FLOAT -> System.arraycopy(from, offset, data, row, dim);
            case BFLOAT16 -> {
                for (int d = 0; d < dim; d += 2) {
                    int high = d + 1 < dim ? bfloat(from[offset + d + 1]) : 0;
                    data[row + d / 2] = Float.intBitsToFloat(high << 16 | bfloat(from[offset + d]));
                }
            }
            case INT8 -> {
                float largest = 0;
                for (int d = 0; d < dim; d++) {
                    largest = Math.max(largest, Math.abs(from[offset + d]));
                }
                boolean tiny = largest < LEAST;
                data[row] = tiny ? 0 : largest / 127;
                float factor = tiny ? 0 : 127 / largest;
                for (int d = 0; d < dim; d += 4) {
                    int bits = 0;
                    for (int i = 0; i < Math.min(4, dim - d); i++) {
                        bits |= (Math.round(from[offset + d + i] * factor) & 0xFF) << 8 * i;
                    }
                    data[row + 1 + d / 4] = Float.intBitsToFloat(bits);
                }
            }
        }
    }

    /** To the nearest, ties to even; infinities stay, and a NaN stays one. */
    private static int bfloat(float x) {
        int bits = Float.floatToIntBits(x);
        return Float.isNaN(x) ? bits >>> 16 : bits + 0x7FFF + (bits >>> 16 & 1) >>> 16;
    }

    /** A page as floats, into an array {@code [kvHeads, pages · pageSize, dim]}. */
    void decode(int page, float[] to) {
        for (int head = 0; head < heads; head++) {
            int first = head * slots + page * pageSize;
            for (int row = first; row < first + pageSize; row++) {
                switch (format) {
                    case FLOAT -> System.arraycopy(data, row * dim, to, row * dim, dim);
                    case BFLOAT16 -> pairs(row * width, to, row * dim);
                    case INT8 -> quads(row * width, to, row * dim);
                }
            }
        }
    }

    private void pairs(int from, float[] to, int first) {
        for (int d = 0; d + 1 < dim; d += 2) {
            int bits = Float.floatToRawIntBits(data[from + d / 2]);
            to[first + d] = Float.intBitsToFloat(bits << 16);
            to[first + d + 1] = Float.intBitsToFloat(bits & 0xFFFF_0000);
        }
        if (dim % 2 == 1) {
            to[first + dim - 1] = Float.intBitsToFloat(Float.floatToRawIntBits(data[from + dim / 2]) << 16);
        }
    }

    private void quads(int from, float[] to, int first) {
        float scale = data[from];
        for (int d = 0; d < dim; d++) {
            int bits = Float.floatToRawIntBits(data[from + 1 + d / 4]);
            to[first + d] = (byte) (bits >> 8 * (d % 4)) * scale;
        }
    }

    /** Makes the places of a page from {@code first} on zero. */
    void clear(int page, int first) {
        for (int head = 0; head < heads; head++) {
            int from = head * slots + page * pageSize + first;
            int to = head * slots + (page + 1) * pageSize;
            Arrays.fill(data, from * width, to * width, 0);
        }
    }

    void copy(int from, int to) {
        for (int head = 0; head < heads; head++) {
            int source = (head * slots + from * pageSize) * width;
            int target = (head * slots + to * pageSize) * width;
            System.arraycopy(data, source, data, target, pageSize * width);
        }
    }
}
