package muflex.expr;

import java.util.ArrayList;
import java.util.List;
import muflex.expr.Mods.Any;
import muflex.expr.Mods.Ints;
import muflex.expr.Mods.Mask;
import muflex.expr.Mods.Score;

/** Lambdas as users write them, and some that nobody would. Positions are below 16, heads below 4, batches below 2. */
@SuppressWarnings({
    "AlreadyChecked",
    "BadShiftAmount",
    "CompareToZero",
    "IdentityBinaryExpression",
    "NarrowCalculation",
    "ShortCircuitBoolean",
    "UnnecessaryMethodReference"
})
final class Zoo {
    private static final int LENGTH = 16;
    private static final float[] TABLE = new float[64];
    private static final double SCALE = 0.125;

    static {
        for (int i = 0; i < TABLE.length; i++) {
            TABLE[i] = (float) Math.sin(i * 0.7);
        }
    }

    private Zoo() {}

    record Softcap(float cap) implements Score {
        @Override
        public float apply(float s, int b, int h, int q, int kv) {
            return cap() * (float) Math.tanh(s / cap);
        }
    }

    record Window(int left, int right) {
        boolean holds(int distance) {
            return distance <= left && -distance <= right;
        }
    }

    private static float[][] rows() {
        float[][] rows = new float[LENGTH][LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            for (int j = 0; j < LENGTH; j++) {
                rows[i][j] = i * 0.25f - j;
            }
        }
        return rows;
    }

    private final float instance = 1.5f;

    private Score ofInstance() {
        return (s, b, h, q, kv) -> s * instance + helper(q);
    }

    private float helper(int q) {
        return q > 3 ? instance : -instance;
    }

    private static float poly(float x, int degree) {
        float p = 1;
        for (int i = 0; i < degree; i++) {
            p = p * x + i;
        }
        return p;
    }

    private static int tri(int n) {
        int sum = 0;
        for (int i = 1; i <= n; i++) {
            if (i == 3) {
                continue;
            }
            sum += i;
        }
        return sum;
    }

    static List<Score> scores() {
        int heads = 4;
        float cap = 20f;
        float[] bias = TABLE.clone();
        float[][] rows = rows();
        int[] index = {3, 1, 0, 2, 5, 4, 9, 8, 7, 6, 15, 14, 13, 12, 11, 10};
        byte[] bytes = {1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11, -12, 13, -14, 15, -16};
        Integer boxed = 5;
        List<Score> zoo = new ArrayList<>();
        zoo.add((s, b, h, q, kv) -> s);
        zoo.add((s, b, h, q, kv) -> 2 * s);
        zoo.add((s, b, h, q, kv) -> s * s);
        zoo.add((s, b, h, q, kv) -> q >= kv ? s : Float.NEGATIVE_INFINITY);
        zoo.add((s, b, h, q, kv) -> s + (q - kv));
        zoo.add((s, b, h, q, kv) -> s + (kv - q) * (float) Math.pow(2, -8.0 * (h + 1) / heads));
        zoo.add((s, b, h, q, kv) -> s + (kv - q) * (float) Math.exp(-(h + 1) * 0.5));
        zoo.add((s, b, h, q, kv) -> s * bias[h]);
        zoo.add((s, b, h, q, kv) -> (float) (Math.sin(Math.cos(s)) + Math.tan(b)));
        zoo.add((s, b, h, q, kv) -> (float) (Math.cos(s) * Math.sin(s) + Math.tan(b)));
        zoo.add((s, b, h, q, kv) -> cap * (float) Math.tanh(s / cap));
        zoo.add((s, b, h, q, kv) -> (float) (20 * Math.tanh(s / 20)));
        zoo.add(new Softcap(30f));
        zoo.add(new Softcap(7f)::apply);
        zoo.add((s, b, h, q, kv) -> s + bias[q - kv + LENGTH]);
        zoo.add((s, b, h, q, kv) -> kv <= q ? s + bias[q - kv] : s);
        zoo.add((s, b, h, q, kv) -> s + rows[q][kv]);
        zoo.add((s, b, h, q, kv) -> s + rows[b][index[kv]] * rows.length + rows[0].length);
        zoo.add((s, b, h, q, kv) -> s + bytes[kv] * bias[index[q]]);
        zoo.add((s, b, h, q, kv) -> s + TABLE[kv] * (float) SCALE + boxed);
        zoo.add(new Zoo().ofInstance());
        zoo.add((s, b, h, q, kv) -> poly(s, 5) + (h > 1 ? tri(3) : tri(6)));
        zoo.add((s, b, h, q, kv) -> Math.max(s, 0f) - Math.min(s, -0f) + Math.abs(s) + Math.signum(s));
        zoo.add((s, b, h, q, kv) -> Math.fma(s, 3f, bias[kv]) + Float.max(s, 1) + Float.sum(s, 2));
        zoo.add((s, b, h, q, kv) -> (float) Math.floor(s) + (float) Math.ceil(s) - (float) Math.rint(s));
        zoo.add((s, b, h, q, kv) -> Float.isNaN(s) ? 0f : Float.isFinite(s) ? s : 1f);
        zoo.add((s, b, h, q, kv) -> Math.clamp(s, -1f, 1f));
        zoo.add((s, b, h, q, kv) -> (float) (1 / (1 + Math.exp(-s))) * s);
        zoo.add((s, b, h, q, kv) -> (float) Math.log1p(Math.expm1(Math.sqrt(Math.abs(s)))));
        zoo.add((s, b, h, q, kv) -> {
            float x = s;
            if (h == 1) {
                if (kv > q) {
                    return -1f;
                }
                x = x * 2;
            } else if (b == 1 || kv == 3 && q != 4) {
                x += bias[kv];
            }
            switch (h) {
                case 0 -> x -= 1;
                case 2, 3 -> x *= 0.5f;
                default -> x += 3;
            }
            return x + q;
        });
        zoo.add((s, b, h, q, kv) -> switch (q * 100) {
            case 0 -> s;
            case 100, 200 -> s + 1;
            case 100_000 -> s + 2;
            default -> {
                float y = s * kv;
                yield y + (kv % 2 == 0 ? 1 : -1);
            }
        });
        zoo.add((s, b, h, q, kv) -> {
            float sum = 0;
            for (int i = 0; i < bias.length; i += 8) {
                for (int j = 0; j < heads; j++) {
                    if (bias[i] > s) {
                        break;
                    }
                    sum += bias[i] * j;
                }
            }
            int i = 0;
            while (true) {
                if (++i > 5) {
                    break;
                }
                if (i == 2) {
                    continue;
                }
                sum += i;
            }
            do {
                sum -= i--;
            } while (i > 0);
            return sum + s;
        });
        return zoo;
    }

    static List<Mask> masks() {
        int[] document = {0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3};
        byte[] prefix = {3, 5};
        int width = 4;
        Window window = new Window(3, 2);
        boolean strict = true;
        List<Mask> zoo = new ArrayList<>();
        zoo.add((b, h, q, kv) -> q >= kv);
        zoo.add((b, h, q, kv) -> q - kv <= 5 && kv - q < 5);
        zoo.add((b, h, q, kv) -> document[q] == document[kv]);
        zoo.add((b, h, q, kv) -> kv < prefix[b] || kv <= q);
        zoo.add((b, h, q, kv) -> window.holds(q - kv));
        zoo.add((b, h, q, kv) -> strict ? q > kv : q >= kv);
        zoo.add((b, h, q, kv) -> Math.abs(q / width - kv / width) <= 1 && Math.abs(q % width - kv % width) <= 1);
        zoo.add((b, h, q, kv) -> (q - kv) % 2 == 0 ^ h > 1);
        zoo.add((b, h, q, kv) -> Math.floorMod(q - kv, 3) != 1 | Math.floorDiv(q - kv, 4) == 0 & b == 0);
        zoo.add((b, h, q, kv) -> {
            boolean local = q >> 2 == kv >> 2;
            boolean global = kv < 2;
            return local || global && !(h == 2);
        });
        zoo.add((b, h, q, kv) -> false);
        zoo.add((b, h, q, kv) -> kv < q && document[kv + 1] == document[q]);
        zoo.add((b, h, q, kv) -> 0.5f * (q - kv) < 2.25 && (double) q >= kv);
        return zoo;
    }

    static List<Any> functions() {
        List<Any> zoo = new ArrayList<>();
        zoo.add((x, y, i, j, k, t) -> x + y * i - j / (t ? 2 : 3) + k);
        zoo.add((x, y, i, j, k, t) -> (int) x + (long) y + (byte) i + (short) j + (char) i + (int) k);
        zoo.add((x, y, i, j, k, t) -> i / j + i % j);
        zoo.add((x, y, i, j, k, t) -> k / (i | 1) + k % (j | 1) + (k << i) + (k >> j) + (k >>> 3));
        zoo.add((x, y, i, j, k, t) -> x < y ? 1 : x > y ? 2 : x == y ? 3 : x != y ? 4 : 5);
        zoo.add((x, y, i, j, k, t) -> (x <= 1f ? 1 : 0) + (x >= 1f ? 2 : 0) + (!(y <= 0) ? 4 : 0) + (!(y > 0) ? 8 : 0));
        zoo.add((x, y, i, j, k, t) -> t & i > j | k == 3 ? Math.max(i, j) : Math.min((long) i, k));
        zoo.add((x, y, i, j, k, t) -> Math.floorMod(k, 7) + Math.floorDiv(k, 7L) + Math.floorMod(i, 5) + Math.abs(k));
        zoo.add((x, y, i, j, k, t) -> -x * -y + -i - -j + ~i + (i ^ j) + Integer.signum(i) + Integer.compare(i, j));
        zoo.add((x, y, i, j, k, t) -> Integer.bitCount(i) + Integer.rotateLeft(j, 5) + Long.signum(k));
        zoo.add((x, y, i, j, k, t) -> Math.pow(Math.abs(y), 0.3) + Math.sqrt(Math.abs(x)) + Math.tanh(y) + x % 3f);
        zoo.add((x, y, i, j, k, t) -> (float) (x * y) + (float) ((double) x * (double) x) + (float) Math.sqrt(x));
        zoo.add((x, y, i, j, k, t) -> (float) i + (double) k + (float) k + (double) (float) y);
        zoo.add((x, y, i, j, k, t) -> {
            boolean u = t;
            u ^= i < 0;
            u |= j == 7;
            int c = u ? 3 : i;
            c += 100;
            long d = c;
            d *= k;
            return d + c++ + ++c;
        });
        zoo.add((x, y, i, j, k, t) -> {
            double r = y;
            for (int n = 0; n < 3; n++) {
                r = r > 1 ? r / 2 : r * x;
                if (Double.isNaN(r)) {
                    return -7;
                }
            }
            return r;
        });
        zoo.add((x, y, i, j, k, t) ->
                1 / x + 0f / x + x * 0f + (x - x) + x / 4f + x / 3f + (x + 0f) + (x - 0f) + x * 1f);
        zoo.add((x, y, i, j, k, t) -> (t ? x : y) + (x < y == t ? 10 : 20));
        return zoo;
    }

    static List<Ints> ints() {
        List<Ints> zoo = new ArrayList<>();
        zoo.add((i, j) -> i + j);
        zoo.add((i, j) -> i * j - i);
        zoo.add((i, j) -> i / j);
        zoo.add((i, j) -> i % j);
        zoo.add((i, j) -> Math.floorDiv(i, j));
        zoo.add((i, j) -> Math.floorMod(i, j));
        zoo.add((i, j) -> i << j ^ i >> j ^ i >>> j);
        zoo.add((i, j) -> j != 0 && i / j > 2 ? i % j : -1);
        zoo.add((i, j) -> i - j == 0 ? 1 : i - 5 < j ? 2 : 3);
        zoo.add((i, j) -> i < j ? i : j);
        zoo.add((i, j) -> (i > j ? i : j) + (i >= j ? j : i) + (i == j ? i : j));
        zoo.add((i, j) -> (byte) i + (short) j + (char) (i + j));
        zoo.add((i, j) -> 0 - i + 0 * j + 1 * i + i / 1 + j % 1 + (i & 0) + (j | -1) + (i ^ 0) + (i << 32));
        zoo.add((i, j) -> (int) (i * 1.5f) + (int) (j / 0.3) + (int) (long) i);
        return zoo;
    }
}
