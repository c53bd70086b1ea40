package muflex.model;

import muflex.model.parameterization.TensorSettings;

/**
 * Initial values: normal with the rule's standard deviation. Each number depends on the seed, the tensor's name and
 * its index only, so that neither order nor other tensors matter.
 */
final class Initializer {

    private Initializer() {}

    /** Fills one tensor. */
    static void fill(float[] values, TensorSettings settings, long seed) {
        CounterRandom random =
                CounterRandom.of(seed, "init " + settings.tensor().name());
        for (int i = 0; i < values.length; i++) {
            double noise = settings.std() == 0 ? 0 : settings.std() * random.normal(i);
            values[i] = (float) (settings.mean() + noise);
        }
    }
}
