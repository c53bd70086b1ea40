package muflex.engine.tornado;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import muflex.attention.Precision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AgreementTest {
    private static final Agreement AGREEMENT = Agreement.of(Precision.SINGLE, "loops", () -> "add (/tmp/add.cl)");

    @Test
    void roundingAgrees() {
        float[] expected = {1, -2, Float.NEGATIVE_INFINITY};
        assertThatCode(() -> AGREEMENT.require("lse", new float[] {1.000001f, -2, Float.NEGATIVE_INFINITY}, expected))
                .doesNotThrowAnyException();
    }

    /** The terms of this gradient cancel: what is left is their rounding, in any unit. */
    @ParameterizedTest
    @ValueSource(floats = {1, 0x1p-20f})
    void roundingAgreesWithNothing(float unit) {
        float[] nothing = {0, 0};
        assertThatCode(() -> AGREEMENT.require(
                        "dq", AGREEMENT.least(unit, 0), new float[] {3e-7f * unit, -5e-7f * unit}, nothing))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> AGREEMENT.require(
                        "dq", AGREEMENT.least(unit, 0), new float[] {3e-6f * unit, -5e-6f * unit}, nothing))
                .isInstanceOf(IllegalStateException.class);
    }

    /** As Adam's second moments after one step, which are a thousandth of a gradient's square. */
    @ParameterizedTest
    @EnumSource
    void smallStatesOfProgramsAreComparedToo(Precision products) {
        Agreement programs = Agreement.ofPrograms(products, "cpu", () -> "adam (/tmp/adam.cl)");
        float[] expected = {1e-13f, 3e-13f};
        assertThatThrownBy(() -> programs.require("v", new float[] {0, 0}, expected))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> programs.require("v", new float[] {2e-13f, 6e-13f}, expected))
                .isInstanceOf(IllegalStateException.class);
        assertThatCode(() -> programs.require("v", new float[] {1.0001e-13f, 3e-13f}, expected))
                .doesNotThrowAnyException();
    }

    @Test
    void scoresAreComparedByTheirDifference() {
        float[] expected = {1000, 0};
        assertThatCode(() -> AGREEMENT.requireScores("lse", new float[] {1000.0005f, -0.0005f}, expected))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> AGREEMENT.requireScores("lse", new float[] {1000.01f, 0}, expected))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> AGREEMENT.requireScores("lse", new float[] {Float.NEGATIVE_INFINITY, 0}, expected))
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
