package muflex.expr;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vectors of a row without doubles: as many floats and ints as the processor likes best. Public because emitted
 * classes read it.
 */
public final class NarrowLanes {
    public static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    public static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());

    /** Lanes in a vector. */
    public static final int LENGTH = FLOATS.length();

    /** Of {@link #LENGTH} bytes, if there is a shape so small. */
    public static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, 8 * LENGTH)));

    /** 0, 1, 2, … */
    public static final IntVector IOTA = IntVector.zero(INTS).addIndex(1);

    public static final VectorShuffle<Float> REVERSE = VectorShuffle.iota(FLOATS, LENGTH - 1, -1, true);

    /** Rotations by a half, a quarter … of 16 lanes; by 0 where there are not so many. */
    public static final VectorShuffle<Float> BY_8 = VectorShuffle.iota(FLOATS, 8 % LENGTH, 1, true);

    public static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(FLOATS, 4 % LENGTH, 1, true);
    public static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(FLOATS, 2 % LENGTH, 1, true);
    public static final VectorShuffle<Float> BY_1 = VectorShuffle.iota(FLOATS, 1, 1, true);

    /** Twice as many ints as there are lanes, for the code of one thread at a time. */
    public static final ThreadLocal<int[]> SCRATCH = ThreadLocal.withInitial(() -> new int[2 * LENGTH]);

    private NarrowLanes() {}
}
