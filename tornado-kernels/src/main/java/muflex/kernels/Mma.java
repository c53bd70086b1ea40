package muflex.kernels;

/**
 * Matrix fragments of 16-bit numbers, half precision or bfloat16: what the tensor cores of NVIDIA's GPUs compute with, from
 * compute capability 8.0 on. The 32 items of a warp (localId / 32) hold one matrix between them, each a few elements in an array of its own, so
 * all items of a warp must make the same calls. Two numbers lie in the 32 bits of a float, a <em>pair</em>, the first in the
 * low bits: arrays of pairs are float arrays in which nothing but this class reads numbers. Parameters {@code bfloat} say which
 * numbers they are, and must be constants for speed.
 *
 * <p>An item's place in its warp is its lane. Of C, 16 × 8, {@code c[0], c[1]} are row lane / 4, columns 2 · (lane mod 4) and the
 * next; {@code c[2], c[3]} the same of row lane / 4 + 8. A, 16 × 16, is four pairs: {@code a[0]} row lane / 4 and columns 2 · (lane mod 4)
 * and the next; {@code a[1]} the same 8 rows below; {@code a[2], a[3]} the same 8 columns to the right. So the elements of two
 * neighbouring C make one A where they are. B, 16 × 8, is two pairs: {@code b[0]} rows 2 · (lane mod 4) and the next of column
 * lane / 4, {@code b[1]} 8 rows below.
 *
 * <p>CUDA C: {@code ldmatrix}, {@code mma.sync.m16n8k16}, {@code cp.async}. Accesses are not checked.
 */
public final class Mma {
    /** Items of a warp. */
    public static final int WARP = 32;

    private Mma() {}

    /** This item's place in its warp, asked anew on each call: what a device computes from it occupies no register before. */
    public static int lane() {
        return WorkGroup.localId() % WARP;
    }

    /** The larger number; the other one of a NaN. */
    public static float max(float a, float b) {
        return Float.isNaN(a) || b > a ? b : a;
    }

    /** Whether {@code mine} is true of an item of the warp. */
    public static boolean any(boolean mine) {
        float[][] warp = WorkGroup.warp(new float[] {mine ? 1f : 0f});
        boolean any = false;
        for (float[] item : warp) {
            any |= item[0] > 0f;
        }
        return any;
    }

    /** A pair of the two numbers, rounded to 16 bits, to nearest, ties to even. */
    public static float pack(float low, float high, boolean bfloat) {
        return pair(round(low, bfloat), round(high, bfloat));
    }

    private static short round(float x, boolean bfloat) {
        if (!bfloat) {
            return Float.floatToFloat16(x);
        }
        int bits = Float.floatToRawIntBits(x);
        boolean nan = (bits & 0x7FFF_FFFF) > 0x7F80_0000;
        return (short) (nan ? 0x7FFF : bits + 0x7FFF + (bits >>> 16 & 1) >>> 16);
    }

    /** 2ˣ, as good as 16 bits need: within 1e-6 relatively for |x| up to 16, 0 where it would be denormal. */
    public static float exp2(float x) {
        return (float) Math.pow(2, x);
    }

    private static float pair(short low, short high) {
        return Float.intBitsToFloat(low & 0xFFFF | high << 16);
    }

    /** Element 0 (low) or 1 of a pair, as it is stored. */
    private static short stored(float pair, int which) {
        return (short) (Float.floatToRawIntBits(pair) >>> 16 * which);
    }

    /** A from 16 rows of 8 pairs in local memory, the first at {@code tile[at]}. */
    public static void loadA(float[] tile, int at, int stride, float[] a, int to) {
        for (int i = 0; i < 4; i++) {
            int row = lane() / 4 + i % 2 * 8;
            a[to + i] = tile[at + row * stride + lane() % 4 + i / 2 * 4];
        }
    }

    /**
     * Two B, side by side, from their 16 columns: each is a row of 8 pairs in local memory. {@code b[to], b[to + 1]} are the first
     * 8 columns.
     */
    public static void loadColumns(float[] tile, int at, int stride, float[] b, int to) {
        for (int i = 0; i < 4; i++) {
            int column = lane() / 4 + i / 2 * 8;
            b[to + i] = tile[at + column * stride + lane() % 4 + i % 2 * 4];
        }
    }

    /** Two B, side by side, from their 16 rows: each is 8 pairs in local memory. Filled as by {@link #loadColumns}. */
    public static void loadRows(float[] tile, int at, int stride, float[] b, int to) {
        for (int i = 0; i < 4; i++) {
            int column = lane() / 4 + i / 2 * 8;
            int row = lane() % 4 * 2 + i % 2 * 8;
            float even = tile[at + row * stride + column / 2];
            float odd = tile[at + (row + 1) * stride + column / 2];
            b[to + i] = pair(stored(even, column % 2), stored(odd, column % 2));
        }
    }

    private static float number(short stored, boolean bfloat) {
        return bfloat ? Float.intBitsToFloat(stored << 16) : Float.float16ToFloat(stored);
    }

    /** Number 0 or 1 of a pair. */
    static float number(float pair, int which, boolean bfloat) {
        return number(stored(pair, which), bfloat);
    }

    /** C += A · B; products are exact, sums are float, in an order that the hardware chooses. */
    public static void multiply(float[] a, int aAt, float[] b, int bAt, float[] c, int cAt, boolean bfloat) {
        float[] mine = {a[aAt], a[aAt + 1], a[aAt + 2], a[aAt + 3], b[bAt], b[bAt + 1]};
        float[][] warp = WorkGroup.warp(mine);
        for (int i = 0; i < 4; i++) {
            int row = lane() / 4 + i / 2 * 8;
            int column = lane() % 4 * 2 + i % 2;
            for (int k = 0; k < 16; k++) {
                float left = warp[row % 8 * 4 + k % 8 / 2][row / 8 + k / 8 * 2];
                float right = warp[column * 4 + k % 8 / 2][4 + k / 8];
                c[cAt + i] = Math.fma(number(left, k % 2, bfloat), number(right, k % 2, bfloat), c[cAt + i]);
            }
        }
    }

    /** The largest {@code x} of the four items that share a row of C. */
    public static float rowMax(float x) {
        float[][] warp = WorkGroup.warp(new float[] {x});
        float max = x;
        for (int i = 0; i < 4; i++) {
            max = Math.max(max, warp[lane() / 4 * 4 + i][0]);
        }
        return max;
    }

    /** The sum of {@code x} over the four items that share a row of C. */
    public static float rowSum(float x) {
        float[][] warp = WorkGroup.warp(new float[] {x});
        float[] row = new float[4];
        for (int i = 0; i < 4; i++) {
            row[i] = warp[lane() / 4 * 4 + i][0];
        }
        return row[0] + row[1] + (row[2] + row[3]);
    }

    /** What item {@code lane} of the warp gave. */
    public static float fromLane(float x, int lane) {
        return WorkGroup.warp(new float[] {x})[lane][0];
    }

    /** What the item gave whose lane differs in the bit {@code distance}, a power of two. */
    public static float fromPartner(float x, int distance) {
        return WorkGroup.warp(new float[] {x})[lane() ^ distance][0];
    }

    /** A pair of the first ({@code which} 0) or the second numbers of two pairs. */
    public static float interleave(float low, float high, int which) {
        return pair(stored(low, which), stored(high, which));
    }

    /** Four neighbouring numbers or pairs, {@code at} a multiple of four, in one access; no item may write them meanwhile. */
    public static void readQuad(float[] from, int at, float[] to, int toAt) {
        for (int i = 0; i < 4; i++) {
            to[toAt + i] = from[at + i];
        }
    }

    /** Two neighbouring numbers, {@code at} even, in one access. */
    public static void read(float[] from, int at, float[] to, int toAt) {
        to[toAt] = from[at];
        to[toAt + 1] = from[at + 1];
    }

    /** Writes two neighbouring numbers, {@code at} even, in one access. */
    public static void write(float low, float high, float[] to, int at) {
        to[at] = low;
        to[at + 1] = high;
    }

    /**
     * Starts a copy of four pairs to local memory, of zeros, and without a look at {@code from}, where not {@code valid}; both
     * addresses must be multiples of 16 bytes.
     * It has arrived for the item after {@link #await}, for the others after a barrier behind that.
     */
    public static void copy(float[] from, int at, float[] to, int toAt, boolean valid) {
        for (int i = 0; i < 4; i++) {
            to[toAt + i] = valid ? from[at + i] : 0f;
        }
    }

    /** Ends a batch of copies. */
    public static void commit() {}

    /** Waits until at most {@code batches}, a constant, of this item's batches are under way. */
    public static void await(int batches) {}
}
