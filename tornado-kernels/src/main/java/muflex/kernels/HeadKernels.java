package muflex.kernels;

/** Layouts of attention heads, rotary positions and caches. */
public final class HeadKernels {

    private HeadKernels() {}

    /**
     * {@code [batch, seq, heads·dim]} to {@code [batch, heads, seq, dim]}; one item is {@code piece} elements of x, which must divide
     * dim.
     */
    public static void splitHeads(float[] x, float[] out, int seq, int heads, int dim, int piece, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            copy(x, item * piece, out, splitPlace(item * piece, seq, heads, dim), piece);
        }
    }

    /** {@code [batch, heads, seq, dim]} to {@code [batch, seq, heads·dim]}; one item is {@code piece} elements of out. */
    public static void mergeHeads(float[] x, float[] out, int seq, int heads, int dim, int piece, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            copy(x, splitPlace(item * piece, seq, heads, dim), out, item * piece, piece);
        }
    }

    /** Where element {@code at} of {@code [batch, seq, heads, dim]} is in {@code [batch, heads, seq, dim]}. */
    private static int splitPlace(int at, int seq, int heads, int dim) {
        int row = at / dim / heads;
        int h = at / dim % heads;
        return ((row / seq * heads + h) * seq + row % seq) * dim + at % dim;
    }

    /**
     * {@code cosine, sine [seq, half]} of {@code (position[0] + s) · base^(−i/half)} (RoFormer, arXiv:2104.09864,
     * section 3.2.2, with half = dim/2); one item is a row s.
     *
     * @param each 1 if {@code position[s]} is the position of row s, else 0
     */
    public static void rotaryTable(
            int[] position, float[] cosine, float[] sine, double base, int half, int each, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            for (int i = 0; i < half; i++) {
                double angle = (position[each * item] + (1 - each) * item) * Math.pow(base, -(double) i / half);
                cosine[item * half + i] = (float) Math.cos(angle);
                sine[item * half + i] = (float) Math.sin(angle);
            }
        }
    }

    /**
     * Rotates the pairs {@code (x[i], x[i + half])} of a row of {@code x [batch, heads, seq, 2·half]} by its angles,
     * times {@code direction}, 1 or −1; one item is {@code piece} pairs of a row, which must divide half; out may be x.
     */
    public static void rotate(
            float[] x,
            float[] cosine,
            float[] sine,
            float[] out,
            float direction,
            int seq,
            int half,
            int piece,
            int first,
            int last) {
        for (@Parallel int item = first; item < last; item++) {
            int row = item * piece / half;
            int start = item * piece % half;
            int low = row * 2 * half + start;
            int angles = row % seq * half + start;
            int i = 0;
            for (; i <= piece - Lanes.length(); i += Lanes.length()) {
                Lanes c = Lanes.load(cosine, angles + i);
                Lanes s = Lanes.mul(Lanes.load(sine, angles + i), Lanes.splat(direction));
                Lanes a = Lanes.load(x, low + i);
                Lanes b = Lanes.load(x, low + half + i);
                Lanes.store(out, low + i, Lanes.sub(Lanes.mul(a, c), Lanes.mul(b, s)));
                Lanes.store(out, low + half + i, Lanes.fma(a, s, Lanes.mul(b, c)));
            }
            for (; i < piece; i++) {
                float c = cosine[angles + i];
                float s = sine[angles + i] * direction;
                float a = x[low + i];
                float b = x[low + half + i];
                out[low + i] = a * c - b * s;
                out[low + half + i] = Math.fma(a, s, b * c);
            }
        }
    }

    /**
     * Copies {@code x [heads, rows, dim]} to rows {@code position[0]} … of {@code cache [heads, capacity, dim]}, or, if
     * {@code each} is {@code rows}, row r to {@code position[r]}; one item is a head. A position past the end is an error.
     *
     * @param each positions given: 1 or {@code rows}
     */
    public static void cacheWrite(
            float[] x, int[] position, float[] cache, int rows, int capacity, int dim, int each, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            int together = rows / each;
            for (int r = 0; r < each; r++) {
                int at = position[r];
                // One condition: TornadoVM's compiler mistakes two.
                if (Math.min(at, capacity - together - at) < 0) {
                    throw new IndexOutOfBoundsException("cache position: expected 0 … " + (capacity - together)
                            + ", got " + at + "; enlarge the cache or start anew");
                }
                copy(x, (item * rows + r) * dim, cache, (item * capacity + at) * dim, together * dim);
            }
        }
    }

    private static void copy(float[] from, int at, float[] to, int start, int count) {
        int step = Lanes.length();
        int i = 0;
        for (; i <= count - step; i += step) {
            Lanes.store(to, start + i, Lanes.load(from, at + i));
        }
        for (; i < count; i++) {
            to[start + i] = from[at + i];
        }
    }
}
