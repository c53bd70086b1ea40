package muflex.expr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import muflex.expr.Derivative.ReadDerivative;
import muflex.expr.Mods.Any;
import muflex.expr.Mods.Score;
import muflex.expr.RowFunction.Vary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Derivatives against central differences in float64, away from where pieces meet. */
class DerivativeTest {
    static Stream<Score> scores() {
        return Stream.concat(
                Zoo.scores().stream(),
                Stream.of(
                        (s, b, h, q, kv) ->
                                (float) (Math.log(s * s + 1) * Math.pow(s * s + 2, 1.5) / (Math.exp(s * 0.1) + 1)),
                        (s, b, h, q, kv) -> (float) Math.pow(q + 2, s * 0.25) + Math.fma(s, s * 0.5f, -s),
                        (s, b, h, q, kv) -> Math.max(s, 1.3f * kv - s) * Math.min(s, 0.7f) - Math.abs(s - 0.3f),
                        (s, b, h, q, kv) ->
                                (float) (Math.tan(s * 0.1) + Math.log1p(Math.abs(s)) - Math.expm1(s / 9)) % 7.7f,
                        (s, b, h, q, kv) ->
                                1f / (3f + s * s) + 10.3f % (s * s + 2.1f) + (float) Math.sqrt(s * s + q + 1)));
    }

    @ParameterizedTest
    @MethodSource("scores")
    void withRespectToTheScore(Score mod) {
        Lifted lifted = Lifter.lift(mod);
        Expr derivative =
                Derivative.withRespectTo(lifted.body(), lifted.parameters().getFirst());
        ScalarFunction f = ScalarFunction.inFloat64(lifted);
        ScalarFunction d = ScalarFunction.inFloat64(new Lifted(lifted.parameters(), derivative, lifted.captures()));
        Random random = new Random(5);
        int compared = 0;
        for (int n = 0; n < 300; n++) {
            double[] at = {
                random.nextGaussian() * 3, random.nextInt(2), random.nextInt(4), random.nextInt(16), random.nextInt(16)
            };
            double coarse = difference(f, at, 1e-4);
            double fine = difference(f, at, 1e-6);
            // Where the two differences disagree a piece ends in between.
            if (Math.abs(coarse - fine) < 1e-4 * (1 + Math.abs(fine))) {
                compared++;
                assertThat(d.evaluate(at)).as("at %s", at).isCloseTo(fine, within(2e-4 * (1 + Math.abs(fine))));
            }
        }
        assertThat(compared).isGreaterThan(100);
    }

    /** The same of random expressions. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void ofRandomExpressions(long part) {
        int compared = 0;
        for (long seed = part * 1000; seed < part * 1000 + 100; seed++) {
            RandomExpressions expressions = new RandomExpressions(seed, true, true);
            Expr body = expressions.next(Type.FLOAT, 3 + (int) seed % 2);
            Expr derivative = Derivative.withRespectTo(body, RandomExpressions.X);
            List<Object> captures = expressions.captures();
            ScalarFunction f = ScalarFunction.inFloat64(new Lifted(RandomExpressions.PARAMETERS, body, captures));
            ScalarFunction d = ScalarFunction.inFloat64(new Lifted(RandomExpressions.PARAMETERS, derivative, captures));
            Random random = new Random(seed);
            for (int n = 0; n < 20; n++) {
                double[] at = {
                    random.nextGaussian() * 2, random.nextInt(30), random.nextInt(30), random.nextInt(20) - 10
                };
                double coarse = difference(f, at, 1e-4);
                double fine = difference(f, at, 1e-6);
                if (fine != 0 && Math.abs(coarse - fine) < 1e-4 * (1 + Math.abs(fine)) && Math.abs(fine) < 1e3) {
                    compared++;
                    assertThat(d.evaluate(at))
                            .as("seed %d at %s: %s", seed, Arrays.toString(at), Printer.print(body))
                            .isCloseTo(fine, within(1e-3 * (1 + Math.abs(fine))));
                }
            }
        }
        assertThat(compared).isGreaterThan(100);
    }

    private static double difference(ScalarFunction f, double[] at, double step) {
        double[] x = at.clone();
        x[0] = at[0] + step;
        double above = f.evaluate(x);
        x[0] = at[0] - step;
        double same = f.evaluate(x);
        return above == same ? 0 : (above - same) / (2 * step);
    }

    @Test
    void conventions() {
        assertThat(slope((x, y, i, j, k, t) -> Math.max(x, 0f), 0)).isZero();
        assertThat(slope((x, y, i, j, k, t) -> Math.max(0f, x), 0)).isZero();
        assertThat(slope((x, y, i, j, k, t) -> Math.abs(x), 0)).isZero();
        assertThat(slope((x, y, i, j, k, t) -> ((int) x) * x, 2.5)).isEqualTo(2);
        assertThat(slope((x, y, i, j, k, t) -> x > 1 ? x * x : 3 * x, 1)).isEqualTo(3);
        assertThat(slope((x, y, i, j, k, t) -> Math.floor(x) + y, 1.5)).isZero();
    }

    private static double slope(Any f, double x) {
        Lifted lifted = Lifter.lift(f);
        Expr d = Derivative.withRespectTo(lifted.body(), lifted.parameters().getFirst());
        return ScalarFunction.asWritten(new Lifted(lifted.parameters(), d, lifted.captures()))
                .evaluate(x, 0, 0, 0, 0, 0);
    }

    @Test
    void derivativeOfAnIntIsAnError() {
        assertThatThrownBy(() -> Derivative.withRespectTo(
                        new Expr.Parameter(Type.INT, 0, "q"), new Expr.Parameter(Type.FLOAT, 1, "s")))
                .hasMessage("e: expected float or double, got int; only those have derivatives");
    }

    record Learned(Score mod, List<float[]> arrays) {}

    static Stream<Learned> learned() {
        float[] bias = new float[40];
        float[] gate = new float[16];
        Random random = new Random(9);
        for (int i = 0; i < bias.length; i++) {
            bias[i] = (float) random.nextGaussian();
        }
        for (int i = 0; i < gate.length; i++) {
            gate[i] = (float) random.nextGaussian();
        }
        int[] index = {3, 1, 0, 2, 5, 4, 9, 8, 7, 6, 15, 14, 13, 12, 11, 10};
        return Stream.of(
                new Learned((s, b, h, q, kv) -> s + bias[q - kv + 16], List.of(bias)),
                new Learned((s, b, h, q, kv) -> kv <= q ? s * bias[q - kv] : s, List.of(bias)),
                new Learned((s, b, h, q, kv) -> s * gate[h] + bias[index[kv]] * gate[kv], List.of(bias, gate)),
                new Learned((s, b, h, q, kv) -> (float) Math.tanh(gate[h] * s) + gate[h] * gate[h], List.of(gate)),
                new Learned(
                        (s, b, h, q, kv) -> kv < q && bias[kv] > 0 ? s * bias[kv] / gate[q] : gate[kv],
                        List.of(bias, gate)),
                new Learned(
                        (s, b, h, q, kv) -> {
                            // gate[q − kv] is used twice, and below another arm that reads elsewhere.
                            float g = kv <= q ? gate[q - kv] : 1f;
                            return kv + 8 < 16 ? g * bias[kv + 8] * g + s : g * s;
                        },
                        List.of(bias, gate)));
    }

    @ParameterizedTest
    @MethodSource("learned")
    void scatterIsTheGradientOfTheWeightedSum(Learned learned) throws Throwable {
        Lifted lifted = Lifter.lift(learned.mod());
        RowFunction row = new RowFunction(
                "scatter",
                lifted.parameters(),
                List.of(Vary.ARRAY, Vary.UNIFORM, Vary.UNIFORM, Vary.UNIFORM, Vary.IOTA),
                List.of(lifted.body()));
        MethodHandle scatter = Rows.compile("scatter", row::emitScatter);
        Random random = new Random(11);
        float[] scores = new float[16];
        float[] upstream = new float[17];
        for (int i = 0; i < 16; i++) {
            scores[i] = (float) random.nextGaussian();
            upstream[i + 1] = (float) random.nextGaussian();
        }
        float[][] gradients = new float[lifted.captures().size()][];
        for (float[] array : learned.arrays()) {
            gradients[lifted.slotOf(array)] = new float[array.length];
        }
        int q = 9;
        scatter.invoke(scores, 0, 0, 2, q, 0, upstream, 1, 16, lifted.captureArray(), gradients);
        ScalarFunction f = ScalarFunction.inFloat64(lifted);
        for (float[] array : learned.arrays()) {
            float[] gradient = gradients[lifted.slotOf(array)];
            for (int i = 0; i < array.length; i++) {
                float was = array[i];
                float step = 1 / 1024f;
                array[i] = was + step;
                double above = array[i];
                double sum = weighted(f, scores, upstream, q);
                array[i] = was - step;
                above -= array[i];
                sum -= weighted(f, scores, upstream, q);
                array[i] = was;
                assertThat((double) gradient[i])
                        .as("element %d", i)
                        .isCloseTo(sum / above, within(1e-3 * (1 + Math.abs(sum / above))));
            }
        }
        float[][] unwanted = new float[gradients.length][];
        scatter.invoke(scores, 0, 0, 2, q, 0, upstream, 1, 16, lifted.captureArray(), unwanted);
    }

    private static double weighted(ScalarFunction f, float[] scores, float[] upstream, int q) {
        double sum = 0;
        for (int kv = 0; kv < scores.length; kv++) {
            sum += upstream[kv + 1] * f.evaluate(scores[kv], 0, 2, q, kv);
        }
        return sum;
    }

    @Test
    void readsThatAreNotExecutedAreNotActive() {
        float[] gate = new float[4];
        Lifted lifted = Lifter.lift((Score) (s, b, h, q, kv) -> kv <= q ? s * gate[q - kv] : s);
        List<ReadDerivative> reads = new ArrayList<>(Derivative.withRespectToReads(lifted.body()));
        assertThat(reads).hasSize(1);
        ScalarFunction active = ScalarFunction.asWritten(
                new Lifted(lifted.parameters(), reads.getFirst().active(), lifted.captures()));
        assertThat(active.evaluate(1, 0, 0, 2, 3)).isZero();
        assertThat(active.evaluate(1, 0, 0, 3, 3)).isEqualTo(1);
    }
}
