package muflex.experiments.compare;

import java.util.Random;
import muflex.attention.AttentionShape;

/** The inputs of one case: standard normal, from a seed. Shapes as in {@link AttentionShape}; dOut is out's. */
public record Tensors(float[] q, float[] k, float[] v, float[] dOut) {

    /** The inputs of an attention of this shape. */
    public static Tensors random(AttentionShape shape, long seed) {
        Random random = new Random(seed);
        return new Tensors(
                normal(random, shape.querySize()),
                normal(random, shape.keySize()),
                normal(random, shape.valueSize()),
                normal(random, shape.outSize()));
    }

    /** Standard normal numbers. */
    public static float[] normal(Random random, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
