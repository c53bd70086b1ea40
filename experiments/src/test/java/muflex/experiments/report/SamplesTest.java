package muflex.experiments.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SamplesTest {

    /** R: quantile(c(9, 1, 4, 16), c(.25, .5, .75)) gives 3.25, 6.5, 10.75. */
    @Test
    void quantilesAreThoseOfR() {
        Samples samples = new Samples(9, 1, 4, 16);

        assertThat(samples.lowerQuartile()).isEqualTo(3.25);
        assertThat(samples.median()).isEqualTo(6.5);
        assertThat(samples.upperQuartile()).isEqualTo(10.75);
        assertThat(samples.min()).isEqualTo(1);
    }

    @Test
    void keepsTheOrderInWhichSamplesWereTaken() {
        assertThat(new Samples(9, 1, 4).list()).containsExactly(9L, 1L, 4L);
    }

    @Test
    void oneSampleIsItsOwnMedian() {
        Samples samples = new Samples(7);

        assertThat(samples.median()).isEqualTo(7);
        assertThat(samples.upperQuartile()).isEqualTo(7);
    }

    @Test
    void noSamplesAreRefused() {
        assertThatThrownBy(Samples::new)
                .hasMessage("nanos: expected at least one sample, got none; measure, then sum up");
    }
}
