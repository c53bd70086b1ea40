package muflex.experiments.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import muflex.attention.AttentionShape;
import muflex.attention.MaskMods;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The plain loop against float64 and its finite differences. */
class NaiveAttentionTest {

    private static final double STEP = 1e-3;

    static Iterable<Variant> variants() {
        return Variants.ALL;
    }

    @ParameterizedTest
    @MethodSource("variants")
    void outputsAndGradientsAreThoseOfTheFormula(Variant variant) {
        Setup setup = variant.at(new AttentionShape(2, 4, 2, 6, 6, 5, 3), 3);
        Tensors tensors = Tensors.random(setup.shape(), 11);
        float[] out = new float[setup.shape().outSize()];
        float[] lse = new float[setup.shape().lseSize()];
        float[] dq = new float[setup.shape().querySize()];
        float[] dk = new float[setup.shape().keySize()];
        float[] dv = new float[setup.shape().valueSize()];
        float[] dLearned = setup.learned() == null ? null : new float[setup.learned().length];
        NaiveAttention naive = new NaiveAttention(setup);

        naive.forward(tensors, out, lse);
        naive.backward(tensors, out, lse, dq, dk, dv, dLearned);

        double[] q = wide(tensors.q());
        double[] k = wide(tensors.k());
        double[] v = wide(tensors.v());
        double[] dOut = wide(tensors.dOut());
        double[] expected = new double[out.length];
        Float64.loss(setup, q, k, v, dOut, expected);
        for (int i = 0; i < out.length; i++) {
            assertThat((double) out[i]).as("out[%d]", i).isCloseTo(expected[i], within(2e-6));
        }
        for (int i = 0; i < Math.min(dk.length, dv.length); i++) {
            assertThat((double) dq[i]).as("dq[%d]", i).isCloseTo(slope(setup, q, i, q, k, v, dOut), within(1e-4));
            assertThat((double) dk[i]).as("dk[%d]", i).isCloseTo(slope(setup, k, i, q, k, v, dOut), within(1e-4));
            assertThat((double) dv[i]).as("dv[%d]", i).isCloseTo(slope(setup, v, i, q, k, v, dOut), within(1e-4));
        }
    }

    @Test
    void theGradientOfALearnedArrayIsItsFiniteDifference() {
        Setup setup = Variants.byName(Variants.ALL, "relative").at(AttentionShape.of(1, 2, 6, 4), 3);
        Tensors tensors = Tensors.random(setup.shape(), 11);
        Answer answer = new Answer(setup);
        float[] out = new float[setup.shape().outSize()];
        float[] lse = new float[setup.shape().lseSize()];
        float[] gradient = new float[setup.learned().length];
        NaiveAttention naive = new NaiveAttention(setup);
        naive.forward(tensors, out, lse);
        naive.backward(
                tensors,
                out,
                lse,
                new float[tensors.q().length],
                new float[tensors.k().length],
                new float[tensors.v().length],
                gradient);
        answer.run(Direction.FORWARD, naive, tensors);

        for (int i = 0; i < gradient.length; i++) {
            float before = setup.learned()[i];
            double up = lossWith(setup, i, before + 0.0625f, tensors);
            double down = lossWith(setup, i, before - 0.0625f, tensors);
            setup.learned()[i] = before;
            assertThat((double) gradient[i]).as("gradient[%d]", i).isCloseTo((up - down) / 0.125, within(5e-3));
        }
        assertThat(IntStream.range(0, gradient.length)
                        .filter(i -> gradient[i] != 0)
                        .count())
                .as("read entries: distances 0 and 1, causal")
                .isEqualTo(2);
    }

    @Test
    void aRowWithoutKeysGivesZeroAndNoGradient() {
        Setup setup = Setup.masked(AttentionShape.of(1, 1, 3, 4), MaskMods.all().negate());
        Tensors tensors = Tensors.random(setup.shape(), 1);
        float[] out = {9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9};
        float[] lse = new float[3];
        float[] dq = out.clone();
        float[] dk = out.clone();
        float[] dv = out.clone();

        NaiveAttention naive = new NaiveAttention(setup);
        naive.forward(tensors, out, lse);
        naive.backward(tensors, out, lse, dq, dk, dv, null);

        assertThat(lse).containsOnly(Float.NEGATIVE_INFINITY);
        assertThat(out).containsOnly(0f);
        assertThat(dq).containsOnly(0f);
        assertThat(dk).containsOnly(0f);
        assertThat(dv).containsOnly(0f);
    }

    private static double slope(Setup setup, double[] at, int i, double[] q, double[] k, double[] v, double[] dOut) {
        double[] unused = new double[dOut.length];
        double before = at[i];
        at[i] = before + STEP;
        double up = Float64.loss(setup, q, k, v, dOut, unused);
        at[i] = before - STEP;
        double down = Float64.loss(setup, q, k, v, dOut, unused);
        at[i] = before;
        return (up - down) / (2 * STEP);
    }

    private static double lossWith(Setup setup, int i, float value, Tensors tensors) {
        setup.learned()[i] = value;
        return Float64.loss(
                setup,
                wide(tensors.q()),
                wide(tensors.k()),
                wide(tensors.v()),
                wide(tensors.dOut()),
                new double[tensors.dOut().length]);
    }

    private static double[] wide(float[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }
}
