package muflex.model.training;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import muflex.graph.Tensor;
import muflex.model.parameterization.OptimizerKind;
import muflex.model.parameterization.Role;
import muflex.model.parameterization.TensorSettings;

/** How gradients change parameters. Rates are the base model's; a rule's factors make them each tensor's own. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
    @JsonSubTypes.Type(value = AdamW.class, name = "adamw"),
    @JsonSubTypes.Type(value = AdamAtan2.class, name = "adam-atan2"),
    @JsonSubTypes.Type(value = Sgd.class, name = "sgd"),
    @JsonSubTypes.Type(value = Muon.class, name = "muon")
})
public sealed interface Optimizer permits AdamW, AdamAtan2, Sgd, Muon {

    /** Names for {@link #byName}, as checkpoints have them. */
    List<String> NAMES = List.of("adamw", "adam-atan2", "sgd", "muon");

    /**
     * An optimizer with its usual settings and a learning rate that trains the small models here at their base width.
     *
     * @throws IllegalArgumentException if no optimizer has that name
     */
    static Optimizer byName(String name) {
        return switch (name) {
            case "adamw" -> AdamW.of(0.01);
            case "adam-atan2" -> AdamAtan2.of(0.01);
            case "sgd" -> Sgd.of(0.1);
            case "muon" -> Muon.of(0.02);
            default ->
                throw new IllegalArgumentException("optimizer: expected one of " + String.join(", ", NAMES) + ", got '"
                        + name + "'; use one of them");
        };
    }

    /** One of {@link #NAMES}. */
    default String name() {
        return switch (this) {
            case AdamW _ -> "adamw";
            case AdamAtan2 _ -> "adam-atan2";
            case Sgd _ -> "sgd";
            case Muon _ -> "muon";
        };
    }

    /** Which of a rule's exponents apply. */
    OptimizerKind family();

    /** The base learning rate at the schedule's peak, η. */
    double learningRate();

    /** The same optimizer at another base learning rate. */
    Optimizer withLearningRate(double rate);

    /** λ at the base: a step takes {@code η·λ} of a weight. */
    double weightDecay();

    /** The same optimizer with another base weight decay. */
    Optimizer withWeightDecay(double decay);

    /** Prefixes of the names of the states that it keeps for a tensor of this role, which have the tensor's shape. */
    List<String> states(Role role);

    /** Adds one tensor's update to a training graph; the result stands for the tensor after it. */
    Tensor update(StepInputs inputs, Tensor parameter, Tensor gradient, TensorSettings settings);
}
