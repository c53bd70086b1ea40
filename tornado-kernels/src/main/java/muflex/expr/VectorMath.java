package muflex.expr;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * What the vector form of a {@link RowFunction} calls: small static methods that C2 inlines to an instruction or a few.
 * Floats and ints have the same number of lanes; a truth value is a mask over the floats.
 *
 * <p>Arithmetic, comparisons, casts, square roots and fma are those of Java, bit for bit, but that the sign of a zero
 * that {@code min}, {@code max} or rounding gives may differ. The functions with an error of their own say so.
 */
public final class VectorMath {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());
    private static final int LENGTH = FLOATS.length();
    private static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, 8 * LENGTH)));
    private static final IntVector IOTA = IntVector.zero(INTS).addIndex(1);
    private static final VectorShuffle<Float> REVERSE = VectorShuffle.iota(FLOATS, LENGTH - 1, -1, true);
    private static final float[] NO_ROW = {};

    /** Every float from here on is whole. */
    private static final float WHOLE = 0x1p23f;

    /** Indices or values on their way between lanes and memory. */
    private static final ThreadLocal<int[]> LANES = ThreadLocal.withInitial(() -> new int[LENGTH]);

    private static final ThreadLocal<float[]> FLOAT_LANES = ThreadLocal.withInitial(() -> new float[LENGTH]);

    private VectorMath() {}

    /** Lanes in a vector. */
    public static int length() {
        return LENGTH;
    }

    public static FloatVector splat(float x) {
        return FloatVector.broadcast(FLOATS, x);
    }

    public static IntVector splat(int x) {
        return IntVector.broadcast(INTS, x);
    }

    public static VectorMask<Float> splat(boolean x) {
        return FLOATS.maskAll(x);
    }

    /** start, start + 1, … */
    public static IntVector iota(int start) {
        return IOTA.add(start);
    }

    /** The first {@code count} lanes. */
    public static VectorMask<Float> first(int count) {
        return FLOATS.indexInRange(0, count);
    }

    public static FloatVector load(float[] array, int offset) {
        return FloatVector.fromArray(FLOATS, array, offset);
    }

    /** As {@link #load(float[], int)}; a lane that is not active is 0 and not read. */
    public static FloatVector load(float[] array, int offset, VectorMask<Float> active) {
        return FloatVector.fromArray(FLOATS, array, offset, active);
    }

    public static IntVector load(int[] array, int offset) {
        return IntVector.fromArray(INTS, array, offset);
    }

    public static IntVector load(int[] array, int offset, VectorMask<Float> active) {
        return IntVector.fromArray(INTS, array, offset, active.cast(INTS));
    }

    public static IntVector load(byte[] array, int offset) {
        if (BYTES.length() != LENGTH) {
            return gather(array, iota(offset), splat(true));
        }
        return (IntVector) ByteVector.fromArray(BYTES, array, offset).convertShape(VectorOperators.B2I, INTS, 0);
    }

    public static IntVector load(byte[] array, int offset, VectorMask<Float> active) {
        return gather(array, iota(offset), active);
    }

    /** Lane i is {@code array[offset - i]}. */
    public static FloatVector loadReversed(float[] array, int offset) {
        return FloatVector.fromArray(FLOATS, array, offset - LENGTH + 1).rearrange(REVERSE);
    }

    public static void store(FloatVector x, float[] array, int offset, VectorMask<Float> active) {
        x.intoArray(array, offset, active);
    }

    /** {@code array[index]} of the active lanes, checked as Java does; anything elsewhere. */
    public static FloatVector gather(float[] array, IntVector index, VectorMask<Float> active) {
        if (array.length == 0 && !active.anyTrue()) {
            return splat(0f);
        }
        int[] lanes = LANES.get();
        activeOr(index, active, 0).intoArray(lanes, 0);
        return FloatVector.fromArray(FLOATS, array, 0, lanes, 0);
    }

    public static IntVector gather(int[] array, IntVector index, VectorMask<Float> active) {
        if (array.length == 0 && !active.anyTrue()) {
            return splat(0);
        }
        int[] lanes = LANES.get();
        activeOr(index, active, 0).intoArray(lanes, 0);
        return IntVector.fromArray(INTS, array, 0, lanes, 0);
    }

    public static IntVector gather(byte[] array, IntVector index, VectorMask<Float> active) {
        int[] lanes = LANES.get();
        activeOr(index, active, 0).intoArray(lanes, 0);
        for (int i = 0; i < LENGTH; i++) {
            lanes[i] = active.laneIsSet(i) ? array[lanes[i]] : 0;
        }
        return IntVector.fromArray(INTS, lanes, 0);
    }

    /** {@code rows[row][index]} of the active lanes. */
    public static FloatVector gather(float[][] rows, IntVector row, IntVector index, VectorMask<Float> active) {
        float[] values = FLOAT_LANES.get();
        for (int i = 0; i < LENGTH; i++) {
            values[i] = active.laneIsSet(i) ? rows[row.lane(i)][index.lane(i)] : 0;
        }
        return FloatVector.fromArray(FLOATS, values, 0);
    }

    /** {@code rows[row]} if any lane is active. */
    public static float[] row(float[][] rows, int row, VectorMask<Float> active) {
        return active.anyTrue() ? rows[row] : NO_ROW;
    }

    private static IntVector activeOr(IntVector x, VectorMask<Float> active, int otherwise) {
        return splat(otherwise).blend(x, active.cast(INTS));
    }

    public static boolean any(VectorMask<Float> x) {
        return x.anyTrue();
    }

    public static VectorMask<Float> and(VectorMask<Float> a, VectorMask<Float> b) {
        return a.and(b);
    }

    public static VectorMask<Float> or(VectorMask<Float> a, VectorMask<Float> b) {
        return a.or(b);
    }

    public static VectorMask<Float> xor(VectorMask<Float> a, VectorMask<Float> b) {
        return a.xor(b);
    }

    public static VectorMask<Float> not(VectorMask<Float> a) {
        return a.not();
    }

    /** {@code condition ? then : otherwise}, lane by lane. */
    public static FloatVector select(VectorMask<Float> condition, FloatVector then, FloatVector otherwise) {
        return otherwise.blend(then, condition);
    }

    public static IntVector select(VectorMask<Float> condition, IntVector then, IntVector otherwise) {
        return otherwise.blend(then, condition.cast(INTS));
    }

    public static VectorMask<Float> select(
            VectorMask<Float> condition, VectorMask<Float> then, VectorMask<Float> otherwise) {
        return then.and(condition).or(otherwise.andNot(condition));
    }

    public static VectorMask<Float> eq(FloatVector a, FloatVector b) {
        return a.compare(VectorOperators.EQ, b);
    }

    public static VectorMask<Float> ne(FloatVector a, FloatVector b) {
        return a.compare(VectorOperators.NE, b);
    }

    public static VectorMask<Float> lt(FloatVector a, FloatVector b) {
        return a.compare(VectorOperators.LT, b);
    }

    public static VectorMask<Float> le(FloatVector a, FloatVector b) {
        return a.compare(VectorOperators.LE, b);
    }

    public static VectorMask<Float> gt(FloatVector a, FloatVector b) {
        return a.compare(VectorOperators.GT, b);
    }

    public static VectorMask<Float> ge(FloatVector a, FloatVector b) {
        return a.compare(VectorOperators.GE, b);
    }

    public static VectorMask<Float> eq(IntVector a, IntVector b) {
        return a.compare(VectorOperators.EQ, b).cast(FLOATS);
    }

    public static VectorMask<Float> ne(IntVector a, IntVector b) {
        return a.compare(VectorOperators.NE, b).cast(FLOATS);
    }

    public static VectorMask<Float> lt(IntVector a, IntVector b) {
        return a.compare(VectorOperators.LT, b).cast(FLOATS);
    }

    public static VectorMask<Float> le(IntVector a, IntVector b) {
        return a.compare(VectorOperators.LE, b).cast(FLOATS);
    }

    public static VectorMask<Float> gt(IntVector a, IntVector b) {
        return a.compare(VectorOperators.GT, b).cast(FLOATS);
    }

    public static VectorMask<Float> ge(IntVector a, IntVector b) {
        return a.compare(VectorOperators.GE, b).cast(FLOATS);
    }

    public static FloatVector toFloat(IntVector x) {
        return (FloatVector) x.convert(VectorOperators.I2F, 0);
    }

    public static IntVector toInt(FloatVector x) {
        return (IntVector) x.convert(VectorOperators.F2I, 0);
    }

    /** 1 where true. */
    public static IntVector toInt(VectorMask<Float> x) {
        return splat(0).blend(1, x.cast(INTS));
    }

    public static IntVector add(IntVector a, IntVector b) {
        return a.add(b);
    }

    public static IntVector sub(IntVector a, IntVector b) {
        return a.sub(b);
    }

    public static IntVector mul(IntVector a, IntVector b) {
        return a.mul(b);
    }

    public static IntVector neg(IntVector a) {
        return a.neg();
    }

    public static IntVector abs(IntVector a) {
        return a.abs();
    }

    public static IntVector min(IntVector a, IntVector b) {
        return a.min(b);
    }

    public static IntVector max(IntVector a, IntVector b) {
        return a.max(b);
    }

    public static IntVector and(IntVector a, IntVector b) {
        return a.and(b);
    }

    public static IntVector or(IntVector a, IntVector b) {
        return a.or(b);
    }

    public static IntVector xor(IntVector a, IntVector b) {
        return a.lanewise(VectorOperators.XOR, b);
    }

    public static IntVector shiftLeft(IntVector a, IntVector distance) {
        return a.lanewise(VectorOperators.LSHL, distance);
    }

    public static IntVector shiftRight(IntVector a, IntVector distance) {
        return a.lanewise(VectorOperators.ASHR, distance);
    }

    public static IntVector unsignedShiftRight(IntVector a, IntVector distance) {
        return a.lanewise(VectorOperators.LSHR, distance);
    }

    /** {@code a / b} of the active lanes; {@link ArithmeticException} where an active lane's b is 0. */
    public static IntVector div(IntVector a, IntVector b, VectorMask<Float> active) {
        return VectorFunctions.divide(a, b, active);
    }

    public static IntVector rem(IntVector a, IntVector b, VectorMask<Float> active) {
        return a.sub(VectorFunctions.divide(a, b, active).mul(b));
    }

    public static IntVector floorDiv(IntVector a, IntVector b, VectorMask<Float> active) {
        IntVector quotient = VectorFunctions.divide(a, b, active);
        IntVector remainder = a.sub(quotient.mul(b));
        return quotient.blend(quotient.sub(1), signsDiffer(remainder, b));
    }

    public static IntVector floorMod(IntVector a, IntVector b, VectorMask<Float> active) {
        IntVector remainder = rem(a, b, active);
        return remainder.blend(remainder.add(b), signsDiffer(remainder, b));
    }

    private static VectorMask<Integer> signsDiffer(IntVector remainder, IntVector b) {
        VectorMask<Integer> opposite =
                remainder.lanewise(VectorOperators.XOR, b).compare(VectorOperators.LT, 0);
        return remainder.compare(VectorOperators.NE, 0).and(opposite);
    }

    public static FloatVector add(FloatVector a, FloatVector b) {
        return a.add(b);
    }

    public static FloatVector sub(FloatVector a, FloatVector b) {
        return a.sub(b);
    }

    public static FloatVector mul(FloatVector a, FloatVector b) {
        return a.mul(b);
    }

    public static FloatVector div(FloatVector a, FloatVector b) {
        return a.div(b);
    }

    public static FloatVector fma(FloatVector a, FloatVector b, FloatVector c) {
        return a.fma(b, c);
    }

    /** NaN where either is. Not {@code FloatVector.min}, which is four times slower for the sake of −0. */
    public static FloatVector min(FloatVector a, FloatVector b) {
        VectorMask<Float> takeB = b.compare(VectorOperators.LT, a).or(b.compare(VectorOperators.NE, b));
        return a.blend(b, takeB);
    }

    /** NaN where either is. */
    public static FloatVector max(FloatVector a, FloatVector b) {
        VectorMask<Float> takeB = b.compare(VectorOperators.GT, a).or(b.compare(VectorOperators.NE, b));
        return a.blend(b, takeB);
    }

    public static FloatVector neg(FloatVector a) {
        return a.neg();
    }

    public static FloatVector abs(FloatVector a) {
        return a.abs();
    }

    public static FloatVector sqrt(FloatVector a) {
        return a.sqrt();
    }

    /** −1, 0, 1 or NaN. */
    public static FloatVector signum(FloatVector a) {
        FloatVector positive = a.blend(1f, a.compare(VectorOperators.GT, 0f));
        return positive.blend(-1f, a.compare(VectorOperators.LT, 0f));
    }

    /** To the nearest whole number, ties to even. */
    public static FloatVector rint(FloatVector a) {
        // Adding 2²³ leaves no room for a fraction, and the rounding mode is to nearest, ties to even.
        FloatVector magnitude = a.abs();
        FloatVector rounded = magnitude.add(WHOLE).sub(WHOLE);
        FloatVector signed = rounded.blend(rounded.neg(), a.compare(VectorOperators.LT, 0f));
        return a.blend(signed, magnitude.compare(VectorOperators.LT, WHOLE));
    }

    public static FloatVector floor(FloatVector a) {
        FloatVector r = rint(a);
        return r.sub(splat(0f).blend(1f, r.compare(VectorOperators.GT, a)));
    }

    public static FloatVector ceil(FloatVector a) {
        FloatVector r = rint(a);
        return r.add(splat(0f).blend(1f, r.compare(VectorOperators.LT, a)));
    }

    /** eᵃ; see {@link VectorFunctions#exp}. */
    public static FloatVector exp(FloatVector a) {
        return VectorFunctions.exp(a);
    }

    /** tanh a; see {@link VectorFunctions#tanh}. */
    public static FloatVector tanh(FloatVector a) {
        return VectorFunctions.tanh(a);
    }
}
