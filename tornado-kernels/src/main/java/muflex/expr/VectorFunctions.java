package muflex.expr;

import static muflex.expr.VectorMath.splat;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * exp and tanh over lanes, by polynomials: patterns as those of {@link VectorMath}. The Vector API's own give other bits
 * when compiled than when interpreted, and are slower.
 */
final class VectorFunctions {
    private static final float LOG2E = 1.442695f;

    /** ln 2 in two parts: what the first rounds off is in the second. */
    private static final float LN2_HIGH = 0.6931472f;

    private static final float LN2_LOW = -1.9046542e-9f;

    /** Below it eˣ is denormal, and taken as 0: denormals make a kernel many times slower. */
    private static final float LEAST = -87.33654f;

    /** Above it eˣ is no float. */
    private static final float MOST = 88.72283f;

    /** Added to a float below 2²², rounds it to a whole number, and leaves that in the low bits. */
    private static final float ROUND = 0x1.8p23f;

    private static final double LOG2E_64 = 1.4426950408889634;
    private static final double LN2_HIGH_64 = 0.6931471805599453;
    private static final double LN2_LOW_64 = 2.3190468138462996e-17;
    private static final double LEAST_64 = -708.3964185322641;
    private static final double MOST_64 = 709.782712893384;
    private static final double ROUND_64 = 0x1.8p52;

    /** Where tanh rounds to 1, and the rational function is still below 1. */
    private static final float TANH_MOST = 7.9988117f;

    /** Above it tanh is 1, to a double. */
    private static final double TANH_MOST_64 = 20;

    /** Below ½ ln 2, so that e^x is the series alone. */
    private static final double SMALL_64 = 0.34;

    private VectorFunctions() {}

    /**
     * eᵃ within 2 ulps; 0 where it would be denormal; ∞, 0 and NaN for ∞, −∞ and NaN.
     *
     * <p>a = n ln 2 + f with |f| ≤ ln 2 / 2; e^f by a polynomial of degree 6 (that of the Cephes library's expf); n is
     * added to the exponent. That holds up to the last a whose power is a float: there n is 128, but e^f below 1.
     */
    static FloatVector exp(FloatVector a) {
        FloatVector shifted = a.fma(splat(LOG2E), splat(ROUND));
        FloatVector n = shifted.sub(ROUND);
        FloatVector f = n.fma(splat(-LN2_LOW), n.fma(splat(-LN2_HIGH), a));
        FloatVector p = f.fma(splat(0.00019875691f), splat(0.0013981999f));
        p = p.fma(f, splat(0.008333452f));
        p = p.fma(f, splat(0.041665796f));
        p = p.fma(f, splat(0.16666666f));
        p = p.fma(f, splat(0.5f));
        p = p.fma(f.mul(f), f.add(1f));
        IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
        FloatVector power = p.reinterpretAsInts().add(exponent).reinterpretAsFloats();
        power = power.blend(0f, a.compare(VectorOperators.LT, LEAST));
        VectorMask<Float> ordinary = a.compare(VectorOperators.LE, MOST);
        return a.add(Float.POSITIVE_INFINITY).blend(power, ordinary);
    }

    /**
     * tanh a within 5 ulps; ±1 and NaN for ±∞ and NaN. A rational function of degree 13 over 6, odd over even, the
     * minimax fit that Eigen and XLA use.
     */
    static FloatVector tanh(FloatVector a) {
        FloatVector x = a.blend(TANH_MOST, a.compare(VectorOperators.GT, TANH_MOST));
        x = x.blend(-TANH_MOST, a.compare(VectorOperators.LT, -TANH_MOST));
        FloatVector y = x.mul(x);
        FloatVector p = y.fma(splat(-2.7607684e-16f), splat(2.000188e-13f));
        p = p.fma(y, splat(-8.604672e-11f));
        p = p.fma(y, splat(5.1222973e-08f));
        p = p.fma(y, splat(1.48572235e-05f));
        p = p.fma(y, splat(0.00063726195f));
        p = p.fma(y, splat(0.0048935246f));
        FloatVector q = y.fma(splat(1.1982584e-06f), splat(0.00011853471f));
        q = q.fma(y, splat(0.0022684347f));
        q = q.fma(y, splat(0.004893525f));
        return x.mul(p).div(q);
    }

    /**
     * exp(−2|a|) within 2 + 4|a| ulps, 0 where it would be denormal: 2 to the power of −2|a| log₂ e, whose whole part is added to the
     * exponent; the rest by a polynomial of degree 6 (that of the Cephes library's exp2f).
     */
    static FloatVector decay(FloatVector a) {
        FloatVector w = a.abs().mul(-2 * LOG2E);
        FloatVector shifted = w.add(ROUND);
        FloatVector f = w.sub(shifted.sub(ROUND));
        FloatVector p = f.fma(splat(0.00015353362f), splat(0.0013398874f));
        p = p.fma(f, splat(0.009618437f));
        p = p.fma(f, splat(0.055503324f));
        p = p.fma(f, splat(0.24022648f));
        p = p.fma(f, splat(0.6931472f));
        p = p.fma(f, splat(1f));
        IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
        FloatVector power = p.reinterpretAsInts().add(exponent).reinterpretAsFloats();
        return power.blend(0f, w.compare(VectorOperators.LT, -126f));
    }

    /**
     * tanh a within 5 ulps from e = exp(−2|a|), where that is there: (1 − e) / (1 + e) with a's sign; below 0.625, where the difference
     * would cancel, a polynomial of degree 11 (that of the Cephes library's tanhf).
     */
    static FloatVector tanh(FloatVector a, FloatVector e) {
        FloatVector y = a.mul(a);
        FloatVector p = y.fma(splat(-0.0057049887f), splat(0.020639088f));
        p = p.fma(y, splat(-0.053739715f));
        p = p.fma(y, splat(0.13331442f));
        p = p.fma(y, splat(-0.3333328f));
        FloatVector near = p.mul(y).fma(a, a);
        FloatVector far = splat(1f).sub(e).mul(splat(1f).div(e.add(splat(1f))));
        IntVector sign = a.reinterpretAsInts().and(Integer.MIN_VALUE);
        FloatVector signed = far.reinterpretAsInts().or(sign).reinterpretAsFloats();
        return signed.blend(near, y.compare(VectorOperators.LT, 0.390625f));
    }

    /** eᵃ within 2 ulps, as {@link #exp(FloatVector)}; e^f by its Taylor series up to f¹³. */
    static DoubleVector exp(DoubleVector a) {
        DoubleVector shifted = a.fma(wide(LOG2E_64), wide(ROUND_64));
        DoubleVector n = shifted.sub(ROUND_64);
        DoubleVector f = n.fma(wide(-LN2_LOW_64), n.fma(wide(-LN2_HIGH_64), a));
        DoubleVector p = series(f).fma(f.mul(f), f.add(1.0));
        LongVector exponent = shifted.reinterpretAsLongs().lanewise(VectorOperators.LSHL, 52);
        DoubleVector power = p.reinterpretAsLongs().add(exponent).reinterpretAsDoubles();
        power = power.blend(0.0, a.compare(VectorOperators.LT, LEAST_64));
        VectorMask<Double> ordinary = a.compare(VectorOperators.LE, MOST_64);
        return a.add(Double.POSITIVE_INFINITY).blend(power, ordinary);
    }

    /** (e^f − 1 − f) / f². */
    private static DoubleVector series(DoubleVector f) {
        DoubleVector p = f.fma(wide(1.0 / 6227020800L), wide(1.0 / 479001600));
        p = p.fma(f, wide(1.0 / 39916800));
        p = p.fma(f, wide(1.0 / 3628800));
        p = p.fma(f, wide(1.0 / 362880));
        p = p.fma(f, wide(1.0 / 40320));
        p = p.fma(f, wide(1.0 / 5040));
        p = p.fma(f, wide(1.0 / 720));
        p = p.fma(f, wide(1.0 / 120));
        p = p.fma(f, wide(1.0 / 24));
        p = p.fma(f, wide(1.0 / 6));
        return p.fma(f, wide(0.5));
    }

    /**
     * tanh a within 8 ulps: (e²ᵃ − 1) / (e²ᵃ + 1), the numerator by the series where 2a is small and subtracting 1 would
     * cancel.
     */
    static DoubleVector tanh(DoubleVector a) {
        DoubleVector x = a.abs();
        x = x.blend(TANH_MOST_64, x.compare(VectorOperators.GT, TANH_MOST_64));
        DoubleVector twice = x.add(x);
        DoubleVector above = exp(twice).sub(1.0);
        DoubleVector small = series(twice).fma(twice.mul(twice), twice);
        above = above.blend(small, twice.compare(VectorOperators.LT, SMALL_64));
        DoubleVector magnitude = above.div(above.add(2.0));
        return magnitude.blend(magnitude.neg(), a.compare(VectorOperators.LT, 0.0));
    }

    private static DoubleVector wide(double x) {
        return DoubleVector.broadcast(WideLanes.DOUBLES, x);
    }
}
