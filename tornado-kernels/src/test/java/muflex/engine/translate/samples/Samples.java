package muflex.engine.translate.samples;

import muflex.kernels.Lanes;
import muflex.kernels.Parallel;
import muflex.kernels.Scratch;
import muflex.kernels.WorkGroup;

/** Kernels that use each part of the dialect; the tests run them here and on a device and compare. */
public final class Samples {
    private static final int BIAS = 3;

    private Samples() {}

    /** y ← αx + y. */
    public static void axpy(float alpha, float[] x, float[] y, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            y[item] = alpha * x[item] + y[item];
        }
    }

    /** Switches, labelled jumps, conditional expressions, nested calls, longs, integer arrays. */
    @SuppressWarnings("fallthrough") // the switch that devices must get right
    public static void torture(int[] in, float[] out, int n, int first, int last) {
        for (@Parallel int g = first; g < last; g++) {
            int[] h = new int[8];
            long acc = 1;
            int s = in[g];
            outer:
            for (int r = 0; r < n; r++) {
                for (int c = 0; ; c++) {
                    if (c > 5) {
                        continue outer;
                    }
                    if ((s & c) % 7 == 3) {
                        break;
                    }
                    h[(r + c) & 7] += c;
                    acc = acc * 31 + (s >> c);
                    if (acc < 0 && r > 40) {
                        break outer;
                    }
                    acc %= 1000003L;
                }
                switch (r % 5) {
                    case 0:
                        s += 3;
                    // fall through
                    case 1:
                        s ^= r;
                        break;
                    case 2: {
                        s = s > 1000 ? s - (r > 3 ? r : -r) : s + h[r & 7]++;
                        break;
                    }
                    default:
                        s = Math.max(s, r) - Math.min(s, 7);
                }
                do {
                    s -= 5;
                } while (s > 100000);
            }
            float t = 0;
            for (int z = 0; z < h.length; z++) {
                t += (float) Math.sqrt(h[z] * (float) z);
            }
            if (t < 0f || s == BIAS && (g & 1) == 0 || !(t >= 0f)) {
                out[g] = -1f;
                continue;
            }
            out[g] = t + s + (float) (acc % 1000L) + fibonacci(g & 7, t > 3f ? 1 : 2);
        }
    }

    private static float fibonacci(int n, int a) {
        float x = a;
        float y = 1;
        int left = n;
        while (left-- > 0) {
            float z = x + y;
            x = y;
            y = z;
        }
        return Float.NaN > x ? 0 : x;
    }

    /** What Java's conversions, divisions and comparisons do at their edges. */
    public static void edges(float[] x, int[] n, int[] out, int length, int first, int last) {
        for (@Parallel int i = first; i < last; i++) {
            float f = x[i];
            int a = n[i];
            int to = i * 12;
            out[to] = (int) f;
            out[to + 1] = f < 1f ? 1 : 2;
            out[to + 2] = f >= 1f ? 1 : 2;
            out[to + 3] = !(f > 0f) && f != 5f ? 1 : 0;
            out[to + 4] = Float.floatToRawIntBits(Math.max(f, 2f) + Math.min(f, 3f));
            out[to + 5] = Math.floorMod(a, 7) + 10 * Math.floorDiv(a, 7);
            out[to + 6] = a >>> 3 ^ a << 5 ^ a >> 2;
            out[to + 7] = hash(a);
            out[to + 8] = (byte) a + (short) a + (char) a;
            out[to + 9] = (int) (a * 0x9E3779B97F4A7C15L >>> 33);
            out[to + 10] = Math.abs(a) % 1000 + Math.clamp(a, -5, 5);
            out[to + 11] = (int) (long) f + out.length + length + Math.round(Math.abs(f));
        }
    }

    private static int hash(int x) {
        int h = x * 0x7FEB352D;
        h ^= h >>> 15;
        h *= 0x846CA68B;
        return h ^ h >>> 16;
    }

    /** Softmax of rows of any width, by lanes with a tail. */
    public static void softmax(float[] x, float[] y, int width, int first, int last) {
        for (@Parallel int row = first; row < last; row++) {
            float[] e = Scratch.floats(0, 16 * Lanes.length());
            int at = row * width;
            Lanes largest = Lanes.splat(Float.NEGATIVE_INFINITY);
            float max = Float.NEGATIVE_INFINITY;
            int j = 0;
            for (; j + Lanes.length() <= width; j += Lanes.length()) {
                largest = Lanes.max(largest, Lanes.load(x, at + j));
            }
            max = Math.max(max, Lanes.horizontalMax(largest));
            for (; j < width; j++) {
                max = Math.max(max, x[at + j]);
            }
            Lanes sum = Lanes.zero();
            Lanes m = Lanes.splat(max);
            for (j = 0; j < width; j += Lanes.length()) {
                int count = Math.min(Lanes.length(), width - j);
                Lanes p = Lanes.exp(Lanes.sub(Lanes.load(x, at + j, count), m));
                Lanes.store(e, j, p);
                Lanes.store(e, j, Lanes.zero(), 0);
                for (int k = count; k < Lanes.length(); k++) {
                    e[j + k] = 0f;
                }
                sum = Lanes.add(sum, Lanes.load(e, j));
            }
            float scale = 1f / Lanes.horizontalSum(sum);
            scaleRow(e, y, at, width, scale);
        }
    }

    private static void scaleRow(float[] from, float[] to, int at, int width, float scale) {
        for (int j = 0; j < width; j += Lanes.length()) {
            Lanes v = Lanes.mul(Lanes.load(from, j), Lanes.splat(scale));
            Lanes.store(to, at + j, v, width - j);
        }
    }

    /** The reverse of each group's values, and their sum by a tree. */
    public static void reverse(float[] x, float[] y, float[] sums) {
        float[] shared = WorkGroup.localFloats(16);
        int i = WorkGroup.localId();
        int n = WorkGroup.localSize();
        shared[i] = x[WorkGroup.globalId()];
        WorkGroup.barrier();
        y[WorkGroup.groupId() * n + i] = shared[n - 1 - i];
        WorkGroup.barrier();
        for (int half = n / 2; half > 0; half >>= 1) {
            if (i < half) {
                shared[i] += shared[i + half];
            }
            WorkGroup.barrier();
        }
        if (i == 0) {
            sums[WorkGroup.groupId()] = shared[0];
        }
    }

    /** Reads one element too far in the last item. */
    public static void tooFar(float[] x, float[] y, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            y[item] = x[item + 1];
        }
    }

    /** Throws for negative input. */
    public static void refuses(int[] x, float[] y, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            if (x[item] < 0) {
                throw new IllegalArgumentException("x: expected at least 0, got " + x[item] + " at " + item);
            }
            y[item] = x[item];
        }
    }

    /** Quotients and remainders by a number that only the call knows. */
    public static void divide(int[] a, int[] out, int by, int first, int last) {
        for (@Parallel int item = first; item < last; item++) {
            out[item] = Math.floorDiv(a[item], by) + 31 * Math.floorMod(a[item], by);
        }
    }
}
