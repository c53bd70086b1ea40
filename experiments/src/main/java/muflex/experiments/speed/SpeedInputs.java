package muflex.experiments.speed;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import muflex.attention.AttentionShape;

/**
 * What all cases of a shape are given: normal numbers that both kinds of 16 bits hold exactly, so that all precisions have the
 * same inputs. The same ones each time.
 */
record SpeedInputs(AttentionShape shape, float[] q, float[] k, float[] v, float[] dOut) {
    /** Elements that are drawn in a row; the pieces side by side, as large shapes have hundreds of millions of elements. */
    private static final int PIECE = 1 << 16;

    static SpeedInputs of(AttentionShape shape) {
        return new SpeedInputs(
                shape,
                normal(1, shape.querySize()),
                normal(2, shape.keySize()),
                normal(3, shape.valueSize()),
                normal(4, shape.outSize()));
    }

    private static float[] normal(long seed, int size) {
        float[] values = new float[size];
        IntStream.range(0, Math.ceilDiv(size, PIECE)).parallel().forEach(piece -> {
            SplittableRandom random = new SplittableRandom(seed << 32 | piece);
            int end = Math.min(size, (piece + 1) * PIECE);
            for (int i = piece * PIECE; i < end; i++) {
                float half = Float.float16ToFloat(Float.floatToFloat16((float) random.nextGaussian()));
                values[i] = Float.intBitsToFloat(Float.floatToRawIntBits(half) & 0xFFFF_0000);
            }
        });
        return values;
    }
}
