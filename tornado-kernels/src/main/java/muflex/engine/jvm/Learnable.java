package muflex.engine.jvm;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The gradients of captured arrays. Many scores add to one element, so where some are wanted the work is dealt to as
 * many items as there are threads, whose sums, each in an array of its own, are added in order: the result depends on
 * the number of threads, and on nothing else. Where none is wanted, every unit of work is an item.
 */
final class Learnable {
    private final List<float[]> learnable;
    private final float[][] results;
    private final boolean wanted;
    private final int items;
    private final float[][][] gradients;
    private final AttentionMods mods;

    Learnable(AttentionMods mods, List<float[]> learnable, float[][] results, int threads, int units) {
        this.mods = mods;
        this.learnable = learnable;
        this.results = results;
        wanted = learnable.stream().anyMatch(array -> mods.slotOf(array) >= 0);
        items = wanted ? Math.min(threads, units) : units;
        gradients = new float[items][][];
        for (int item = 0; item < items; item++) {
            gradients[item] = wanted ? slots(item) : new float[0][];
        }
    }

    /** By slot of the captures; the first item adds to the results themselves. */
    private float[][] slots(int item) {
        float @Nullable [][] slots = new float[mods.captures().length][];
        for (int i = 0; i < learnable.size(); i++) {
            int slot = mods.slotOf(learnable.get(i));
            if (slot >= 0) {
                if (item == 0) {
                    Arrays.fill(results[i], 0f);
                }
                slots[slot] = item == 0 ? results[i] : new float[results[i].length];
            }
        }
        return slots;
    }

    /** Whether any captured array wants a gradient. */
    boolean wanted() {
        return wanted;
    }

    int items() {
        return items;
    }

    float[][][] gradients() {
        return gradients;
    }

    /** Adds the items' sums to the first one's. */
    void sum() {
        for (int i = 0; i < learnable.size(); i++) {
            int slot = mods.slotOf(learnable.get(i));
            for (int item = 1; slot >= 0 && item < items; item++) {
                for (int x = 0; x < results[i].length; x++) {
                    results[i][x] += gradients[item][slot][x];
                }
            }
        }
    }
}
