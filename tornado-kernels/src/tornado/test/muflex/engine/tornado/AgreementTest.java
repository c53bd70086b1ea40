package muflex.engine.tornado;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import muflex.attention.Precision;
import org.junit.jupiter.api.Test;

class AgreementTest {
    private static final Agreement AGREEMENT = Agreement.of(Precision.SINGLE, "loops", () -> "add (/tmp/add.cl)");

    @Test
    void roundingAgrees() {
        float[] expected = {1, -2, Float.NEGATIVE_INFINITY};
        assertThatCode(() -> AGREEMENT.require("lse", new float[] {1.000001f, -2, Float.NEGATIVE_INFINITY}, expected))
                .doesNotThrowAnyException();
    }

    /** The terms of this gradient cancel: what is left is their rounding. */
    @Test
    void roundingAgreesWithNothing() {
        float[] nothing = {0, 0};
        Agreement half = Agreement.of(Precision.HALF, "loops", () -> "forward (/tmp/forward.cu)");
        assertThatCode(() -> half.require("dq", new float[] {3e-4f, -5e-4f}, nothing))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> half.require("dq", new float[] {0.01f, -0.01f}, nothing))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> AGREEMENT.require("dq", new float[] {3e-4f, -5e-4f}, nothing))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void otherNumbersDoNot() {
        assertThatThrownBy(() -> AGREEMENT.require("tornado:0:0 out", new float[] {1, 2}, new float[] {1, 3}))
                .hasMessageContaining("tornado:0:0 out: expected what loops computes")
                .hasMessageContaining("a relative error of 0.316 from add (/tmp/add.cl); ")
                .hasMessageContaining("muflex.verify=false");
        assertThatThrownBy(() -> AGREEMENT.require("out", new float[] {Float.NaN}, new float[] {1}))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> AGREEMENT.require("lse", new float[] {0}, new float[] {Float.NEGATIVE_INFINITY}))
                .isInstanceOf(IllegalStateException.class);
    }
}
