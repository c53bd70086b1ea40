package muflex.engine.jvm;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import muflex.kernels.ExpPolynomial;

/**
 * {@code muflex.kernels.Lanes} bound to the Vector API: each method takes the place of the one of the same name, with
 * {@link FloatVector} for {@code Lanes}. Public because the kernels that call it live in another loader; loaded only
 * where {@code jdk.incubator.vector} is there.
 *
 * <p>The species is this machine's preferred one, or {@code -Dmuflex.cpu.bits=128|256|512}.
 */
public final class VectorLanes {
    /** Read by {@link VectorCalls}. */
    public static final VectorSpecies<Float> SPECIES = species(Integer.getInteger("muflex.cpu.bits", 0));

    private static final int LENGTH = SPECIES.length();

    /** 32 vector registers: AVX-512 has them, and 64-bit Arm at any vector length; AVX2 has 16. */
    private static final int TILE_VECTORS =
            SPECIES.vectorBitSize() == 512 || "aarch64".equals(System.getProperty("os.arch")) ? 4 : 2;

    private static final VectorShuffle<Float> BY_8 = rotation(8);
    private static final VectorShuffle<Float> BY_4 = rotation(4);
    private static final VectorShuffle<Float> BY_2 = rotation(2);

    private VectorLanes() {}

    private static VectorShuffle<Float> rotation(int lanes) {
        return VectorShuffle.iota(SPECIES, lanes % LENGTH, 1, true);
    }

    private static VectorSpecies<Float> species(int bits) {
        return switch (bits) {
            case 0 ->
                FloatVector.SPECIES_PREFERRED.vectorBitSize() <= 512
                        ? FloatVector.SPECIES_PREFERRED
                        : FloatVector.SPECIES_512;
            case 128 -> FloatVector.SPECIES_128;
            case 256 -> FloatVector.SPECIES_256;
            case 512 -> FloatVector.SPECIES_512;
            default ->
                throw new IllegalArgumentException("muflex.cpu.bits: expected 128, 256 or 512, got " + bits
                        + "; leave it out for this machine's own width");
        };
    }

    public static int length() {
        return LENGTH;
    }

    public static int tileVectors() {
        return TILE_VECTORS;
    }

    public static FloatVector zero() {
        return FloatVector.zero(SPECIES);
    }

    public static FloatVector splat(float value) {
        return FloatVector.broadcast(SPECIES, value);
    }

    public static FloatVector load(float[] array, int offset) {
        return FloatVector.fromArray(SPECIES, array, offset);
    }

    public static FloatVector load(float[] array, int offset, int count) {
        return FloatVector.fromArray(SPECIES, array, offset, first(count));
    }

    public static void store(float[] array, int offset, FloatVector value) {
        value.intoArray(array, offset);
    }

    public static void store(float[] array, int offset, FloatVector value, int count) {
        value.intoArray(array, offset, first(count));
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

    /** Compare and blend: {@code FloatVector.max} spends four times as long on NaN and −0. */
    public static FloatVector max(FloatVector a, FloatVector b) {
        return a.blend(b, b.compare(VectorOperators.GT, a));
    }

    public static FloatVector min(FloatVector a, FloatVector b) {
        return a.blend(b, b.compare(VectorOperators.LT, a));
    }

    public static FloatVector sqrt(FloatVector a) {
        return a.sqrt();
    }

    /** {@link ExpPolynomial#exp}, lane by lane. */
    public static FloatVector exp(FloatVector a) {
        FloatVector log2e = FloatVector.broadcast(SPECIES, ExpPolynomial.LOG2_E);
        FloatVector round = FloatVector.broadcast(SPECIES, ExpPolynomial.ROUND);
        FloatVector t = a.fma(log2e, round);
        FloatVector f = a.fma(log2e, round.sub(t));
        FloatVector p = f.fma(
                FloatVector.broadcast(SPECIES, ExpPolynomial.C5), FloatVector.broadcast(SPECIES, ExpPolynomial.C4));
        p = p.fma(f, FloatVector.broadcast(SPECIES, ExpPolynomial.C3));
        p = p.fma(f, FloatVector.broadcast(SPECIES, ExpPolynomial.C2));
        p = p.fma(f, FloatVector.broadcast(SPECIES, ExpPolynomial.C1));
        p = p.fma(f, FloatVector.broadcast(SPECIES, 1f));
        IntVector exponent = t.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
        FloatVector r = p.reinterpretAsInts().add(exponent).reinterpretAsFloats();
        return r.blend(0f, a.compare(VectorOperators.LT, ExpPolynomial.LEAST));
    }

    public static FloatVector low(FloatVector a) {
        return a.reinterpretAsInts().lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    public static FloatVector high(FloatVector a) {
        return a.reinterpretAsInts().lanewise(VectorOperators.AND, 0xFFFF_0000).reinterpretAsFloats();
    }

    public static FloatVector signedByte(FloatVector a, int i) {
        return (FloatVector) a.reinterpretAsInts()
                .lanewise(VectorOperators.LSHL, 24 - 8 * i)
                .lanewise(VectorOperators.ASHR, 24)
                .convertShape(VectorOperators.I2F, SPECIES, 0);
    }

    public static FloatVector whereLess(FloatVector a, FloatVector b, FloatVector then, FloatVector otherwise) {
        return otherwise.blend(then, a.compare(VectorOperators.LT, b));
    }

    public static boolean anyLess(FloatVector a, FloatVector b) {
        return a.compare(VectorOperators.LT, b).anyTrue();
    }

    public static float horizontalMax(FloatVector a) {
        return a.reduceLanes(VectorOperators.MAX);
    }

    /**
     * Halves added to halves. {@code reduceLanes(ADD)} may add in any order, and does so differently once a method is
     * compiled, so that results would change while the JVM warms up.
     */
    public static float horizontalSum(FloatVector a) {
        FloatVector eight = LENGTH > 8 ? a.add(a.rearrange(BY_8)) : a;
        FloatVector four = LENGTH > 4 ? eight.add(eight.rearrange(BY_4)) : eight;
        FloatVector two = four.add(four.rearrange(BY_2));
        return two.lane(0) + two.lane(1);
    }

    private static VectorMask<Float> first(int count) {
        return SPECIES.indexInRange(0, count);
    }
}
