package muflex.experiments.mup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class OptimumTest {

    private static NavigableMap<Double, Map<Long, Double>> parabola(double best, double tilt) {
        NavigableMap<Double, Map<Long, Double>> losses = new TreeMap<>();
        for (double x = -9; x <= -2; x++) {
            Map<Long, Double> bySeed = new TreeMap<>();
            for (long seed = 1; seed <= 3; seed++) {
                double off = x - best - tilt * (seed - 2);
                bySeed.put(seed, 2.5 + 0.1 * off * off);
            }
            losses.put(x, bySeed);
        }
        return losses;
    }

    @Test
    void theVertexOfAParabolaIsFound() {
        Optimum optimum = Optimum.of(parabola(-5.3, 0));
        assertThat(optimum.log2()).isCloseTo(-5.3, within(1e-9));
        assertThat(optimum.loss()).isCloseTo(2.5, within(1e-9));
        assertThat(optimum.low()).isCloseTo(optimum.high(), within(1e-9));
        assertThat(optimum.doubts()).isEmpty();
    }

    @Test
    void seedsThatDisagreeWidenTheInterval() {
        Optimum optimum = Optimum.of(parabola(-5, 0.5));
        assertThat(optimum.low()).isCloseTo(-5.5, within(0.05));
        assertThat(optimum.high()).isCloseTo(-4.5, within(0.05));
    }

    @Test
    void aMoveIsMeasuredSeedBySeed() {
        Optimum.Interval move = Optimum.of(parabola(-4, 0.5)).above(Optimum.of(parabola(-6, 0.5)));
        assertThat(move).isNotNull();
        assertThat(move.low()).isCloseTo(2, within(1e-9));
        assertThat(move.high()).isCloseTo(2, within(1e-9));
        assertThat(ofCurve(3, 2, 3).above(ofCurve(2, 3, 4))).isNull();
    }

    @Test
    void anOptimumAtTheEdgeIsFlagged() {
        assertThat(Optimum.of(parabola(-1, 0)).doubts()).containsExactly(Optimum.Doubt.EDGE);
        assertThat(Optimum.of(parabola(-11, 0)).doubts()).containsExactly(Optimum.Doubt.EDGE);
    }

    /** Losses at 2^-9, 2^-8 and so on. */
    private static Optimum ofCurve(double... curve) {
        NavigableMap<Double, Map<Long, Double>> losses = new TreeMap<>();
        for (int i = 0; i < curve.length; i++) {
            losses.put(i - 9.0, Map.of(1L, curve[i]));
        }
        return Optimum.of(losses);
    }

    @Test
    void aVertexBetweenTwoMinimaIsFlagged() {
        Optimum optimum = ofCurve(3.4, 3.0, 2.8, 2.9, 2.85, 3.1, 3.5);
        assertThat(optimum.doubts()).containsExactly(Optimum.Doubt.SECOND_MINIMUM);
        assertThat(optimum.remarks()).isEqualTo("a second minimum");
    }

    @Test
    void aCurveThatHasNoVertexIsFlagged() {
        Optimum optimum = ofCurve(3.0, 3.2, 2.9, 3.2, 3.0);
        assertThat(optimum.doubts()).containsExactly(Optimum.Doubt.SECOND_MINIMUM, Optimum.Doubt.NO_VERTEX);
        assertThat(optimum.log2()).isEqualTo(-7);
        assertThat(optimum.loss()).isEqualTo(2.9);
    }

    @Test
    void ratesAtWhichASeedDivergedDontCount() {
        NavigableMap<Double, Map<Long, Double>> losses = parabola(-5, 0);
        losses.put(-4.0, Map.of(1L, 0.1, 2L, 0.1));
        assertThat(Optimum.of(losses).log2()).isCloseTo(-5, within(1e-9));
        losses.replaceAll((rate, bySeed) -> Map.of());
        assertThatThrownBy(() -> Optimum.of(losses))
                .hasMessage("losses: expected a rate at which every seed trains, got none");
    }

    @Test
    void slopesHaveIntervals() {
        Slope exact = Slope.fit(new double[] {0, 1, 2, 3}, new double[] {1, 3, 5, 7});
        assertThat(exact.slope()).isCloseTo(2, within(1e-12));
        assertThat(exact.half()).isCloseTo(0, within(1e-9));
        // Four residuals of 0.1 around slope 0: s² = 0.04/3, sxx = 10, t(3) = 3.182.
        Slope noisy = Slope.fit(new double[] {0, 1, 2, 3, 4}, new double[] {0.1, -0.1, 0, -0.1, 0.1});
        assertThat(noisy.half()).isCloseTo(3.182 * Math.sqrt(0.04 / 3 / 10), within(0.002));
    }
}
