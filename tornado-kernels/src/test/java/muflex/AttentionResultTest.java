package muflex;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class AttentionResultTest {

    private static final float NONE = Float.NEGATIVE_INFINITY;

    @Test
    void mergedRowsAreWeightedByTheirDenominators() {
        AttentionResult a = new AttentionResult(new float[] {1, 2}, new float[] {(float) Math.log(1)});
        AttentionResult b = new AttentionResult(new float[] {5, 6}, new float[] {(float) Math.log(3)});
        AttentionResult merged = a.merge(b);
        assertThat(merged.out()).containsExactly(4, 5);
        assertThat(merged.lse()).containsExactly((float) Math.log(4));
    }

    @Test
    void anEmptySideChangesNothing() {
        AttentionResult some = new AttentionResult(new float[] {1, 2}, new float[] {0.5f});
        AttentionResult none = new AttentionResult(new float[2], new float[] {NONE});
        assertThat(some.merge(none).out()).containsExactly(1, 2);
        assertThat(none.merge(some).lse()).containsExactly(0.5f);
        assertThat(none.merge(none).out()).containsExactly(0, 0);
        assertThat(none.merge(none).lse()).containsExactly(NONE);
    }

    @Test
    void sizesMustAgree() {
        AttentionResult a = new AttentionResult(new float[4], new float[2]);
        assertThatThrownBy(() -> a.merge(new AttentionResult(new float[6], new float[3])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("other: expected out and lse of 4 and 2 elements, got 6 and 3;"
                        + " merge results for the same queries");
    }
}
