package muflex.experiments.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import muflex.experiments.report.Row;
import org.junit.jupiter.api.Test;

class ChecksTest {

    private static final double[] EXPECTED = {1, 2, Double.NEGATIVE_INFINITY, 4};
    private static final float[] PLAIN = {1, 2, Float.NEGATIVE_INFINITY, 4 + 8e-6f};

    @Test
    void theBudgetIsElevenTimesThePlainErrorAndAFloor() {
        double plain = ((double) PLAIN[3] - 4) / 4;

        Row.Accuracy check = Checks.check("out", EXPECTED, PLAIN, new float[] {1, 2, Float.NEGATIVE_INFINITY, 4.5f});

        assertThat(check).isEqualTo(new Row.Accuracy("out", 0.125, 0.5, plain, 11 * plain + 1e-7));
        assertThat(check.within()).isFalse();
    }

    @Test
    void anErrorWithinTheBudgetPasses() {
        assertThat(Checks.check("out", EXPECTED, PLAIN, PLAIN).within()).isTrue();
    }

    @Test
    void aNanIsNeverWithin() {
        Row.Accuracy check = Checks.check("dq", EXPECTED, PLAIN, new float[] {1, 2, Float.NaN, 4});

        assertThat(check.within()).isFalse();
        assertThat(Checks.complaint(List.of(check)))
                .startsWith("dq: expected a mean error of at most ")
                .endsWith("got NaN or a wrong infinity; not timed");
    }

    @Test
    void aFiniteValueWhereInfinityBelongsIsNeverWithin() {
        assertThat(Checks.check("lse", EXPECTED, PLAIN, new float[] {1, 2, -1e30f, 4})
                        .within())
                .isFalse();
    }

    @Test
    void theFirstTensorOutsideItsBudgetIsNamed() {
        Row.Accuracy right = new Row.Accuracy("dq", 1e-8, 1e-8, 1e-8, 2.1e-7);
        Row.Accuracy wrong = new Row.Accuracy("dk", 1e-3, 1e-2, 1e-8, 2.1e-7);

        assertThat(Checks.complaint(List.of(right))).isNull();
        assertThat(Checks.complaint(List.of(right, wrong)))
                .isEqualTo(
                        "dk: expected a mean error of at most 2.1e-07 (plain float32: 1.0e-08), got 1.0e-03; not timed");
    }

    @Test
    void aPlainLoopFarFromFloat64IsNoUnitToMeasureIn() {
        assertThatThrownBy(() -> Checks.check("out", EXPECTED, new float[] {1, 2, Float.NEGATIVE_INFINITY, 5}, PLAIN))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(
                        "out: expected the plain loop near float64, got a mean error of 2.5e-01; one of the two is wrong");
    }
}
