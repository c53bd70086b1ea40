package muflex.engine.jvm;

import java.util.Arrays;
import java.util.Collections;
import muflex.engine.lowering.Argument.Gradients;

/** The gradients of captured arrays, by work item and slot; null where a slot wants none. */
final class GradientSums {
    private final float[][][] arrays;

    GradientSums(Gradients gradients) {
        int slots = gradients.lengths().isEmpty()
                ? 0
                : 1 + Collections.max(gradients.lengths().keySet());
        arrays = new float[gradients.items()][slots][];
        for (float[][] item : arrays) {
            gradients.lengths().forEach((slot, length) -> item[slot] = new float[length]);
        }
    }

    float[][][] arrays() {
        return arrays;
    }

    void clear() {
        for (float[][] item : arrays) {
            for (float[] sums : item) {
                if (sums != null) {
                    Arrays.fill(sums, 0f);
                }
            }
        }
    }

    /** {@code to} = the sums of a slot, over items in order. */
    void total(int slot, float[] to) {
        System.arraycopy(arrays[0][slot], 0, to, 0, to.length);
        for (int item = 1; item < arrays.length; item++) {
            float[] sums = arrays[item][slot];
            for (int i = 0; i < to.length; i++) {
                to[i] += sums[i];
            }
        }
    }
}
