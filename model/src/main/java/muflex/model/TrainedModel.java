package muflex.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import muflex.engine.Storage;
import muflex.graph.Graph;
import muflex.model.parameterization.OptimizerKind;
import muflex.model.parameterization.TensorSettings;
import muflex.model.parameterization.TensorSpec;

/**
 * A model and its numbers, which may still be changing: training, evaluation and generation share them.
 *
 * @param spec what it is
 * @param variant what the user added to its attention
 * @param storage holds the parameters, and whatever programs compiled with it keep
 */
public record TrainedModel(ModelSpec spec, AttentionVariant variant, Storage storage) {

    /**
     * A model as training begins with it: numbers drawn by the rule, the same for the same seed. A variant's arrays
     * stay as they are.
     */
    public static TrainedModel initial(ModelSpec spec, AttentionVariant variant, long seed) {
        TrainedModel model = empty(spec, variant);
        Map<String, float[]> parameters = model.parameters();
        for (TensorSettings settings : spec.settings(OptimizerKind.ADAM)) {
            Initializer.fill(parameters.getOrDefault(settings.tensor().name(), new float[0]), settings, seed);
        }
        return model;
    }

    /** A model whose numbers are yet to be filled in. */
    public static TrainedModel empty(ModelSpec spec, AttentionVariant variant) {
        return new TrainedModel(spec, variant, new Storage());
    }

    /** All parameters, the variant's last. */
    public List<TensorSpec> tensors() {
        return transformer().weights().stream()
                .map(weight -> weight.settings().tensor())
                .toList();
    }

    /** The arrays of all parameters by name, row-major, not copies, in the order of {@link #tensors()}. */
    public Map<String, float[]> parameters() {
        Map<String, float[]> parameters = new LinkedHashMap<>();
        for (Transformer.Weight weight : transformer().weights()) {
            parameters.put(weight.tensor().name(), storage.floats(weight.tensor()));
        }
        return Collections.unmodifiableMap(parameters);
    }

    private Transformer transformer() {
        return new Transformer(new Graph(), spec, variant, OptimizerKind.ADAM);
    }
}
