package muflex.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class CounterRandomTest {

    @Test
    void streamsDifferByPurposeAndSeed() {
        long bits = CounterRandom.of(1, "a").bits(0);
        assertThat(bits)
                .isEqualTo(CounterRandom.of(1, "a").bits(0))
                .isNotEqualTo(CounterRandom.of(1, "b").bits(0))
                .isNotEqualTo(CounterRandom.of(2, "a").bits(0))
                .isNotEqualTo(CounterRandom.of(1, "a").bits(1));
    }

    @Test
    void normalsHaveTheMomentsOfANormal() {
        CounterRandom random = CounterRandom.of(3, "normals");
        int count = 100_000;
        double[] moments = new double[5];
        for (int i = 0; i < count; i++) {
            double x = random.normal(i);
            for (int power = 1; power <= 4; power++) {
                moments[power] += Math.pow(x, power) / count;
            }
        }
        assertThat(moments[1]).isCloseTo(0, within(0.02));
        assertThat(moments[2]).isCloseTo(1, within(0.02));
        assertThat(moments[3]).isCloseTo(0, within(0.05));
        assertThat(moments[4]).isCloseTo(3, within(0.1));
    }

    @Test
    void belowIsUniform() {
        CounterRandom random = CounterRandom.of(4, "below");
        int[] counts = new int[7];
        for (int i = 0; i < 70_000; i++) {
            counts[random.below(i, 7)]++;
        }
        for (int count : counts) {
            assertThat(count).isBetween(9_600, 10_400);
        }
    }
}
