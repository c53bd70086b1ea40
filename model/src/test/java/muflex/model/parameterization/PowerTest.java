package muflex.model.parameterization;

import static muflex.model.parameterization.Dimension.DEPTH;
import static muflex.model.parameterization.Dimension.FAN_IN;
import static muflex.model.parameterization.Dimension.HEAD_DIM;
import static muflex.model.parameterization.Dimension.WIDTH;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PowerTest {

    private static Extents width(int width) {
        return new ModelShape(width, 64, 4, 2, 4 * width).with(width, width);
    }

    @Test
    void isExactlyOneAtTheBase() {
        Power odd = Power.of(WIDTH, 5, 7).times(Power.of(FAN_IN, -1, 3));
        assertThat(odd.factor(width(97), width(97))).isEqualTo(1.0);
    }

    @ParameterizedTest
    @CsvSource({
        "-1, 256, 128, 0.5",
        "-1/2, 512, 128, 0.5",
        "-1/2, 384, 96, 0.5",
        "-3/2, 2048, 128, 0.015625",
        "1/4, 4096, 256, 2",
        "1/3, 1024, 128, 2",
        "2, 96, 384, 0.0625"
    })
    void powersOfTwoAreExact(String exponent, int actual, int base, double expected) {
        assertThat(Power.of(WIDTH, Rational.parse(exponent)).factor(width(actual), width(base)))
                .isEqualTo(expected);
    }

    @Test
    void rootsOfTwoThatMeetAreExact() {
        Power product = Power.of(WIDTH, -1, 2).times(Power.of(FAN_IN, -1, 2));
        assertThat(product.factor(width(256), width(128))).isEqualTo(0.5);
    }

    @Test
    void otherRatiosAreAccurate() {
        assertThat(Power.of(WIDTH, -1, 2).factor(width(192), width(128))).isCloseTo(Math.sqrt(1 / 1.5), within(1e-15));
        assertThat(Power.of(WIDTH, -2, 3).factor(width(640), width(128)))
                .isCloseTo(Math.pow(5, -2.0 / 3), within(1e-15));
    }

    @Test
    void equalProductsAreEqual() {
        Power there = Power.of(WIDTH, 1).times(Power.of(DEPTH, -1, 2));
        assertThat(there.over(there)).isEqualTo(Power.ONE);
        assertThat(there.to(Rational.of(2))).isEqualTo(Power.of(DEPTH, -1).times(Power.of(WIDTH, 2)));
    }

    @Test
    void readsWhatItWrites() {
        Power power = Power.of(WIDTH, -1, 2).times(Power.of(HEAD_DIM, 1)).times(Power.of(FAN_IN, -2));
        assertThat(power).hasToString("d^-1/2 * D * fan_in^-2");
        assertThat(Power.parse(power.toString())).isEqualTo(power);
        assertThat(Power.parse("1")).isEqualTo(Power.ONE);
        assertThatThrownBy(() -> Power.parse("width^2"))
                .hasMessage("dimension: expected one of [d, D, H, L, d_ff, fan_in, fan_out], got 'width'; "
                        + "use one of them");
    }
}
