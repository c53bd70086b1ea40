package muflex.expr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import jdk.incubator.vector.DoubleVector;
import muflex.expr.Mods.Ints;
import muflex.expr.Mods.Mask;
import muflex.expr.Mods.Score;
import muflex.expr.RowFunction.Vary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The vector form against the scalar one, which is bit for bit what the lambda returns (LifterTest). */
class VectorRowTest {
    private static final ClassDesc OWNER = ClassDesc.of("muflex.expr.Generated");
    private static final List<Vary> KEYS = List.of(Vary.ARRAY, Vary.UNIFORM, Vary.UNIFORM, Vary.UNIFORM, Vary.IOTA);
    private static final List<Vary> QUERIES = List.of(Vary.ARRAY, Vary.UNIFORM, Vary.UNIFORM, Vary.IOTA, Vary.UNIFORM);

    /** Positions of the zoo's lambdas stay below this. */
    private static final int LENGTH = 16;

    static Stream<Score> scores() {
        return Stream.concat(LifterTest.scores(), LifterTest.masks().map(VectorRowTest::masked));
    }

    private static Score masked(Mask mask) {
        return (s, b, h, q, kv) -> mask.test(b, h, q, kv) ? s : Float.NEGATIVE_INFINITY;
    }

    @ParameterizedTest
    @MethodSource("scores")
    void vectorRowIsTheScalarRow(Score score) throws Throwable {
        Lifted lifted = Lifter.lift(score);
        for (List<Vary> vary : List.of(KEYS, QUERIES)) {
            RowFunction row = new RowFunction("row", lifted.parameters(), vary, List.of(lifted.body()));
            MethodHandle scalar = Rows.compile("row", row::emitScalar);
            MethodHandle vector = Rows.compile("row", builder -> row.emitVector(builder, OWNER));
            Object[] captures = lifted.captures().toArray();
            for (int count : new int[] {0, 1, 5, LENGTH}) {
                for (int other = 0; other < LENGTH; other += 3) {
                    int q = vary.equals(KEYS) ? other : LENGTH - count;
                    int kv = vary.equals(KEYS) ? LENGTH - count : other;
                    float[] x = random(31L * count + other, LENGTH + 2);
                    float[] expected = x.clone();
                    scalar.invokeExact(expected, 1, 1, 2, q, kv, expected, 1, count, captures);
                    vector.invokeExact(x, 1, 1, 2, q, kv, x, 1, count, captures);
                    assertClose(x, expected, 1e-5f);
                }
            }
        }
    }

    private static float[] random(long seed, int length) {
        Random random = new Random(seed);
        float[] x = new float[length];
        for (int i = 0; i < length; i++) {
            x[i] = 6 * random.nextFloat() - 3;
        }
        return x;
    }

    private static void assertClose(float[] got, float[] expected, float relative) {
        for (int i = 0; i < got.length; i++) {
            float error = Math.abs(got[i] - expected[i]);
            assertThat(Float.compare(got[i] + 0f, expected[i] + 0f) == 0
                            || error <= relative * Math.max(1f, Math.abs(expected[i])))
                    .as("element %d: got %s, expected %s", i, got[i], expected[i])
                    .isTrue();
        }
    }

    static Stream<Ints> ints() {
        return Stream.of(
                (i, j) -> i / j,
                (i, j) -> i % j,
                Math::floorDiv,
                Math::floorMod,
                (i, j) -> i / 7 + i % -7,
                (i, j) -> Math.floorDiv(i, -5) ^ Math.floorMod(i, 5));
    }

    /** Division has no vector instruction, and is made of floats and a correction: on the whole range of ints. */
    @ParameterizedTest
    @MethodSource("ints")
    void intsDivideAsInJava(Ints function) throws Throwable {
        int[] a = new Random(1).ints(4096).toArray();
        int[] b = new Random(2)
                .ints(4096)
                .map(x -> x >> (x & 31))
                .map(x -> x == 0 ? 3 : x)
                .toArray();
        int[] edges = {Integer.MIN_VALUE, Integer.MIN_VALUE + 1, -1, 1, 2, Integer.MAX_VALUE, 16777217, -16777217};
        for (int i = 0; i < edges.length * edges.length; i++) {
            a[i] = edges[i / edges.length];
            b[i] = edges[i % edges.length];
        }
        // The 16 low bits and the high ones apart: a float holds each exactly.
        for (int shift : new int[] {0, 16}) {
            Score score = (s, x, y, z, i) -> (function.apply(a[i], b[i]) >> shift) & 0xffff;
            Lifted lifted = Lifter.lift(score);
            RowFunction row = new RowFunction("row", lifted.parameters(), KEYS, List.of(lifted.body()));
            MethodHandle vector = Rows.compile("row", builder -> row.emitVector(builder, OWNER));
            float[] got = new float[a.length];
            vector.invokeExact(
                    got, 0, 0, 0, 0, 0, got, 0, a.length, lifted.captures().toArray());
            for (int i = 0; i < a.length; i++) {
                assertThat((int) got[i])
                        .as("%d and %d", a[i], b[i])
                        .isEqualTo(function.apply(a[i], b[i]) >> shift & 0xffff);
            }
        }
    }

    @Test
    @SuppressWarnings("NarrowCalculation") // integer division is what it is about
    void divisionByZeroThrowsOnlyWhereItIsTaken() throws Throwable {
        Score guarded = (s, b, h, q, kv) -> kv == q ? s : (float) (12 / (kv - q));
        Score bare = (s, b, h, q, kv) -> (float) (12 / (kv - q));
        float[] s = new float[40];
        vector(guarded).invokeExact(s, 0, 0, 0, 7, 0, s, 0, 40, new Object[0]);
        assertThat(s).startsWith(-1, -2, -2, -3, -4, -6, -12, 0, 12, 6);
        assertThatThrownBy(() -> vector(bare).invoke(s, 0, 0, 0, 7, 0, s, 0, 40, new Object[0]))
                .isInstanceOf(ArithmeticException.class);
    }

    /** Lanes past the row's end, and lanes whose arm isn't taken, read nothing. */
    @Test
    void readsStayInRange() throws Throwable {
        float[] table = new float[21];
        for (int i = 0; i < table.length; i++) {
            table[i] = i;
        }
        Score relative = (s, b, h, q, kv) -> kv <= q ? table[q - kv] : -1f;
        Score along = (s, b, h, q, kv) -> table[kv];
        float[] s = new float[64];
        Object[] captures = {table};
        vector(relative).invokeExact(s, 0, 0, 0, 20, 0, s, 0, 64, captures);
        assertThat(s).startsWith(20, 19, 18).endsWith(-1, -1);
        vector(along).invokeExact(s, 0, 0, 0, 20, 0, s, 0, 21, captures);
        assertThat(s[20]).isEqualTo(20);
        assertThatThrownBy(() -> vector(relative).invoke(s, 0, 0, 0, 21, 0, s, 0, 64, captures))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> vector(along).invoke(s, 0, 0, 0, 20, 0, s, 0, 22, captures))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    private static MethodHandle vector(Score score) throws IllegalAccessException {
        Lifted lifted = Lifter.lift(score);
        RowFunction row = new RowFunction("row", lifted.parameters(), KEYS, List.of(lifted.body()));
        Consumer<ClassBuilder> emit = builder -> row.emitVector(builder, OWNER);
        return Rows.compile("row", emit);
    }

    @Test
    void expAndTanhAreWithinTheirUlps() throws Throwable {
        Score exp = (s, b, h, q, kv) -> (float) Math.exp(s);
        Score tanh = (s, b, h, q, kv) -> (float) Math.tanh(s);
        int n = 100_001;
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = -90 + 180f * i / n;
        }
        float[] got = x.clone();
        vector(exp).invokeExact(got, 0, 0, 0, 0, 0, got, 0, n, new Object[0]);
        for (int i = 0; i < n; i++) {
            double right = x[i] < -87.33654f ? 0 : Math.exp(x[i]);
            assertThat(Math.abs(got[i] - right) <= 2 * Math.ulp((float) right) || got[i] == (float) right)
                    .as("exp(%s) = %s", x[i], got[i])
                    .isTrue();
        }
        for (int i = 0; i < n; i++) {
            x[i] = (float) Math.copySign(Math.exp(-12 + 15.0 * i / n), i % 2 - 0.5);
        }
        got = x.clone();
        vector(tanh).invokeExact(got, 0, 0, 0, 0, 0, got, 0, n, new Object[0]);
        for (int i = 0; i < n; i++) {
            double right = Math.tanh(x[i]);
            assertThat(Math.abs(got[i] - right))
                    .as("tanh(%s) = %s", x[i], got[i])
                    .isLessThanOrEqualTo(5 * Math.ulp((float) right));
        }
        float[] odd = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 0};
        vector(exp).invokeExact(odd, 0, 0, 0, 0, 0, odd, 0, 4, new Object[0]);
        assertThat(odd).containsExactly(Float.NaN, Float.POSITIVE_INFINITY, 0, 1);
    }

    /** Where a double leaves float's range though the result doesn't, or cancels, it stays a double. */
    @Test
    void doublesAreNoFloats() throws Throwable {
        Score sigmoid = (s, b, h, q, kv) -> (float) (Math.exp(s) / (1 + Math.exp(s)));
        Score softplus = (s, b, h, q, kv) -> (float) ((1 + Math.exp(s)) / Math.exp(s) - 1);
        Score slope = (s, b, h, q, kv) -> (float) (1 - Math.tanh(s) * Math.tanh(s));
        Score third = (s, b, h, q, kv) -> (int) (16_777_217 * (kv / 3.0));
        Score cap = (s, b, h, q, kv) -> (float) (20 * Math.tanh(s / 20.0));
        Score square = (s, b, h, q, kv) -> (float) Math.pow(s, 2) + (float) Math.pow(s, 3.0);
        for (Score score : List.of(sigmoid, softplus, slope, third, cap, square)) {
            float[] s = new float[50];
            for (int i = 0; i < s.length; i++) {
                s[i] = i % 2 == 0 ? 4f * i - 50 : 0.003f * i * i;
            }
            float[] expected = new float[s.length];
            for (int i = 0; i < s.length; i++) {
                expected[i] = score.apply(s[i], 0, 0, 7, i);
            }
            vector(score).invokeExact(s, 0, 0, 0, 7, 0, s, 0, s.length, new Object[0]);
            assertClose(s, expected, 1e-6f);
        }
    }

    @Test
    void expAndTanhOfDoublesAreWithinTheirUlps() {
        for (int i = 0; i < 40_000; i++) {
            double x = i % 2 == 0 ? -710 + i * 0.0355 : Math.copySign(Math.exp(i * 0.0012 - 40), i % 3 - 1.5);
            DoubleVector lanes = DoubleVector.broadcast(WideLanes.DOUBLES, x);
            double power = VectorFunctions.exp(lanes).lane(0);
            double right = x < -708.3964185322641 ? 0 : Math.exp(x);
            assertThat(power == right || Math.abs(power - right) <= 2 * Math.ulp(right))
                    .as("exp(%s) = %s", x, power)
                    .isTrue();
            double tanh = VectorFunctions.tanh(lanes).lane(0);
            assertThat(Math.abs(tanh - Math.tanh(x)))
                    .as("tanh(%s) = %s", x, tanh)
                    .isLessThanOrEqualTo(8 * Math.ulp(Math.tanh(x)));
        }
        for (double x : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 0}) {
            DoubleVector lanes = DoubleVector.broadcast(WideLanes.DOUBLES, x);
            assertThat(VectorFunctions.exp(lanes).lane(0)).isEqualTo((Object) Math.exp(x));
            assertThat(VectorFunctions.tanh(lanes).lane(0)).isEqualTo((Object) Math.tanh(x));
        }
    }

    /** Doubles have half the lanes and functions of twice the length: softcap and its derivative do without. */
    @Test
    void softcapAndItsDerivativeAreComputedInFloats() throws Throwable {
        Score softcap = (s, b, h, q, kv) -> 20f * (float) Math.tanh(s / 20f);
        Lifted lifted = Lifter.lift(softcap);
        Expr derivative =
                Derivative.withRespectTo(lifted.body(), lifted.parameters().getFirst());
        RowFunction row = new RowFunction("row", lifted.parameters(), KEYS, List.of(lifted.body(), derivative));
        byte[] bytes = ClassFile.of().build(OWNER, builder -> row.emitVector(builder, OWNER));
        assertThat(new String(bytes, StandardCharsets.ISO_8859_1))
                .contains("FloatVector")
                .doesNotContain("DoubleVector");

        MethodHandle vector = Rows.compile("row", builder -> row.emitVector(builder, OWNER));
        float[] s = new float[2001];
        float[] d = new float[s.length];
        for (int i = 0; i < s.length; i++) {
            s[i] = (i - 1000) * 0.4f;
        }
        float[] x = s.clone();
        vector.invokeExact(s, 0, 0, 0, 0, 0, s, 0, d, 0, s.length, new Object[0]);
        for (int i = 0; i < s.length; i++) {
            // cosh doesn't cancel: this is right even where tanh is 1 but for the last bits.
            double cosh = Math.cosh(x[i] / 20.0);
            assertThat((double) d[i]).as("at %s", x[i]).isCloseTo(1 / (cosh * cosh), withinPercentage(1e-3));
        }
    }
}
