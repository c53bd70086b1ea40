package muflex.expr;

import static muflex.expr.NarrowLanes.FLOATS;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Floats and truth values (masks over the floats) in the vector form of a {@link RowFunction}. The methods of this class,
 * {@link VectorInts}, {@link VectorDoubles}, {@link VectorFunctions} and {@link VectorMemory} are patterns:
 * {@link VectorHelpers} puts their bodies where they are called, and in rows with doubles takes the fields of
 * {@link WideLanes} for those of {@link NarrowLanes}.
 *
 * <p>Arithmetic, comparisons, casts, square roots and fma are those of Java, bit for bit, but that the sign of a zero
 * that {@code min}, {@code max} or rounding gives may differ.
 */
final class VectorMath {
    /** Every float from here on is whole. */
    private static final float WHOLE = 0x1p23f;

    private VectorMath() {}

    static FloatVector splat(float x) {
        return FloatVector.broadcast(FLOATS, x);
    }

    static VectorMask<Float> splat(boolean x) {
        return FLOATS.maskAll(x);
    }

    /** The first {@code count} lanes. */
    static VectorMask<Float> first(int count) {
        return FLOATS.indexInRange(0, count);
    }

    static boolean any(VectorMask<Float> x) {
        return x.anyTrue();
    }

    static VectorMask<Float> and(VectorMask<Float> a, VectorMask<Float> b) {
        return a.and(b);
    }

    static VectorMask<Float> or(VectorMask<Float> a, VectorMask<Float> b) {
        return a.or(b);
    }

    static VectorMask<Float> xor(VectorMask<Float> a, VectorMask<Float> b) {
        return a.xor(b);
    }

    static VectorMask<Float> not(VectorMask<Float> a) {
        return a.not();
    }

    /** {@code condition ? then : otherwise}, lane by lane. */
    static FloatVector select(VectorMask<Float> condition, FloatVector then, FloatVector otherwise) {
        return otherwise.blend(then, condition);
    }

    static VectorMask<Float> select(VectorMask<Float> condition, VectorMask<Float> then, VectorMask<Float> otherwise) {
        return then.and(condition).or(otherwise.andNot(condition));
    }

    static VectorMask<Float> eq(FloatVector a, FloatVector b) {
        return a.compare(VectorOperators.EQ, b);
    }

    static VectorMask<Float> ne(FloatVector a, FloatVector b) {
        return a.compare(VectorOperators.NE, b);
    }

    static VectorMask<Float> lt(FloatVector a, FloatVector b) {
        return a.compare(VectorOperators.LT, b);
    }

    static VectorMask<Float> le(FloatVector a, FloatVector b) {
        return a.compare(VectorOperators.LE, b);
    }

    static VectorMask<Float> gt(FloatVector a, FloatVector b) {
        return a.compare(VectorOperators.GT, b);
    }

    static VectorMask<Float> ge(FloatVector a, FloatVector b) {
        return a.compare(VectorOperators.GE, b);
    }

    static FloatVector toFloat(IntVector x) {
        return (FloatVector) x.convert(VectorOperators.I2F, 0);
    }

    static IntVector toInt(FloatVector x) {
        return (IntVector) x.convert(VectorOperators.F2I, 0);
    }

    static FloatVector add(FloatVector a, FloatVector b) {
        return a.add(b);
    }

    static FloatVector sub(FloatVector a, FloatVector b) {
        return a.sub(b);
    }

    static FloatVector mul(FloatVector a, FloatVector b) {
        return a.mul(b);
    }

    static FloatVector div(FloatVector a, FloatVector b) {
        return a.div(b);
    }

    static FloatVector fma(FloatVector a, FloatVector b, FloatVector c) {
        return a.fma(b, c);
    }

    /** NaN where either is. Not {@code FloatVector.min}, which is four times slower for the sake of −0. */
    static FloatVector min(FloatVector a, FloatVector b) {
        VectorMask<Float> takeB = b.compare(VectorOperators.LT, a).or(b.compare(VectorOperators.NE, b));
        return a.blend(b, takeB);
    }

    /** NaN where either is. */
    static FloatVector max(FloatVector a, FloatVector b) {
        VectorMask<Float> takeB = b.compare(VectorOperators.GT, a).or(b.compare(VectorOperators.NE, b));
        return a.blend(b, takeB);
    }

    static FloatVector neg(FloatVector a) {
        return a.neg();
    }

    static FloatVector abs(FloatVector a) {
        return a.abs();
    }

    static FloatVector sqrt(FloatVector a) {
        return a.sqrt();
    }

    /** −1, 0, 1 or NaN. */
    static FloatVector signum(FloatVector a) {
        FloatVector positive = a.blend(1f, a.compare(VectorOperators.GT, 0f));
        return positive.blend(-1f, a.compare(VectorOperators.LT, 0f));
    }

    /** To the nearest whole number, ties to even. */
    static FloatVector rint(FloatVector a) {
        // Adding 2²³ leaves no room for a fraction, and the rounding mode is to nearest, ties to even.
        FloatVector magnitude = a.abs();
        FloatVector rounded = magnitude.add(WHOLE).sub(WHOLE);
        FloatVector signed = rounded.blend(rounded.neg(), a.compare(VectorOperators.LT, 0f));
        return a.blend(signed, magnitude.compare(VectorOperators.LT, WHOLE));
    }

    static FloatVector floor(FloatVector a) {
        FloatVector r = rint(a);
        return r.sub(splat(0f).blend(1f, r.compare(VectorOperators.GT, a)));
    }

    static FloatVector ceil(FloatVector a) {
        FloatVector r = rint(a);
        return r.add(splat(0f).blend(1f, r.compare(VectorOperators.LT, a)));
    }
}
