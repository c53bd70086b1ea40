package muflex.expr;

import static muflex.expr.WideLanes.DOUBLES;
import static muflex.expr.WideLanes.FLOATS;
import static muflex.expr.WideLanes.INTS;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Doubles in the vector form of a {@link RowFunction}: patterns as those of {@link VectorMath}, and as exact. */
final class VectorDoubles {
    /** Every double from here on is whole. */
    private static final double WHOLE = 0x1p52;

    private VectorDoubles() {}

    static DoubleVector splat(double x) {
        return DoubleVector.broadcast(DOUBLES, x);
    }

    static DoubleVector toDouble(FloatVector x) {
        return (DoubleVector) x.convertShape(VectorOperators.F2D, DOUBLES, 0);
    }

    static DoubleVector toDouble(IntVector x) {
        return (DoubleVector) x.convertShape(VectorOperators.I2D, DOUBLES, 0);
    }

    static FloatVector toFloat(DoubleVector x) {
        return (FloatVector) x.convertShape(VectorOperators.D2F, FLOATS, 0);
    }

    static IntVector toInt(DoubleVector x) {
        return (IntVector) x.convertShape(VectorOperators.D2I, INTS, 0);
    }

    static DoubleVector select(VectorMask<Float> condition, DoubleVector then, DoubleVector otherwise) {
        return otherwise.blend(then, condition.cast(DOUBLES));
    }

    static VectorMask<Float> eq(DoubleVector a, DoubleVector b) {
        return a.compare(VectorOperators.EQ, b).cast(FLOATS);
    }

    static VectorMask<Float> ne(DoubleVector a, DoubleVector b) {
        return a.compare(VectorOperators.NE, b).cast(FLOATS);
    }

    static VectorMask<Float> lt(DoubleVector a, DoubleVector b) {
        return a.compare(VectorOperators.LT, b).cast(FLOATS);
    }

    static VectorMask<Float> le(DoubleVector a, DoubleVector b) {
        return a.compare(VectorOperators.LE, b).cast(FLOATS);
    }

    static VectorMask<Float> gt(DoubleVector a, DoubleVector b) {
        return a.compare(VectorOperators.GT, b).cast(FLOATS);
    }

    static VectorMask<Float> ge(DoubleVector a, DoubleVector b) {
        return a.compare(VectorOperators.GE, b).cast(FLOATS);
    }

    static DoubleVector add(DoubleVector a, DoubleVector b) {
        return a.add(b);
    }

    static DoubleVector sub(DoubleVector a, DoubleVector b) {
        return a.sub(b);
    }

    static DoubleVector mul(DoubleVector a, DoubleVector b) {
        return a.mul(b);
    }

    static DoubleVector div(DoubleVector a, DoubleVector b) {
        return a.div(b);
    }

    static DoubleVector fma(DoubleVector a, DoubleVector b, DoubleVector c) {
        return a.fma(b, c);
    }

    static DoubleVector min(DoubleVector a, DoubleVector b) {
        VectorMask<Double> takeB = b.compare(VectorOperators.LT, a).or(b.compare(VectorOperators.NE, b));
        return a.blend(b, takeB);
    }

    static DoubleVector max(DoubleVector a, DoubleVector b) {
        VectorMask<Double> takeB = b.compare(VectorOperators.GT, a).or(b.compare(VectorOperators.NE, b));
        return a.blend(b, takeB);
    }

    static DoubleVector neg(DoubleVector a) {
        return a.neg();
    }

    static DoubleVector abs(DoubleVector a) {
        return a.abs();
    }

    static DoubleVector sqrt(DoubleVector a) {
        return a.sqrt();
    }

    static DoubleVector signum(DoubleVector a) {
        DoubleVector positive = a.blend(1.0, a.compare(VectorOperators.GT, 0.0));
        return positive.blend(-1.0, a.compare(VectorOperators.LT, 0.0));
    }

    static DoubleVector rint(DoubleVector a) {
        // As VectorMath.rint.
        DoubleVector magnitude = a.abs();
        DoubleVector rounded = magnitude.add(WHOLE).sub(WHOLE);
        DoubleVector signed = rounded.blend(rounded.neg(), a.compare(VectorOperators.LT, 0.0));
        return a.blend(signed, magnitude.compare(VectorOperators.LT, WHOLE));
    }

    static DoubleVector floor(DoubleVector a) {
        DoubleVector r = rint(a);
        return r.sub(splat(0.0).blend(1.0, r.compare(VectorOperators.GT, a)));
    }

    static DoubleVector ceil(DoubleVector a) {
        DoubleVector r = rint(a);
        return r.add(splat(0.0).blend(1.0, r.compare(VectorOperators.LT, a)));
    }
}
