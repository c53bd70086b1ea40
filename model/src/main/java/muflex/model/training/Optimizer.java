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

    /** Which of a rule's exponents apply. */
    OptimizerKind family();

    /** The base learning rate at the schedule's peak, η. */
    double learningRate();

    /** The same optimizer at another base learning rate. */
    Optimizer withLearningRate(double rate);

    /** Prefixes of the names of the states that it keeps for a tensor of this role, which have the tensor's shape. */
    List<String> states(Role role);

    /** Adds one tensor's update to a training graph; the result stands for the tensor after it. */
    Tensor update(StepInputs inputs, Tensor parameter, Tensor gradient, TensorSettings settings);
}
