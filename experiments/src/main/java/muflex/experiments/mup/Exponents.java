package muflex.experiments.mup;

import java.util.Locale;

/** Learning rates as powers of two, which is how sweeps step through them. */
final class Exponents {

    private Exponents() {}

    static double log2(double value) {
        return Math.log(value) / Math.log(2);
    }

    /** {@code 2^-7}, or {@code 2^-7.3} between powers. */
    static String text(double value) {
        double exponent = log2(value);
        return Math.abs(exponent - Math.rint(exponent)) < 1e-9
                ? "2^" + Math.round(exponent)
                : String.format(Locale.ROOT, "2^%.1f", exponent);
    }
}
