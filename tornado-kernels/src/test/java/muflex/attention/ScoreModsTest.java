package muflex.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ScoreModsTest {

    @Test
    void alibiSlopesFollowThePaper() {
        assertThat(ScoreMods.alibiSlopes(8))
                .containsExactly(0.5f, 0.25f, 0.125f, 1 / 16f, 1 / 32f, 1 / 64f, 1 / 128f, 1 / 256f);
        // Twelve heads: the eight slopes of 8, then 2^-0.5, 2^-1.5, … of 16.
        assertThat(ScoreMods.alibiSlopes(12)[8]).isCloseTo((float) Math.pow(2, -0.5), within(1e-7f));
        assertThat(ScoreMods.alibiSlopes(12)[11]).isCloseTo((float) Math.pow(2, -3.5), within(1e-7f));
        assertThat(ScoreMods.alibi(8).apply(1, 0, 1, 7, 3)).isEqualTo(1 - 0.25f * 4);
    }

    @Test
    void softcapIsBoundedAndNearlyLinearAtZero() {
        ScoreMod softcap = ScoreMods.softcap(2);
        assertThat(softcap.apply(100, 0, 0, 0, 0)).isEqualTo(2);
        assertThat(softcap.apply(0.01f, 0, 0, 0, 0)).isCloseTo(0.01f, within(1e-6f));
    }

    @Test
    void relativeBiasIsClamped() {
        float[] table = {1, 2, 3, 4, 5, 10, 20, 30, 40, 50};
        ScoreMod shared = ScoreMods.relativeBias(new float[] {1, 2, 3, 4, 5}, 2);
        assertThat(shared.apply(0, 0, 1, 0, 9)).isEqualTo(1);
        assertThat(shared.apply(0, 0, 1, 4, 4)).isEqualTo(3);
        assertThat(shared.apply(0, 0, 1, 9, 0)).isEqualTo(5);
        ScoreMod byHead = ScoreMods.relativeBias(table, 2, 2);
        assertThat(byHead.apply(0, 0, 0, 4, 3)).isEqualTo(4);
        assertThat(byHead.apply(0, 0, 1, 4, 3)).isEqualTo(40);
    }

    @Test
    void simpleMods() {
        assertThat(ScoreMods.identity().apply(3, 0, 0, 0, 0)).isEqualTo(3);
        assertThat(ScoreMods.bias(new float[] {1, 2, 3, 4, 5, 6}, 3).apply(10, 0, 0, 1, 2))
                .isEqualTo(16);
        assertThat(ScoreMods.headOffset(new float[] {1, 2}).apply(10, 0, 1, 0, 0))
                .isEqualTo(12);
        assertThat(ScoreMods.headScale(new float[] {1, 2}).apply(10, 0, 1, 0, 0))
                .isEqualTo(20);
        assertThat(ScoreMods.headScale(new float[] {3})
                        .andThen(ScoreMods.headOffset(new float[] {1}))
                        .apply(2, 0, 0, 0, 0))
                .isEqualTo(7);
    }

    @Test
    void argumentsAreChecked() {
        assertThatThrownBy(() -> ScoreMods.relativeBias(new float[4], 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("table: expected 5 elements [2 · maxDistance + 1], got 4; pass an array of that length");
        assertThatThrownBy(() -> ScoreMods.sandwich(2, 5, 10))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("dim: expected an even number, got 5; the paper has 128");
        assertThatThrownBy(() -> ScoreMods.softcap(Float.NaN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("cap: expected a positive number, got NaN; pass a finite value above 0");
    }

    @Test
    void t5BucketsAreThoseOfItsCode() {
        // Of T5's own function, bidirectional=False, 32 buckets, up to 128.
        int[] distances = {0, 1, 15, 16, 20, 31, 32, 64, 100, 127, 128, 500};
        int[] buckets = {0, 1, 15, 16, 17, 21, 21, 26, 30, 31, 31, 31};
        float[] table = new float[32];
        for (int i = 0; i < 32; i++) {
            table[i] = i;
        }
        ScoreMod decoder = ScoreMods.t5Bias(table, 1, 32, 128, false);
        ScoreMod encoder = ScoreMods.t5Bias(table, 1, 32, 128, true);
        for (int i = 0; i < distances.length; i++) {
            assertThat(decoder.apply(0, 0, 0, distances[i], 0))
                    .as("distance %d", distances[i])
                    .isEqualTo(buckets[i]);
        }
        assertThat(decoder.apply(0, 0, 0, 0, 5)).isZero();
        assertThat(encoder.apply(0, 0, 0, 0, 3)).isEqualTo(19);
        assertThat(encoder.apply(0, 0, 0, 3, 0)).isEqualTo(3);
        assertThat(encoder.apply(0, 0, 0, 0, 1000)).isEqualTo(31);
        assertThat(encoder.apply(0, 0, 0, 1000, 0)).isEqualTo(15);
    }

    @Test
    void imageBiasGoesByDisplacement() {
        float[] table = new float[3 * 5];
        table[2 * 5 + 1] = 7; // one row below and one column left of the key, in an image of 2 × 3
        ScoreMod mod = ScoreMods.relativeBias2d(table, 1, 2, 3);
        assertThat(mod.apply(0, 0, 0, 4, 2)).isEqualTo(7);
        assertThat(mod.apply(0, 0, 0, 3, 1)).isEqualTo(7);
        assertThat(mod.apply(0, 0, 0, 2, 4)).isZero();
    }

    @Test
    void sandwichIsAnInnerProductOfSinusoids() {
        ScoreMod mod = ScoreMods.sandwich(2, 4, 10);
        double sum = Math.cos(3 / Math.pow(10_000, 0.5)) + Math.cos(3 / 10_000.0);
        assertThat(mod.apply(1, 0, 0, 5, 2)).isCloseTo((float) (1 + 4 * sum), within(1e-5f));
        assertThat(mod.apply(1, 0, 1, 2, 5)).isCloseTo((float) (1 + 8 * sum), within(1e-5f));
    }

    @Test
    void edgesOfAPathAreAveraged() {
        int[] path = {-1, -1, 0, 1, 1, -1, -1, -1};
        ScoreMod mod = ScoreMods.graphEdges(path, 2, 2, new float[] {1, 10, 100, 1000}, 2);
        assertThat(mod.apply(0, 0, 0, 0, 0)).isZero();
        assertThat(mod.apply(0, 0, 0, 0, 1)).isEqualTo((1 + 1000) / 2f);
        assertThat(mod.apply(0, 0, 0, 1, 0)).isEqualTo(10);
    }

    @Test
    void decayAndGateAndActivation() {
        assertThat(ScoreMods.decay(new float[] {0.5f}).apply(8, 0, 0, 4, 1)).isCloseTo(1, within(1e-6f));
        assertThat(ScoreMods.retentionRates(2)).containsExactly(1 - 1 / 32f, 1 - 1 / 64f);
        assertThat(ScoreMods.gate(new float[] {0}).apply(8, 0, 0, 4, 1)).isEqualTo(4);
        ScoreMod relu = ScoreMods.activation((s, b, h, q, kv) -> Math.max(s, 0));
        assertThat(relu.apply(-1, 0, 0, 0, 0)).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(relu.apply(2, 0, 0, 0, 0)).isEqualTo((float) Math.log(2));
        assertThatThrownBy(() -> ScoreMods.decay(new float[] {0}))
                .hasMessage("rates[0]: expected a positive number, got 0.0; pass a finite value above 0");
        assertThatThrownBy(() -> ScoreMods.t5Bias(new float[7], 1, 7, 128, true))
                .hasMessage("buckets: expected at least 2 a side, as many on both, got 7 for both sides; T5 has 32");
    }
}
