package muflex.kernels;

/**
 * The products of {@link StripForward} and {@link StripBackward}. A strip is {@link Lanes#length} rows, one a lane, whose element d is
 * the vector at {@code d · length}; it meets {@value #STEP} rows of another matrix at a time, and what row j gives lies at
 * {@code j · }{@link RowTile#WIDTH}, as {@link ModTiles} wants it.
 */
public final class Strip {
    private static final int WIDTH = RowTile.WIDTH;

    /** Enough sums side by side to hide the time that one takes, and few enough for registers. */
    static final int STEP = 8;

    private Strip() {}

    /** An item's strip of rows as it begins: element d of lane i is {@code x[(first + min(i, last)) · dim + d] · scale}. */
    static void load(float[] x, int first, int last, int dim, float scale, float[] strip) {
        int length = Lanes.length();
        for (int i = 0; i < length; i++) {
            int row = (first + Math.min(i, last)) * dim;
            for (int d = 0; d < dim; d++) {
                strip[d * length + i] = x[row + d] * scale;
            }
        }
    }

    /** Dot products with the rows of {@code x} from {@code first} on; after row {@code first + last} it stands in for others. */
    static void multiply(float[] strip, float[] x, int first, int last, int dim, float[] products) {
        int length = Lanes.length();
        int x0 = first * dim;
        int x1 = (first + Math.min(1, last)) * dim;
        int x2 = (first + Math.min(2, last)) * dim;
        int x3 = (first + Math.min(3, last)) * dim;
        int x4 = (first + Math.min(4, last)) * dim;
        int x5 = (first + Math.min(5, last)) * dim;
        int x6 = (first + Math.min(6, last)) * dim;
        int x7 = (first + Math.min(7, last)) * dim;
        Lanes s0 = Lanes.zero();
        Lanes s1 = Lanes.zero();
        Lanes s2 = Lanes.zero();
        Lanes s3 = Lanes.zero();
        Lanes s4 = Lanes.zero();
        Lanes s5 = Lanes.zero();
        Lanes s6 = Lanes.zero();
        Lanes s7 = Lanes.zero();
        for (int d = 0; d < dim; d++) {
            Lanes y = Lanes.load(strip, d * length);
            s0 = Lanes.fma(y, Lanes.splat(x[x0 + d]), s0);
            s1 = Lanes.fma(y, Lanes.splat(x[x1 + d]), s1);
            s2 = Lanes.fma(y, Lanes.splat(x[x2 + d]), s2);
            s3 = Lanes.fma(y, Lanes.splat(x[x3 + d]), s3);
            s4 = Lanes.fma(y, Lanes.splat(x[x4 + d]), s4);
            s5 = Lanes.fma(y, Lanes.splat(x[x5 + d]), s5);
            s6 = Lanes.fma(y, Lanes.splat(x[x6 + d]), s6);
            s7 = Lanes.fma(y, Lanes.splat(x[x7 + d]), s7);
        }
        Lanes.store(products, 0, s0);
        Lanes.store(products, WIDTH, s1);
        Lanes.store(products, 2 * WIDTH, s2);
        Lanes.store(products, 3 * WIDTH, s3);
        Lanes.store(products, 4 * WIDTH, s4);
        Lanes.store(products, 5 * WIDTH, s5);
        Lanes.store(products, 6 * WIDTH, s6);
        Lanes.store(products, 7 * WIDTH, s7);
    }

    /** {@code sums ← factor · sums + Σ weights of j · row j} of {@code x}, whose rows are as in {@link #multiply}. */
    static void add(float[] sums, Lanes factor, float[] weights, float[] x, int first, int last, int dim) {
        int length = Lanes.length();
        int x0 = first * dim;
        int x1 = (first + Math.min(1, last)) * dim;
        int x2 = (first + Math.min(2, last)) * dim;
        int x3 = (first + Math.min(3, last)) * dim;
        int x4 = (first + Math.min(4, last)) * dim;
        int x5 = (first + Math.min(5, last)) * dim;
        int x6 = (first + Math.min(6, last)) * dim;
        int x7 = (first + Math.min(7, last)) * dim;
        Lanes w0 = Lanes.load(weights, 0);
        Lanes w1 = Lanes.load(weights, WIDTH);
        Lanes w2 = Lanes.load(weights, 2 * WIDTH);
        Lanes w3 = Lanes.load(weights, 3 * WIDTH);
        Lanes w4 = Lanes.load(weights, 4 * WIDTH);
        Lanes w5 = Lanes.load(weights, 5 * WIDTH);
        Lanes w6 = Lanes.load(weights, 6 * WIDTH);
        Lanes w7 = Lanes.load(weights, 7 * WIDTH);
        for (int d = 0; d < dim; d++) {
            Lanes sum = Lanes.mul(Lanes.load(sums, d * length), factor);
            sum = Lanes.fma(w0, Lanes.splat(x[x0 + d]), sum);
            sum = Lanes.fma(w1, Lanes.splat(x[x1 + d]), sum);
            sum = Lanes.fma(w2, Lanes.splat(x[x2 + d]), sum);
            sum = Lanes.fma(w3, Lanes.splat(x[x3 + d]), sum);
            sum = Lanes.fma(w4, Lanes.splat(x[x4 + d]), sum);
            sum = Lanes.fma(w5, Lanes.splat(x[x5 + d]), sum);
            sum = Lanes.fma(w6, Lanes.splat(x[x6 + d]), sum);
            sum = Lanes.fma(w7, Lanes.splat(x[x7 + d]), sum);
            Lanes.store(sums, d * length, sum);
        }
    }

    /**
     * Row j of {@code to}, at {@code offset + j · step}, ← itself + Σ weights of j, i · row i of {@code rows}, for j to {@code last}. As
     * much of {@code to} as three rows more is added to: their weights must be 0.
     *
     * @param rows one for each lane, of {@code vectors} vectors
     */
    static void addRows(float[] weights, int last, float[] rows, int vectors, float[] to, int offset, int step) {
        int length = Lanes.length();
        for (int j = 0; j <= last; j += 4) {
            int w0 = j * WIDTH;
            int t0 = offset + j * step;
            for (int d = 0; d < vectors; d++) {
                int at = t0 + d * length;
                Lanes s0 = Lanes.load(to, at);
                Lanes s1 = Lanes.load(to, at + step);
                Lanes s2 = Lanes.load(to, at + 2 * step);
                Lanes s3 = Lanes.load(to, at + 3 * step);
                for (int i = 0; i < length; i++) {
                    Lanes y = Lanes.load(rows, (i * vectors + d) * length);
                    s0 = Lanes.fma(y, Lanes.splat(weights[w0 + i]), s0);
                    s1 = Lanes.fma(y, Lanes.splat(weights[w0 + WIDTH + i]), s1);
                    s2 = Lanes.fma(y, Lanes.splat(weights[w0 + 2 * WIDTH + i]), s2);
                    s3 = Lanes.fma(y, Lanes.splat(weights[w0 + 3 * WIDTH + i]), s3);
                }
                Lanes.store(to, at, s0);
                Lanes.store(to, at + step, s1);
                Lanes.store(to, at + 2 * step, s2);
                Lanes.store(to, at + 3 * step, s3);
            }
        }
    }

    /** {@code x[from … from + size) ← value}. */
    static void fill(float[] x, int from, int size, float value) {
        for (int i = from; i < from + size; i++) {
            x[i] = value;
        }
    }

    /** Row j of {@code x} ← value, for j from {@code first} on. */
    static void fillRows(float[] x, int first, float value) {
        fill(x, first * WIDTH, (STEP - first) * WIDTH, value);
    }
}
