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

    /** Of 15 samples the 4th and the 12th: P(B ≤ 3) = 1.76 % for 15 fair coins. Six are the fewest: 2 · 2⁻⁶ = 3.1 %. */
    @Test
    void theMediansIntervalIsFromOrderStatistics() {
        Samples fifteen = new Samples(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1);

        assertThat(fifteen.lowerBound()).isEqualTo(4);
        assertThat(fifteen.upperBound()).isEqualTo(12);
        assertThat(new Samples(1, 2, 3, 4, 5, 6).lowerBound()).isEqualTo(1);
        assertThat(new Samples(1, 2, 3, 4, 5, 6).upperBound()).isEqualTo(6);
        assertThat(new Samples(1, 2, 3, 4, 5).lowerBound()).isNull();
    }

    /** However skewed the distribution, the interval holds its median at least 95 times in a hundred. */
    @Test
    void theIntervalHoldsTheMedianAsOftenAsItSays() {
        java.util.Random random = new java.util.Random(5);
        int held = 0;
        for (int trial = 0; trial < 4000; trial++) {
            long[] nanos = new long[17];
            for (int i = 0; i < nanos.length; i++) {
                nanos[i] = (long) (1e6 * Math.exp(2 * random.nextGaussian()));
            }
            Samples samples = new Samples(nanos);
            held += samples.lowerBound() <= 1_000_000 && samples.upperBound() >= 1_000_000 ? 1 : 0;
        }
        assertThat(held).isBetween((int) (4000 * 0.945), (int) (4000 * 0.985));
    }

    @Test
    void noSamplesAreRefused() {
        assertThatThrownBy(Samples::new)
                .hasMessage("nanos: expected at least one sample, got none; measure, then sum up");
    }
}
