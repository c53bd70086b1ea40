package muflex.experiments.speed;

import static org.assertj.core.api.Assertions.assertThat;

import muflex.attention.Precision;
import org.junit.jupiter.api.Test;

class RowCheckTest {

    @Test
    void aWrongAnswerIsNotTimed() {
        assertThat(new RowCheck.Errors(1e-6, 1e-7, 1e-6).complaint(Precision.SINGLE))
                .isNull();
        assertThat(new RowCheck.Errors(1e-2, 1e-3, 1e-6).complaint(Precision.HALF))
                .isNull();
        assertThat(new RowCheck.Errors(1e-2, 1e-3, 1e-6).complaint(Precision.SINGLE))
                .isEqualTo("expected errors against float64 of at most 1.0e-03, got 1.0e-02 in out and 1.0e-06 in lse;"
                        + " not timed");
        assertThat(new RowCheck.Errors(0, 0, 0.1).complaint(Precision.HALF)).isNotNull();
        assertThat(new RowCheck.Errors(Double.NaN, Double.NaN, 0).complaint(Precision.HALF))
                .contains("got NaN in out");
    }
}
