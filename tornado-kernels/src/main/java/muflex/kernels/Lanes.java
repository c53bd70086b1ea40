package muflex.kernels;

/**
 * A short vector of floats, the unit that kernels compute in. Immutable; static methods only, so that a call has the
 * same operands on every binding.
 *
 * <p>As written here it is plain Java, {@value #LENGTH} lanes long: every kernel runs and is tested as an ordinary
 * method. An engine binds it to its own type when it loads the kernels: the Vector API's {@code FloatVector}, OpenCL's
 * {@code float16}, sixteen scalars. {@link #length()} and {@link #tileVectors()} are constants of the binding.
 */
public final class Lanes {
    private static final int LENGTH = 8;

    private final float[] x;

    private Lanes(float[] x) {
        this.x = x;
    }

    /** Lanes in a vector: a power of two, at most 16. */
    public static int length() {
        return LENGTH;
    }

    /**
     * Vectors side by side in a register tile of six rows: 4 where there are 32 vector registers, 2 where there are
     * 16, so that the tile's sums, one row of its right operand and a scalar stay in registers.
     */
    public static int tileVectors() {
        return 2;
    }

    /** All lanes 0. */
    public static Lanes zero() {
        return new Lanes(new float[length()]);
    }

    /** All lanes {@code value}. */
    public static Lanes splat(float value) {
        float[] r = new float[length()];
        java.util.Arrays.fill(r, value);
        return new Lanes(r);
    }

    /** Lane i is {@code array[offset + i]}. */
    public static Lanes load(float[] array, int offset) {
        float[] r = new float[length()];
        System.arraycopy(array, offset, r, 0, length());
        return new Lanes(r);
    }

    /** Lane i is {@code array[offset + i]} where i &lt; count, and 0 elsewhere, which is not read. */
    public static Lanes load(float[] array, int offset, int count) {
        float[] r = new float[length()];
        for (int i = 0; i < Math.min(count, length()); i++) {
            r[i] = array[offset + i];
        }
        return new Lanes(r);
    }

    /** Writes lane i to {@code array[offset + i]}. */
    public static void store(float[] array, int offset, Lanes value) {
        System.arraycopy(value.x, 0, array, offset, length());
    }

    /** Writes lane i to {@code array[offset + i]} where i &lt; count, and nothing elsewhere. */
    public static void store(float[] array, int offset, Lanes value, int count) {
        for (int i = 0; i < Math.min(count, length()); i++) {
            array[offset + i] = value.x[i];
        }
    }

    /** a + b. */
    public static Lanes add(Lanes a, Lanes b) {
        float[] r = new float[length()];
        for (int i = 0; i < length(); i++) {
            r[i] = a.x[i] + b.x[i];
        }
        return new Lanes(r);
    }

    /** a − b. */
    public static Lanes sub(Lanes a, Lanes b) {
        float[] r = new float[length()];
        for (int i = 0; i < length(); i++) {
            r[i] = a.x[i] - b.x[i];
        }
        return new Lanes(r);
    }

    /** a · b. */
    public static Lanes mul(Lanes a, Lanes b) {
        float[] r = new float[length()];
        for (int i = 0; i < length(); i++) {
            r[i] = a.x[i] * b.x[i];
        }
        return new Lanes(r);
    }

    /** a / b. */
    public static Lanes div(Lanes a, Lanes b) {
        float[] r = new float[length()];
        for (int i = 0; i < length(); i++) {
            r[i] = a.x[i] / b.x[i];
        }
        return new Lanes(r);
    }

    /** a · b + c, rounded once. */
    public static Lanes fma(Lanes a, Lanes b, Lanes c) {
        float[] r = new float[length()];
        for (int i = 0; i < length(); i++) {
            r[i] = Math.fma(a.x[i], b.x[i], c.x[i]);
        }
        return new Lanes(r);
    }

    /** b where b &gt; a, else a: a NaN in b is passed over, one in a stays. */
    public static Lanes max(Lanes a, Lanes b) {
        float[] r = new float[length()];
        for (int i = 0; i < length(); i++) {
            r[i] = b.x[i] > a.x[i] ? b.x[i] : a.x[i];
        }
        return new Lanes(r);
    }

    /** b where b &lt; a, else a. */
    public static Lanes min(Lanes a, Lanes b) {
        float[] r = new float[length()];
        for (int i = 0; i < length(); i++) {
            r[i] = b.x[i] < a.x[i] ? b.x[i] : a.x[i];
        }
        return new Lanes(r);
    }

    /** √a, correctly rounded. */
    public static Lanes sqrt(Lanes a) {
        float[] r = new float[length()];
        for (int i = 0; i < length(); i++) {
            r[i] = (float) Math.sqrt(a.x[i]);
        }
        return new Lanes(r);
    }

    /**
     * eᵃ for a ≤ 88.3, above which it means nothing; within 3e-7 relatively near 0 and 3e-6 at the ends of the range;
     * e⁰ is 1; 0 below the least normal result (a &lt; −87.33), because denormals are slow; NaN stays.
     */
    public static Lanes exp(Lanes a) {
        float[] r = new float[length()];
        for (int i = 0; i < length(); i++) {
            r[i] = ExpPolynomial.exp(a.x[i]);
        }
        return new Lanes(r);
    }

    /** The bfloat16 in the lower half of each lane's bits. */
    public static Lanes low(Lanes a) {
        float[] r = new float[length()];
        for (int i = 0; i < length(); i++) {
            r[i] = Float.intBitsToFloat(Float.floatToRawIntBits(a.x[i]) << 16);
        }
        return new Lanes(r);
    }

    /** The bfloat16 in the upper half of each lane's bits. */
    public static Lanes high(Lanes a) {
        float[] r = new float[length()];
        for (int i = 0; i < length(); i++) {
            r[i] = Float.intBitsToFloat(Float.floatToRawIntBits(a.x[i]) & 0xFFFF_0000);
        }
        return new Lanes(r);
    }

    /** Byte {@code i} of each lane's bits, the lowest being 0, as a number from −128 to 127. */
    public static Lanes signedByte(Lanes a, int i) {
        float[] r = new float[length()];
        for (int l = 0; l < length(); l++) {
            r[l] = Float.floatToRawIntBits(a.x[l]) << 24 - 8 * i >> 24;
        }
        return new Lanes(r);
    }

    /** {@code then} where a &lt; b, else {@code otherwise} (also where either is NaN). */
    public static Lanes whereLess(Lanes a, Lanes b, Lanes then, Lanes otherwise) {
        float[] r = new float[length()];
        for (int i = 0; i < length(); i++) {
            r[i] = a.x[i] < b.x[i] ? then.x[i] : otherwise.x[i];
        }
        return new Lanes(r);
    }

    /** Whether a &lt; b in any lane. */
    public static boolean anyLess(Lanes a, Lanes b) {
        for (int i = 0; i < length(); i++) {
            if (a.x[i] < b.x[i]) {
                return true;
            }
        }
        return false;
    }

    /** The largest lane. */
    public static float horizontalMax(Lanes a) {
        float r = a.x[0];
        for (int i = 1; i < length(); i++) {
            r = Math.max(r, a.x[i]);
        }
        return r;
    }

    /** The sum of the lanes; bindings add them in different orders. */
    public static float horizontalSum(Lanes a) {
        float r = a.x[0];
        for (int i = 1; i < length(); i++) {
            r += a.x[i];
        }
        return r;
    }
}
