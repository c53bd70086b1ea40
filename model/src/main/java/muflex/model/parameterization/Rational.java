package muflex.model.parameterization;

import java.math.BigInteger;

/**
 * An exact fraction in lowest terms with a positive denominator. Arithmetic throws {@link ArithmeticException}
 * rather than overflow.
 *
 * @param numerator carries the sign
 * @param denominator at least 1
 */
public record Rational(long numerator, long denominator) implements Comparable<Rational> {

    public static final Rational ZERO = new Rational(0, 1);
    public static final Rational ONE = new Rational(1, 1);
    public static final Rational HALF = new Rational(1, 2);

    public Rational {
        if (denominator == 0) {
            throw new IllegalArgumentException("denominator: expected not 0, got 0; give a finite fraction");
        }
        long divisor = BigInteger.valueOf(numerator)
                .gcd(BigInteger.valueOf(denominator))
                .longValueExact();
        numerator /= divisor;
        denominator /= divisor;
        if (denominator < 0) {
            numerator = Math.negateExact(numerator);
            denominator = Math.negateExact(denominator);
        }
    }

    public static Rational of(long whole) {
        return new Rational(whole, 1);
    }

    public static Rational of(long numerator, long denominator) {
        return new Rational(numerator, denominator);
    }

    /** Reads {@code "2"}, {@code "-1/2"}: what {@link #toString} writes. */
    public static Rational parse(String text) {
        String[] parts = text.strip().split("/", -1);
        try {
            return switch (parts.length) {
                case 1 -> of(Long.parseLong(parts[0].strip()));
                case 2 -> of(Long.parseLong(parts[0].strip()), Long.parseLong(parts[1].strip()));
                default -> throw new NumberFormatException();
            };
        } catch (NumberFormatException _) {
            throw new IllegalArgumentException(
                    "exponent: expected an integer or a fraction such as -1/2, got '" + text + "'; write it so");
        }
    }

    public Rational plus(Rational other) {
        return new Rational(
                Math.addExact(
                        Math.multiplyExact(numerator, other.denominator),
                        Math.multiplyExact(other.numerator, denominator)),
                Math.multiplyExact(denominator, other.denominator));
    }

    public Rational minus(Rational other) {
        return plus(other.negate());
    }

    public Rational times(Rational other) {
        return new Rational(
                Math.multiplyExact(numerator, other.numerator), Math.multiplyExact(denominator, other.denominator));
    }

    public Rational negate() {
        return new Rational(Math.negateExact(numerator), denominator);
    }

    public boolean isZero() {
        return numerator == 0;
    }

    public double toDouble() {
        return (double) numerator / denominator;
    }

    @Override
    public int compareTo(Rational other) {
        return Long.compare(
                Math.multiplyExact(numerator, other.denominator), Math.multiplyExact(other.numerator, denominator));
    }

    @Override
    public String toString() {
        return denominator == 1 ? Long.toString(numerator) : numerator + "/" + denominator;
    }
}
