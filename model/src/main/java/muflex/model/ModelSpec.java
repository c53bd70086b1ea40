package muflex.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import muflex.model.parameterization.InitialScales;
import muflex.model.parameterization.OptimizerKind;
import muflex.model.parameterization.Parameterization;
import muflex.model.parameterization.Role;
import muflex.model.parameterization.TensorSettings;
import muflex.model.parameterization.TensorSpec;

/**
 * A transformer and all that decides its scales: where its sizes come from and how they differ from the base model's.
 *
 * @param config the model
 * @param rule how scales follow sizes
 * @param base the model at which {@code rule} equals the standard parameterization
 * @param scales the base model's initial standard deviations
 */
public record ModelSpec(TransformerConfig config, Parameterization rule, TransformerConfig base, InitialScales scales) {

    public ModelSpec {
        if (base.activation() != config.activation()) {
            throw new IllegalArgumentException("base: expected the model's activation " + config.activation()
                    + ", so that both have the same tensors, got " + base.activation() + "; change one of them");
        }
        if (base.tied() != config.tied()) {
            throw new IllegalArgumentException("base: expected the model's "
                    + (config.tied() ? "tied embedding" : "readout of its own")
                    + ", so that both have the same tensors, got the other; change one of them");
        }
        if (config.tied()) {
            rule.tensor(Role.TIED_EMBEDDING);
        }
        if (base.vocab() != config.vocab()) {
            throw new IllegalArgumentException("base: expected the model's vocab " + config.vocab()
                    + ", which no rule scales, got " + base.vocab() + "; change one of them");
        }
    }

    /** With the initial scales of {@link InitialScales#forDepth}. */
    public static ModelSpec of(TransformerConfig config, Parameterization rule, TransformerConfig base) {
        return new ModelSpec(config, rule, base, InitialScales.forDepth(base.depth()));
    }

    /** All parameters but a variant's, in the order of the forward pass. */
    public List<TensorSpec> tensors() {
        List<TensorSpec> tensors = new ArrayList<>();
        Role embedding = config.tied() ? Role.TIED_EMBEDDING : Role.EMBEDDING;
        tensors.add(tensor(Transformer.EMBEDDING, embedding, config));
        for (int layer = 0; layer < config.depth(); layer++) {
            for (LayerTensor part : LayerTensor.values()) {
                if (part.isIn(config)) {
                    tensors.add(tensor(part.name(layer), part.role(), config));
                }
            }
        }
        tensors.add(tensor(Transformer.NORM, Role.NORM_GAIN, config));
        if (!config.tied()) {
            tensors.add(tensor(Transformer.READOUT, Role.READOUT, config));
        }
        return tensors;
    }

    /** The rule evaluated for every parameter but a variant's. */
    public List<TensorSettings> settings(OptimizerKind optimizer) {
        return tensors().stream()
                .map(tensor -> settings(optimizer, tensor, tensor(tensor.name(), tensor.role(), base)))
                .toList();
    }

    /** The rule evaluated for an array of a variant, whose size has nothing to do with the model's. */
    TensorSettings settings(OptimizerKind optimizer, AttentionVariant.Learned learned) {
        return settings(optimizer, learned.tensor(), learned.tensor());
    }

    private TensorSettings settings(OptimizerKind optimizer, TensorSpec tensor, TensorSpec baseTensor) {
        return TensorSettings.of(rule, optimizer, scales, tensor, config.shape(), baseTensor, base.shape());
    }

    /** Factor on query·key. */
    public float attentionScale() {
        return rule.attentionScale(config.shape(), base.shape());
    }

    /** Factor on each branch that is added to the residual stream. */
    public float residualMultiplier() {
        return rule.residualMultiplier(config.shape(), base.shape());
    }

    /** How many numbers the model learns. */
    public long parameterCount() {
        return tensors().stream().mapToLong(TensorSpec::count).sum();
    }

    /**
     * Why clipping by the global norm would spoil the transfer that the rule is for; empty where it doesn't. Clipping
     * weighs all gradients alike, although the rule lets them grow differently with width.
     */
    public Optional<String> clippingWarning(OptimizerKind optimizer) {
        return settings(optimizer).stream()
                .filter(tensor -> tensor.multiplier() != 1 || tensor.learningRateFactor() != 1)
                .findFirst()
                .map(
                        tensor -> "clip: rule '" + rule.name() + "' gives "
                                + tensor.tensor().name()
                                + " its own scale at this width, which clipping by the global norm"
                                + " ignores, so the best learning rate may not transfer; turn clipping off (0) to compare widths");
    }

    private static TensorSpec tensor(String name, Role role, TransformerConfig config) {
        int width = config.width();
        int queries = config.heads() * config.headDim();
        int keys = config.kvHeads() * config.headDim();
        return switch (role) {
            case EMBEDDING, TIED_EMBEDDING -> TensorSpec.matrix(name, role, config.vocab(), width);
            case POSITION -> TensorSpec.matrix(name, role, config.context(), width);
            case QUERY -> TensorSpec.matrix(name, role, width, queries);
            case KEY, VALUE -> TensorSpec.matrix(name, role, width, keys);
            case ATTENTION_OUT -> TensorSpec.matrix(name, role, queries, width);
            case MLP_IN, MLP_GATE -> TensorSpec.matrix(name, role, width, config.feedForward());
            case MLP_OUT -> TensorSpec.matrix(name, role, config.feedForward(), width);
            case READOUT -> TensorSpec.matrix(name, role, width, config.vocab());
            case NORM_GAIN, BIAS -> TensorSpec.vector(name, role, width);
        };
    }
}
