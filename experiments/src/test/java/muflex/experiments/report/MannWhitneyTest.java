package muflex.experiments.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class MannWhitneyTest {

    /** 2 of the 70 orders of four and four values are as far apart. */
    @Test
    void samplesThatDoNotOverlapAreAsRareAsCounted() {
        assertThat(MannWhitney.p(new double[] {1, 2, 3, 4}, new double[] {5, 6, 7, 8}))
                .isCloseTo(2.0 / 70, within(1e-12));
    }

    /** U = 2 of two and three values: orders with U ≤ 2 are 4 of 10. */
    @Test
    void bothTailsCount() {
        assertThat(MannWhitney.p(new double[] {1, 4}, new double[] {2, 3, 5})).isCloseTo(0.8, within(1e-12));
    }

    /** z = (|u − mn/2| − ½) / σ with the ties' correction, by hand: ranks 1, 3, 3, 5.5, so u = 2.5; three 2s and two 3s. */
    @Test
    void tiesAreApproximated() {
        assertThat(MannWhitney.p(new double[] {1, 2, 2, 3}, new double[] {2, 3, 4, 5}))
                .isCloseTo(approximate(2.5, 4, 4, 24 + 6), within(1e-6));
    }

    private static double approximate(double u, int m, int n, double ties) {
        double sigma = Math.sqrt(m * n / 12.0 * (m + n + 1 - ties / ((m + n) * (m + n - 1.0))));
        double z = (Math.abs(u - m * n / 2.0) - 0.5) / sigma;
        // The upper tail of a normal distribution by Simpson's rule.
        double sum = 0;
        int steps = 20_000;
        double h = 10.0 / steps;
        for (int i = 0; i <= steps; i++) {
            double x = z + i * h;
            sum += (i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2) * Math.exp(-x * x / 2);
        }
        return 2 * sum * h / 3 / Math.sqrt(2 * Math.PI);
    }

    @Test
    void equalSamplesShowNothing() {
        double[] same = new double[20];
        Arrays.fill(same, 7);

        assertThat(MannWhitney.p(same, same)).isEqualTo(1);
    }

    @Test
    void manySamplesWithoutTiesAgreeWithTheApproximation() {
        double[] a = new double[49];
        double[] b = new double[49];
        double[] longer = new double[60];
        double[] other = new double[60];
        for (int i = 0; i < 60; i++) {
            longer[i] = i;
            other[i] = i + 9.5;
        }
        System.arraycopy(longer, 0, a, 0, 49);
        System.arraycopy(other, 0, b, 0, 49);

        assertThat(MannWhitney.p(a, b)).isBetween(1e-4, 0.01);
        assertThat(MannWhitney.p(longer, other)).isBetween(1e-4, 0.01);
        assertThat(MannWhitney.p(a, b)).isEqualTo(MannWhitney.p(b, a));
    }
}
