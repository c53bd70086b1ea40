package muflex.kernels;

/**
 * eˣ as 2ⁿ · p(f), x·log₂e = n + f, |f| ≤ ½: the constants that every binding of {@link Lanes#exp} shares, and its
 * scalar form.
 *
 * <p>p is the polynomial of degree 5 with p(0) = 1 whose largest relative error on [−½, ½] is least (9.2e-8, found by
 * Lawson's iteration). n is found by adding 1.5·2²³, which leaves round(x·log₂e) in the low bits of the sum, ready to
 * be added to the exponent.
 */
public final class ExpPolynomial {
    /** log₂ e. */
    public static final float LOG2_E = 1.442695f;

    /** 1.5 · 2²³: adding it rounds to an integer held in the low bits. */
    public static final float ROUND = 12582912f;

    /** ln 2⁻¹²⁶: below, the result would be denormal, and is 0. */
    public static final float LEAST = -87.33654f;

    /** Coefficients of p, from f to f⁵; that of 1 is 1. */
    public static final float C1 = 0.693147f;

    public static final float C2 = 0.24022242f;
    public static final float C3 = 0.055507336f;
    public static final float C4 = 0.009671513f;
    public static final float C5 = 0.0013264728f;

    private ExpPolynomial() {}

    /** eˣ for x ≤ 88.3, as {@link Lanes#exp} has it. */
    public static float exp(float x) {
        if (x < LEAST) {
            return 0f;
        }
        float t = Math.fma(x, LOG2_E, ROUND);
        float f = Math.fma(x, LOG2_E, ROUND - t);
        float p = Math.fma(f, C5, C4);
        p = Math.fma(p, f, C3);
        p = Math.fma(p, f, C2);
        p = Math.fma(p, f, C1);
        p = Math.fma(p, f, 1f);
        return Float.intBitsToFloat(Float.floatToRawIntBits(p) + (Float.floatToRawIntBits(t) << 23));
    }
}
