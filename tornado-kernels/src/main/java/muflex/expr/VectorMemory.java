package muflex.expr;

import static muflex.expr.NarrowLanes.BYTES;
import static muflex.expr.NarrowLanes.BY_1;
import static muflex.expr.NarrowLanes.BY_2;
import static muflex.expr.NarrowLanes.BY_4;
import static muflex.expr.NarrowLanes.BY_8;
import static muflex.expr.NarrowLanes.FLOATS;
import static muflex.expr.NarrowLanes.INTS;
import static muflex.expr.NarrowLanes.IOTA;
import static muflex.expr.NarrowLanes.LENGTH;
import static muflex.expr.NarrowLanes.REVERSE;
import static muflex.expr.NarrowLanes.SCRATCH;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Loads and stores of the vector form of a {@link RowFunction}: patterns as those of {@link VectorMath}. Lanes that are
 * not active read nothing, and hold anything. {@code lanes} is scratch memory for twice as many ints as there are lanes.
 */
final class VectorMemory {
    private VectorMemory() {}

    /** Lanes in a vector. */
    static int length() {
        return LENGTH;
    }

    static int[] scratch() {
        return SCRATCH.get();
    }

    static FloatVector load(float[] array, int offset) {
        return FloatVector.fromArray(FLOATS, array, offset);
    }

    static FloatVector load(float[] array, int offset, VectorMask<Float> active) {
        return FloatVector.fromArray(FLOATS, array, offset, active);
    }

    static IntVector load(int[] array, int offset) {
        return IntVector.fromArray(INTS, array, offset);
    }

    static IntVector load(int[] array, int offset, VectorMask<Float> active) {
        return IntVector.fromArray(INTS, array, offset, active.cast(INTS));
    }

    static IntVector load(byte[] array, int offset) {
        if (BYTES.length() == LENGTH) {
            return (IntVector) ByteVector.fromArray(BYTES, array, offset).convertShape(VectorOperators.B2I, INTS, 0);
        }
        int[] lanes = new int[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            lanes[i] = array[offset + i];
        }
        return IntVector.fromArray(INTS, lanes, 0);
    }

    static IntVector load(byte[] array, int offset, VectorMask<Float> active) {
        return gather(array, VectorInts.iota(offset), active, new int[LENGTH]);
    }

    /** Lane i is {@code array[offset - i]}. */
    static FloatVector loadReversed(float[] array, int offset, VectorMask<Float> active, int[] lanes) {
        if (offset >= LENGTH - 1 && offset < array.length) {
            return FloatVector.fromArray(FLOATS, array, offset - LENGTH + 1).rearrange(REVERSE);
        }
        return gather(array, VectorInts.splat(offset).sub(VectorInts.iota(0)), active, lanes);
    }

    static void store(FloatVector x, float[] array, int offset) {
        x.intoArray(array, offset);
    }

    static void store(FloatVector x, float[] array, int offset, VectorMask<Float> active) {
        x.intoArray(array, offset, active);
    }

    /** {@code array[index]} of the active lanes, checked as Java does. */
    static FloatVector gather(float[] array, IntVector index, VectorMask<Float> active, int[] lanes) {
        if (array.length == 0 && !active.anyTrue()) {
            return VectorMath.splat(0f);
        }
        VectorInts.select(active, index, VectorInts.splat(0)).intoArray(lanes, 0);
        return FloatVector.fromArray(FLOATS, array, 0, lanes, 0);
    }

    static IntVector gather(int[] array, IntVector index, VectorMask<Float> active, int[] lanes) {
        if (array.length == 0 && !active.anyTrue()) {
            return VectorInts.splat(0);
        }
        VectorInts.select(active, index, VectorInts.splat(0)).intoArray(lanes, 0);
        return IntVector.fromArray(INTS, array, 0, lanes, 0);
    }

    static IntVector gather(byte[] array, IntVector index, VectorMask<Float> active, int[] lanes) {
        index.intoArray(lanes, 0);
        long bits = active.toLong();
        for (int i = 0; i < LENGTH; i++) {
            lanes[i] = (bits >>> i & 1) == 0 ? 0 : array[lanes[i]];
        }
        return IntVector.fromArray(INTS, lanes, 0);
    }

    /** {@code rows[row][index]} of the active lanes. */
    static FloatVector gather(float[][] rows, IntVector row, IntVector index, VectorMask<Float> active, int[] lanes) {
        index.intoArray(lanes, 0);
        row.intoArray(lanes, LENGTH);
        long bits = active.toLong();
        for (int i = 0; i < LENGTH; i++) {
            float value = (bits >>> i & 1) == 0 ? 0f : rows[lanes[LENGTH + i]][lanes[i]];
            lanes[i] = Float.floatToRawIntBits(value);
        }
        return IntVector.fromArray(INTS, lanes, 0).reinterpretAsFloats();
    }

    /** {@code rows[row]} if any lane is active. */
    static float[] row(float[][] rows, int row, VectorMask<Float> active) {
        return active.anyTrue() ? rows[row] : new float[0];
    }

    /**
     * {@link #gather} where the indices often are all the same or consecutive, up or down: those take one load, a gather as
     * long as a dozen.
     */
    static FloatVector gatherRun(float[] array, IntVector index, VectorMask<Float> active, int[] lanes) {
        int first = index.lane(0);
        if (first >= 0 && first < array.length) {
            if (index.compare(VectorOperators.EQ, first).allTrue()) {
                return FloatVector.broadcast(FLOATS, array[first]);
            }
            if (rises(index, first, array.length)) {
                return FloatVector.fromArray(FLOATS, array, first);
            }
            if (falls(index, first)) {
                return FloatVector.fromArray(FLOATS, array, first - LENGTH + 1).rearrange(REVERSE);
            }
        }
        return gather(array, index, active, lanes);
    }

    /** Whether {@code index} is first, first + 1, … and ends within the array. */
    static boolean rises(IntVector index, int first, int length) {
        return first <= length - LENGTH
                && index.compare(VectorOperators.EQ, IOTA.add(first)).allTrue();
    }

    /** Whether {@code index} is first, first − 1, …, none negative. */
    static boolean falls(IntVector index, int first) {
        return first >= LENGTH - 1
                && index.add(IOTA).compare(VectorOperators.EQ, first).allTrue();
    }

    /**
     * {@code sums[index] += x} of the active lanes. Where all indices are the same, lanes are added halves to halves
     * ({@code reduceLanes} adds in another order once it is compiled); else in order, or side by side where they are consecutive.
     */
    static void scatterAdd(FloatVector x, float[] sums, IntVector index, VectorMask<Float> active, int[] lanes) {
        FloatVector added = FloatVector.zero(FLOATS).blend(x, active);
        int first = index.lane(0);
        if (first < 0 || first >= sums.length) {
            scatterLanes(added, sums, index, active, lanes);
        } else if (index.compare(VectorOperators.EQ, first).allTrue()) {
            sums[first] += sum(added);
        } else if (rises(index, first, sums.length)) {
            FloatVector.fromArray(FLOATS, sums, first).add(added).intoArray(sums, first);
        } else if (falls(index, first)) {
            int least = first - LENGTH + 1;
            FloatVector.fromArray(FLOATS, sums, least)
                    .add(added.rearrange(REVERSE))
                    .intoArray(sums, least);
        } else {
            scatterLanes(added, sums, index, active, lanes);
        }
    }

    private static float sum(FloatVector x) {
        FloatVector eight = LENGTH > 8 ? x.add(x.rearrange(BY_8)) : x;
        FloatVector four = LENGTH > 4 ? eight.add(eight.rearrange(BY_4)) : eight;
        FloatVector two = LENGTH > 2 ? four.add(four.rearrange(BY_2)) : four;
        return two.add(two.rearrange(BY_1)).lane(0);
    }

    private static void scatterLanes(
            FloatVector x, float[] sums, IntVector index, VectorMask<Float> active, int[] lanes) {
        index.intoArray(lanes, 0);
        x.reinterpretAsInts().intoArray(lanes, LENGTH);
        long bits = active.toLong();
        for (int i = 0; i < LENGTH; i++) {
            if ((bits >>> i & 1) != 0) {
                sums[lanes[i]] += Float.intBitsToFloat(lanes[LENGTH + i]);
            }
        }
    }
}
