package muflex.experiments.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import muflex.attention.AttentionShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShapeTextTest {

    @Test
    void oneNumberIsForQueriesAndKeys() {
        assertThat(ShapeText.parse("1x8x512x64")).isEqualTo(AttentionShape.of(1, 8, 512, 64));
    }

    @Test
    void twoNumbersAreForQueriesAndKeys() {
        assertThat(ShapeText.parse("3x8:2x512:1024x64:32")).isEqualTo(new AttentionShape(3, 8, 2, 512, 1024, 64, 32));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1x8x512x64", "3x8:2x512:1024x64:32", "1x8:1x7x5", "2x4x3:9x17:24"})
    void writesWhatItReads(String text) {
        assertThat(ShapeText.of(ShapeText.parse(text))).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "512", "1x8x512", "1x8x512x64x2", "1x8x-5x64", "axbxcxd", "1x8:2:1x512x64"})
    void anythingElseIsRefused(String text) {
        assertThatThrownBy(() -> ShapeText.parse(text))
                .hasMessage("shape: expected BATCHxHEADSxLENGTHxDIM, got " + text
                        + "; write 1x8x512x64, or 1x8:2x512:1024x64:32 where keys or values differ");
    }
}
