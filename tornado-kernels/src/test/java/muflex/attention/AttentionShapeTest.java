package muflex.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class AttentionShapeTest {

    @Test
    void sizesFollowTheAxes() {
        AttentionShape shape = new AttentionShape(2, 6, 3, 5, 7, 11, 13);
        assertThat(shape.querySize()).isEqualTo(2 * 6 * 5 * 11);
        assertThat(shape.keySize()).isEqualTo(2 * 3 * 7 * 11);
        assertThat(shape.valueSize()).isEqualTo(2 * 3 * 7 * 13);
        assertThat(shape.outSize()).isEqualTo(2 * 6 * 5 * 13);
        assertThat(shape.lseSize()).isEqualTo(2 * 6 * 5);
        assertThat(shape.groupSize()).isEqualTo(2);
    }

    @Test
    void withersChangeOneSize() {
        assertThat(AttentionShape.of(2, 8, 16, 64)
                        .withKvHeads(2)
                        .withQueryLength(3)
                        .withKvLength(5)
                        .withValueDim(7))
                .isEqualTo(new AttentionShape(2, 8, 2, 3, 5, 64, 7));
    }

    @Test
    void headsMustDivide() {
        assertThatThrownBy(() -> AttentionShape.of(1, 8, 16, 64).withKvHeads(3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("queryHeads: expected a multiple of kvHeads 3, got 8;"
                        + " each key head serves queryHeads / kvHeads query heads");
    }

    @Test
    void sizesMustBePositive() {
        assertThatThrownBy(() -> AttentionShape.of(1, 8, 0, 64))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("queryLength: expected a positive size, got 0; pass at least 1");
    }

    @Test
    void arraysMustFitJavasLimit() {
        assertThatThrownBy(() -> AttentionShape.of(1 << 16, 8, 1 << 12, 64))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("q: expected at most 2147483639 elements in [batch, queryHeads, queryLength, headDim],"
                        + " got more; split the batch");
    }
}
