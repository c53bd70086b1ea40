package muflex.model.parameterization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class RationalTest {

    @Test
    void isInLowestTermsWithPositiveDenominator() {
        assertThat(new Rational(6, -4)).isEqualTo(new Rational(-3, 2)).hasToString("-3/2");
        assertThat(new Rational(0, 7)).isEqualTo(Rational.ZERO).hasToString("0");
    }

    @Test
    void addsAndMultipliesExactly() {
        assertThat(Rational.of(1, 3).plus(Rational.of(1, 6))).isEqualTo(Rational.HALF);
        assertThat(Rational.of(1, 3).minus(Rational.of(1, 3))).isEqualTo(Rational.ZERO);
        assertThat(Rational.of(-2, 3).times(Rational.of(3, 4))).isEqualTo(Rational.of(-1, 2));
        assertThat(Rational.of(1, 3)).isGreaterThan(Rational.of(333_333_333, 1_000_000_000));
    }

    @Test
    void readsWhatItWrites() {
        for (Rational value : new Rational[] {Rational.of(-3, 2), Rational.of(7), Rational.ZERO}) {
            assertThat(Rational.parse(value.toString())).isEqualTo(value);
        }
        assertThatThrownBy(() -> Rational.parse("1/2/3"))
                .hasMessage("exponent: expected an integer or a fraction such as -1/2, got '1/2/3'; write it so");
    }

    @Test
    void overflowIsAnError() {
        assertThatThrownBy(() -> Rational.of(Long.MAX_VALUE).plus(Rational.ONE))
                .isInstanceOf(ArithmeticException.class);
        assertThatThrownBy(() -> Rational.of(1, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
