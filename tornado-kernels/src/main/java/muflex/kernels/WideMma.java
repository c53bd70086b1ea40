package muflex.kernels;

/**
 * Products by four warps at a time, as Hopper's tensor cores compute them while the warps do other things: 64 rows of the left operand,
 * in local memory or, 16 to a warp, in registers as {@link Mma}'s A, with 64 or 128 columns of the right operand in local memory. The
 * result lies as neighbouring C, 16 rows to a warp. Warps 4n to 4n + 3 of a group must make the same calls, and with the same tiles.
 * Numbers are pairs as in {@link Mma}.
 *
 * <p>An operand in local memory lies in panels of 64 columns by {@value #ROWS} rows, which are 128 bytes, of which the 16-byte quads of row r
 * are exchanged, quad i lying where i ^ (r mod 8) would: so neither reads along a row nor down a column meet in a bank. Tiles begin at
 * multiples of 1,024 bytes.
 *
 * <p>A product has its result, and has read its operands, only after {@link #await}; here it is computed at once.
 *
 * <p>CUDA C for compute capability 9.0: {@code wgmma.mma_async.m64n64k16} and {@code m64n128k16}, descriptors with 128-byte swizzle.
 */
public final class WideMma {
    /** Rows of a panel. */
    public static final int ROWS = 128;

    /** Columns of a panel. */
    public static final int PANEL = 64;

    /** Pairs in a row of a panel. */
    private static final int WIDTH = PANEL / 2;

    private WideMma() {}

    /** Where the float lies that would be at {@code at} if quads were not exchanged. */
    public static int swizzled(int at) {
        return at ^ (at / WIDTH % 8) << 2;
    }

    /** Of an item that has written what products read, before the barrier that tells the others. */
    public static void publish() {}

    /** Before products whose registers were touched. */
    public static void fence() {}

    /**
     * Starts C (+)= A · B of depth 16, A being 64 rows of a panel and B's {@code columns}, 64 or 128, rows of one.
     *
     * @param leftAt where A's first row begins in {@code left}
     * @param at where the tile of B begins
     * @param offset from there to the 16 columns of A and of B, a constant: 0, 8, 16 or 24 more than a multiple of 256
     * @param c {@code columns} / 2 elements of an item
     * @param add whether to what C holds
     */
    public static void multiplyColumns(
            float[] left,
            int leftAt,
            float[] tile,
            int at,
            int offset,
            float[] c,
            int cAt,
            int columns,
            boolean add,
            boolean bfloat) {
        int row = WorkGroup.localId() % 128 / Mma.WARP * 16 + Mma.lane() / 4;
        for (int i = 0; i < columns / 2; i++) {
            c[cAt + i] = add ? c[cAt + i] : 0f;
        }
        for (int i = 0; i < columns / 2; i++) {
            for (int k = 0; k < 16; k++) {
                float a = left[swizzled(leftAt + offset + (row + i / 2 % 2 * 8) * WIDTH + k / 2)];
                float b = tile[swizzled(at + offset + column(i) * WIDTH + k / 2)];
                c[cAt + i] = Math.fma(Mma.number(a, k % 2, bfloat), Mma.number(b, k % 2, bfloat), c[cAt + i]);
            }
        }
    }

    /**
     * Starts C += A · B of depth 16, B's rows being 16 rows of {@code panels} panels, 1 or 2, side by side.
     *
     * @param offset from {@code tile[at]} to B, a multiple of 256
     * @param c 32 · panels elements of an item
     */
    public static void multiplyRows(
            float[] a, int aAt, float[] tile, int at, int offset, float[] c, int cAt, int panels, boolean bfloat) {
        float[][] warp = WorkGroup.warp(new float[] {a[aAt], a[aAt + 1], a[aAt + 2], a[aAt + 3]});
        for (int i = 0; i < panels * PANEL / 2; i++) {
            int column = column(i) / PANEL * ROWS * WIDTH + column(i) % PANEL / 2;
            for (int k = 0; k < 16; k++) {
                float right = tile[swizzled(at + offset + column + k * WIDTH)];
                c[cAt + i] = Math.fma(left(warp, i, k, bfloat), Mma.number(right, i % 2, bfloat), c[cAt + i]);
            }
        }
    }

    /** The column of an item's element i of C. */
    private static int column(int i) {
        return i / 4 * 8 + Mma.lane() % 4 * 2 + i % 2;
    }

    /** Element k of A's row that is the row of an item's element i of C. */
    private static float left(float[][] warp, int i, int k, boolean bfloat) {
        float pair = warp[Mma.lane() / 4 * 4 + k % 8 / 2][i / 2 % 2 + k / 8 * 2];
        return Mma.number(pair, k % 2, bfloat);
    }

    /** Ends a batch of products. */
    public static void commit() {}

    /** Waits until at most {@code batches}, a constant, are under way; then {@link #take} what the others computed. */
    public static void await(int batches) {}

    /** Of 32 elements of C whose products have been waited for: nothing reads them before. */
    public static void take(float[] c, int cAt) {}
}
