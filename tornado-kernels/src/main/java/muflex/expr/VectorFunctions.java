package muflex.expr;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Functions over lanes that the Vector API lacks or has too slow: exp and tanh by polynomials, and the division of
 * ints, for which processors have no vector instruction.
 */
final class VectorFunctions {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());

    private static final float LOG2E = 1.442695f;

    /** ln 2 in two parts (Cody and Waite 1980): the first has few enough bits that n · LN2_HIGH is exact. */
    private static final float LN2_HIGH = 0.6933594f;

    private static final float LN2_LOW = -0.00021219444f;

    /** Below it eˣ is denormal, and taken as 0: denormals make a kernel many times slower. */
    private static final float LEAST = -87.33654f;

    /** Above it eˣ is no float. */
    private static final float MOST = 88.72284f;

    private VectorFunctions() {}

    /**
     * eᵃ within 2 ulps; 0 where it would be denormal; ∞, 0 and NaN for ∞, −∞ and NaN.
     *
     * <p>a = n ln 2 + f with |f| ≤ ln 2 / 2; e^f by a polynomial of degree 6 (the Cephes library's expf); 2ⁿ in two
     * factors, since 2¹²⁸ is no float.
     */
    static FloatVector exp(FloatVector a) {
        FloatVector n = VectorMath.rint(a.mul(LOG2E));
        FloatVector f = n.fma(splat(-LN2_LOW), n.fma(splat(-LN2_HIGH), a));
        FloatVector p = f.fma(splat(0.00019875691f), splat(0.0013981999f));
        p = p.fma(f, splat(0.008333452f));
        p = p.fma(f, splat(0.041665796f));
        p = p.fma(f, splat(0.16666666f));
        p = p.fma(f, splat(0.5f));
        p = p.fma(f.mul(f), f.add(1f));
        IntVector power = VectorMath.toInt(n);
        IntVector half = power.lanewise(VectorOperators.ASHR, 1);
        FloatVector r = p.mul(powerOfTwo(half)).mul(powerOfTwo(power.sub(half)));
        r = r.blend(0f, a.compare(VectorOperators.LT, LEAST));
        r = r.blend(Float.POSITIVE_INFINITY, a.compare(VectorOperators.GT, MOST));
        return r.blend(a, a.compare(VectorOperators.NE, a));
    }

    private static FloatVector powerOfTwo(IntVector n) {
        return n.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    }

    /** Where tanh rounds to 1, and the rational function below is still below 1. */
    private static final float TANH_MOST = 7.9988117f;

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

    /** {@code a / b} of the active lanes; throws as Java does where an active lane's b is 0. */
    static IntVector divide(IntVector a, IntVector b, VectorMask<Float> active) {
        VectorMask<Integer> zero = b.compare(VectorOperators.EQ, 0);
        if (zero.and(active.cast(INTS)).anyTrue()) {
            throw new ArithmeticException("/ by zero");
        }
        IntVector divisor = b.blend(1, zero);
        FloatVector d = VectorMath.toFloat(divisor);
        // A float quotient is off by up to 2⁸ for the largest ints; that of the remainder puts it right but for one.
        IntVector quotient = VectorMath.toInt(VectorMath.toFloat(a).div(d));
        IntVector remainder = a.sub(quotient.mul(divisor));
        quotient = quotient.add(VectorMath.toInt(VectorMath.toFloat(remainder).div(d)));
        return truncate(a, divisor, quotient);
    }

    /** Moves a quotient that may be off by one to where the remainder is below |b| and has a's sign, or is 0. */
    private static IntVector truncate(IntVector a, IntVector b, IntVector quotient) {
        IntVector sign = a.lanewise(VectorOperators.ASHR, 31).or(1);
        IntVector step = b.lanewise(VectorOperators.ASHR, 31).or(1).mul(sign);
        // The remainder's size along a's sign: negative if the quotient went too far.
        IntVector r = a.sub(quotient.mul(b)).mul(sign);
        IntVector size = b.lanewise(VectorOperators.ABS);
        // Unsigned: the size of the least int is 2³¹.
        IntVector more = quotient.blend(quotient.add(step), r.compare(VectorOperators.UGE, size));
        return more.blend(quotient.sub(step), r.compare(VectorOperators.LT, 0));
    }

    private static FloatVector splat(float x) {
        return FloatVector.broadcast(FLOATS, x);
    }
}
