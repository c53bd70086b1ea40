package muflex.engine.tornado;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class AgreementTest {

    @Test
    void roundingAgrees() {
        float[] expected = {1, -2, Float.NEGATIVE_INFINITY};
        assertThatCode(() -> Agreement.require(
                        "lse", new float[] {1.000001f, -2, Float.NEGATIVE_INFINITY}, expected, "loops"))
                .doesNotThrowAnyException();
    }

    @Test
    void otherNumbersDoNot() {
        assertThatThrownBy(() -> Agreement.require("tornado:0:0 out", new float[] {1, 2}, new float[] {1, 3}, "loops"))
                .hasMessageContaining("tornado:0:0 out: expected what loops computes")
                .hasMessageContaining("muflex.verify=false");
        assertThatThrownBy(() -> Agreement.require("out", new float[] {Float.NaN}, new float[] {1}, "loops"))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(
                        () -> Agreement.require("lse", new float[] {0}, new float[] {Float.NEGATIVE_INFINITY}, "loops"))
                .isInstanceOf(IllegalStateException.class);
    }
}
