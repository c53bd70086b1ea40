package muflex.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import muflex.engine.Storage;
import muflex.graph.Graph;

/**
 * A model and its numbers, which may still be changing: training, evaluation and generation share them.
 *
 * @param spec what it is
 * @param variant what the user added to its attention
 * @param storage holds the parameters, and whatever programs compiled with it keep
 */
public record TrainedModel(ModelSpec spec, AttentionVariant variant, Storage storage) {

    /** A model as training begins with it: numbers drawn by the rule, the same for the same seed. */
    public static TrainedModel initial(ModelSpec spec, AttentionVariant variant, long seed) {
        TrainedModel model = empty(spec, variant);
        for (Transformer.Weight weight : new Transformer(new Graph(), spec).weights()) {
            Initializer.fill(model.storage.floats(weight.tensor()), weight.settings(), seed);
        }
        return model;
    }

    /** A model whose numbers are yet to be filled in. */
    public static TrainedModel empty(ModelSpec spec, AttentionVariant variant) {
        return new TrainedModel(spec, variant, new Storage());
    }

    /** The arrays of all parameters by name, row-major, not copies, in the order of {@link ModelSpec#tensors()}. */
    public Map<String, float[]> parameters() {
        Map<String, float[]> parameters = new LinkedHashMap<>();
        for (Transformer.Weight weight : new Transformer(new Graph(), spec).weights()) {
            parameters.put(weight.tensor().name(), storage.floats(weight.tensor()));
        }
        return Collections.unmodifiableMap(parameters);
    }
}
