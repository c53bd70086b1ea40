package muflex.expr;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import muflex.expr.Mods.Any;
import muflex.expr.Mods.Ints;
import muflex.expr.Mods.Mask;
import muflex.expr.Mods.Score;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Lifted lambdas compute what the lambdas themselves compute, bit for bit. */
class LifterTest {
    private static final float[] SPECIAL = {
        0f,
        -0f,
        1f,
        -1f,
        0.5f,
        3.75f,
        -20f,
        1e-40f,
        1e30f,
        -1e38f,
        Float.MIN_VALUE,
        Float.MAX_VALUE,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.NaN
    };
    private static final int[] INTS = {0, 1, -1, 2, 3, 7, -8, 31, 33, 1000, Integer.MAX_VALUE, Integer.MIN_VALUE};

    static Stream<Score> scores() {
        return Stream.concat(
                Zoo.scores().stream(),
                Stream.of(
                        Zoo.scores().getFirst().andThen(Zoo.scores().get(2)),
                        Zoo.scores().get(3).andThen(Zoo.scores().get(3)).andThen(Math2::half)));
    }

    /** A target for method references. */
    static final class Math2 {
        static float half(double s, int b, long h, int q, int kv) {
            return (float) (s * 0.5) + h;
        }
    }

    @ParameterizedTest
    @MethodSource("scores")
    void scoreMods(Score mod) {
        ScalarFunction lifted = ScalarFunction.asWritten(Lifter.lift(mod));
        Random random = new Random(1);
        for (int n = 0; n < 2000; n++) {
            float s = n < SPECIAL.length ? SPECIAL[n] : (float) random.nextGaussian() * 10;
            int b = random.nextInt(2);
            int h = random.nextInt(4);
            int q = random.nextInt(16);
            int kv = random.nextInt(16);
            Object expected = mod.apply(s, b, h, q, kv);
            assertThat((Object) (float) lifted.evaluate(s, b, h, q, kv))
                    .as("s %s b %d h %d q %d kv %d", s, b, h, q, kv)
                    .isEqualTo(expected);
        }
    }

    static Stream<Mask> masks() {
        List<Mask> zoo = Zoo.masks();
        return Stream.concat(
                zoo.stream(),
                Stream.of(
                        zoo.get(0).and(zoo.get(1)),
                        zoo.get(0).and(zoo.get(1)).or(zoo.get(2).negate()).and(zoo.get(3)),
                        zoo.get(0).negate()));
    }

    @ParameterizedTest
    @MethodSource("masks")
    void maskMods(Mask mod) {
        ScalarFunction lifted = ScalarFunction.asWritten(Lifter.lift(mod));
        for (int b = 0; b < 2; b++) {
            for (int h = 0; h < 4; h++) {
                for (int q = 0; q < 16; q++) {
                    for (int kv = 0; kv < 16; kv++) {
                        assertThat(lifted.evaluate(b, h, q, kv))
                                .as("b %d h %d q %d kv %d", b, h, q, kv)
                                .isEqualTo(mod.test(b, h, q, kv) ? 1 : 0);
                    }
                }
            }
        }
    }

    static Stream<Any> functions() {
        return Zoo.functions().stream();
    }

    @ParameterizedTest
    @MethodSource("functions")
    void anyTypes(Any mod) {
        ScalarFunction lifted = ScalarFunction.asWritten(Lifter.lift(mod));
        Random random = new Random(2);
        for (int n = 0; n < 3000; n++) {
            float x = random.nextBoolean() ? SPECIAL[n % SPECIAL.length] : (float) random.nextGaussian() * 5;
            double y = random.nextBoolean() ? SPECIAL[random.nextInt(SPECIAL.length)] : random.nextGaussian();
            int i = random.nextBoolean() ? INTS[random.nextInt(INTS.length)] : random.nextInt();
            int j = random.nextBoolean() ? INTS[random.nextInt(INTS.length)] : random.nextInt();
            long k = random.nextInt() * (long) INTS[n % INTS.length] >> 20;
            boolean t = random.nextBoolean();
            assertThat(result(() -> lifted.evaluate(x, y, i, j, (double) k, t ? 1 : 0)))
                    .as("x %s y %s i %d j %d k %d t %s", x, y, i, j, k, t)
                    .isEqualTo(result(() -> mod.apply(x, y, i, j, k, t)));
        }
    }

    static Stream<Ints> ints() {
        return Zoo.ints().stream();
    }

    @ParameterizedTest
    @MethodSource("ints")
    void intFunctions(Ints mod) {
        ScalarFunction lifted = ScalarFunction.asWritten(Lifter.lift(mod));
        for (int i : INTS) {
            for (int j : INTS) {
                assertThat(result(() -> lifted.evaluate(i, j)))
                        .as("i %d j %d", i, j)
                        .isEqualTo(result(() -> (double) mod.apply(i, j)));
            }
        }
    }

    private interface Computation {
        Object run();
    }

    /** The result, or the class of what was thrown. */
    private static Object result(Computation computation) {
        try {
            return computation.run();
        } catch (ArithmeticException | IndexOutOfBoundsException e) {
            return e.getClass();
        }
    }

    @Test
    void arraysAreCapturedByIdentityAndOnce() {
        float[] bias = {1, 2, 3};
        Score add = (s, b, h, q, kv) -> s + bias[h];
        Score twice = (s, b, h, q, kv) -> s * bias[h + 1];
        Lifted lifted = Lifter.lift(add.andThen(twice));
        assertThat(lifted.captures()).hasSize(1);
        assertThat(lifted.captures().getFirst()).isSameAs(bias);
        assertThat(lifted.slotOf(bias)).isZero();
        assertThat(lifted.slotOf(bias.clone())).isEqualTo(-1);
    }

    @Test
    void parametersKeepTheirNames() {
        float[] bias = {1, 2, 3};
        long offset = 1;
        Score mod = (score, batch, head, query, key) -> score + bias[head] + offset;
        assertThat(Lifter.lift(mod).parameters())
                .extracting(Expr.Parameter::name)
                .containsExactly("score", "batch", "head", "query", "key");
        assertThat(Lifter.lift(new Zoo.Softcap(1)).parameters().getFirst().name())
                .isEqualTo("s");
        Ints max = Math::max;
        assertThat(Lifter.lift(max).parameters().getFirst().name()).isEqualTo("p0");
    }

    @Test
    void composedFunctionsShareTheirCaptures() {
        float[] bias = {1, 2, 3, 4};
        Score add = (s, b, h, q, kv) -> s + bias[h];
        Mask causal = (b, h, q, kv) -> bias[h] > 1 && q >= kv;
        Lifted score = Lifter.lift(add);
        Composer composer = new Composer();
        Expr masked = new Expr.Select(
                composer.call(Lifter.lift(causal), score.parameters().subList(1, 5)),
                composer.call(score, score.parameters()),
                Expr.Constant.of(Float.NEGATIVE_INFINITY));
        Lifted both = new Lifted(score.parameters(), masked, composer.captures());
        assertThat(both.captures()).hasSize(1);
        ScalarFunction f = ScalarFunction.asWritten(both);
        assertThat(f.evaluate(5, 0, 2, 3, 3)).isEqualTo(8);
        assertThat(f.evaluate(5, 0, 2, 3, 4)).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(f.evaluate(5, 0, 0, 3, 3)).isEqualTo(Double.NEGATIVE_INFINITY);
    }

    @Test
    void capturedValuesAreNotPartOfTheStructure() {
        assertThat(Structure.of(Lifter.lift(slope(0.5f)).body()))
                .isEqualTo(Structure.of(Lifter.lift(slope(2f)).body()));
    }

    private static Score slope(float slope) {
        return (s, b, h, q, kv) -> s + slope * (kv - q);
    }

    @Test
    void chainOfIfsStaysSmall() {
        Ints chain = (i, j) -> {
            int x = i;
            for (int n = 0; n < 200; n++) {
                if ((x & 1) == 0) {
                    x += j;
                } else {
                    x ^= n;
                }
                if (x == 7) {
                    return n;
                }
            }
            return x;
        };
        Lifted lifted = Lifter.lift(chain);
        assertThat(Dag.order(lifted.body()).size()).isLessThan(4000);
        ScalarFunction f = ScalarFunction.asWritten(lifted);
        for (int i = -20; i < 20; i++) {
            for (int j = -20; j < 20; j++) {
                assertThat(f.evaluate(i, j)).isEqualTo(chain.apply(i, j));
            }
        }
    }

    @Test
    void longChainsAreNoDeepRecursion() {
        float[] table = new float[40];
        Arrays.fill(table, 0.25f);
        Score sum = (s, b, h, q, kv) -> {
            float x = s;
            for (int n = 0; n < 1500; n++) {
                x = n % 3 == 0 ? x + table[n % 40] : x * q;
            }
            return x;
        };
        Lifted lifted = Lifter.lift(sum);
        assertThat(ScalarFunction.asWritten(lifted).evaluate(3, 0, 0, 1, 0)).isEqualTo(sum.apply(3, 0, 0, 1, 0));
        Expr derivative =
                Derivative.withRespectTo(lifted.body(), lifted.parameters().getFirst());
        assertThat(ScalarFunction.inFloat64(new Lifted(lifted.parameters(), derivative, lifted.captures()))
                        .evaluate(3, 0, 0, 2, 0))
                .isEqualTo(Math.scalb(1.0, 1000));
        assertThat(Printer.print(lifted)).contains("t9 = ");
    }

    @Test
    void float64IsTheSameFormulaInDoubles() {
        float c = 3f;
        Score cap = (s, b, h, q, kv) -> c * (float) Math.tanh(s / c) + 0.1f;
        ScalarFunction f = ScalarFunction.inFloat64(Lifter.lift(cap));
        assertThat(f.evaluate(1.25, 0, 0, 0, 0)).isEqualTo(3.0 * Math.tanh(1.25 / 3.0) + (double) 0.1f);
    }
}
