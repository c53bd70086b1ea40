package muflex.model.parameterization;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A product of powers of dimensions, such as {@code d^-1/2 * D^-1}. It stands for how a quantity changes when a model
 * grows away from its base: the product of {@code (size / base size)^exponent}. At the base it is exactly 1.
 *
 * @param exponents no entry is zero, so that equal products are equal records
 */
public record Power(Map<Dimension, Rational> exponents) {

    /** Does not change with size. */
    public static final Power ONE = new Power(Map.of());

    public Power {
        EnumMap<Dimension, Rational> ordered = new EnumMap<>(Dimension.class);
        exponents.forEach((dimension, exponent) -> {
            if (!exponent.isZero()) {
                ordered.put(dimension, exponent);
            }
        });
        exponents = Collections.unmodifiableMap(ordered);
    }

    public static Power of(Dimension dimension, long exponent) {
        return of(dimension, Rational.of(exponent));
    }

    public static Power of(Dimension dimension, Rational exponent) {
        return new Power(Map.of(dimension, exponent));
    }

    public static Power of(Dimension dimension, long numerator, long denominator) {
        return of(dimension, Rational.of(numerator, denominator));
    }

    public Power times(Power other) {
        EnumMap<Dimension, Rational> sum = new EnumMap<>(Dimension.class);
        sum.putAll(exponents);
        other.exponents.forEach((dimension, exponent) -> sum.merge(dimension, exponent, Rational::plus));
        return new Power(sum);
    }

    public Power over(Power other) {
        return times(other.to(Rational.of(-1)));
    }

    public Power to(Rational exponent) {
        EnumMap<Dimension, Rational> scaled = new EnumMap<>(Dimension.class);
        exponents.forEach((dimension, own) -> scaled.put(dimension, own.times(exponent)));
        return new Power(scaled);
    }

    public Rational exponent(Dimension dimension) {
        return exponents.getOrDefault(dimension, Rational.ZERO);
    }

    /**
     * The product of {@code (actual / base)^exponent}. Exactly 1 where all sizes are the base's; exact whenever the
     * result is a power of two, because powers of two are collected as an integer exponent.
     */
    public double factor(Extents actual, Extents base) {
        Rational binary = Rational.ZERO;
        double odd = 1;
        for (Map.Entry<Dimension, Rational> power : exponents.entrySet()) {
            Rational ratio = new Rational(actual.get(power.getKey()), base.get(power.getKey()));
            int up = Long.numberOfTrailingZeros(ratio.numerator());
            int down = Long.numberOfTrailingZeros(ratio.denominator());
            binary = binary.plus(power.getValue().times(Rational.of(up - down)));
            odd *= root(ratio.numerator() >> up, ratio.denominator() >> down, power.getValue());
        }
        long whole = Math.floorDiv(binary.numerator(), binary.denominator());
        Rational rest = binary.minus(Rational.of(whole));
        return Math.scalb(odd * root(2, 1, rest), Math.toIntExact(whole));
    }

    /** {@code (numerator / denominator)^exponent}, with the exactly rounded square root for halves. */
    private static double root(long numerator, long denominator, Rational exponent) {
        if (numerator == denominator || exponent.isZero()) {
            return 1;
        }
        double ratio = (double) numerator / denominator;
        return switch ((int) exponent.denominator()) {
            case 1 -> Math.pow(ratio, (double) exponent.numerator());
            case 2 -> Math.pow(Math.sqrt(ratio), (double) exponent.numerator());
            default -> Math.pow(ratio, exponent.toDouble());
        };
    }

    /** Reads what {@link #toString} writes. */
    public static Power parse(String text) {
        Power product = ONE;
        for (String part : text.split("\\*", -1)) {
            String term = part.strip();
            if (!term.equals("1")) {
                int caret = term.indexOf('^');
                Dimension dimension = Dimension.ofSymbol(caret < 0 ? term : term.substring(0, caret));
                Rational exponent = caret < 0 ? Rational.ONE : Rational.parse(term.substring(caret + 1));
                product = product.times(of(dimension, exponent));
            }
        }
        return product;
    }

    /** {@code 1}, or the powers in the dimensions' order: {@code d^-1/2 * fan_in}. */
    @Override
    public String toString() {
        if (exponents.isEmpty()) {
            return "1";
        }
        return exponents.entrySet().stream()
                .map(power -> power.getValue().equals(Rational.ONE)
                        ? power.getKey().symbol()
                        : power.getKey().symbol() + "^" + power.getValue())
                .collect(Collectors.joining(" * "));
    }
}
