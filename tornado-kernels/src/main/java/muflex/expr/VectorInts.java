package muflex.expr;

import static muflex.expr.NarrowLanes.FLOATS;
import static muflex.expr.NarrowLanes.INTS;
import static muflex.expr.NarrowLanes.IOTA;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Ints in the vector form of a {@link RowFunction}: patterns as those of {@link VectorMath}, exact. */
final class VectorInts {
    private VectorInts() {}

    static IntVector splat(int x) {
        return IntVector.broadcast(INTS, x);
    }

    /** start, start + 1, … */
    static IntVector iota(int start) {
        return IOTA.add(start);
    }

    static IntVector select(VectorMask<Float> condition, IntVector then, IntVector otherwise) {
        return otherwise.blend(then, condition.cast(INTS));
    }

    static VectorMask<Float> eq(IntVector a, IntVector b) {
        return a.compare(VectorOperators.EQ, b).cast(FLOATS);
    }

    static VectorMask<Float> ne(IntVector a, IntVector b) {
        return a.compare(VectorOperators.NE, b).cast(FLOATS);
    }

    static VectorMask<Float> lt(IntVector a, IntVector b) {
        return a.compare(VectorOperators.LT, b).cast(FLOATS);
    }

    static VectorMask<Float> le(IntVector a, IntVector b) {
        return a.compare(VectorOperators.LE, b).cast(FLOATS);
    }

    static VectorMask<Float> gt(IntVector a, IntVector b) {
        return a.compare(VectorOperators.GT, b).cast(FLOATS);
    }

    static VectorMask<Float> ge(IntVector a, IntVector b) {
        return a.compare(VectorOperators.GE, b).cast(FLOATS);
    }

    /** 1 where true. */
    static IntVector toInt(VectorMask<Float> x) {
        return splat(0).blend(1, x.cast(INTS));
    }

    static IntVector add(IntVector a, IntVector b) {
        return a.add(b);
    }

    static IntVector sub(IntVector a, IntVector b) {
        return a.sub(b);
    }

    static IntVector mul(IntVector a, IntVector b) {
        return a.mul(b);
    }

    static IntVector neg(IntVector a) {
        return a.neg();
    }

    static IntVector abs(IntVector a) {
        return a.abs();
    }

    static IntVector min(IntVector a, IntVector b) {
        return a.min(b);
    }

    static IntVector max(IntVector a, IntVector b) {
        return a.max(b);
    }

    static IntVector and(IntVector a, IntVector b) {
        return a.and(b);
    }

    static IntVector or(IntVector a, IntVector b) {
        return a.or(b);
    }

    static IntVector xor(IntVector a, IntVector b) {
        return a.lanewise(VectorOperators.XOR, b);
    }

    static IntVector shiftLeft(IntVector a, IntVector distance) {
        return a.lanewise(VectorOperators.LSHL, distance);
    }

    static IntVector shiftRight(IntVector a, IntVector distance) {
        return a.lanewise(VectorOperators.ASHR, distance);
    }

    static IntVector unsignedShiftRight(IntVector a, IntVector distance) {
        return a.lanewise(VectorOperators.LSHR, distance);
    }

    /** {@code a / b} of the active lanes; {@link ArithmeticException} where an active lane's b is 0. */
    static IntVector div(IntVector a, IntVector b, VectorMask<Float> active) {
        return divide(a, b, active);
    }

    static IntVector rem(IntVector a, IntVector b, VectorMask<Float> active) {
        return a.sub(divide(a, b, active).mul(b));
    }

    static IntVector floorDiv(IntVector a, IntVector b, VectorMask<Float> active) {
        IntVector quotient = divide(a, b, active);
        IntVector remainder = a.sub(quotient.mul(b));
        return quotient.blend(quotient.sub(1), signsDiffer(remainder, b));
    }

    static IntVector floorMod(IntVector a, IntVector b, VectorMask<Float> active) {
        IntVector remainder = rem(a, b, active);
        return remainder.blend(remainder.add(b), signsDiffer(remainder, b));
    }

    private static VectorMask<Integer> signsDiffer(IntVector remainder, IntVector b) {
        VectorMask<Integer> opposite =
                remainder.lanewise(VectorOperators.XOR, b).compare(VectorOperators.LT, 0);
        return remainder.compare(VectorOperators.NE, 0).and(opposite);
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
}
