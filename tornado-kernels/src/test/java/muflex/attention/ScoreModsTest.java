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
        assertThatThrownBy(() -> ScoreMods.softcap(Float.NaN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("cap: expected a positive number, got NaN; pass a finite value above 0");
    }
}
