package muflex.model.parameterization;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.List;

/** What a tensor does in a transformer. Every parameter is given its role by name; none is guessed. */
public enum Role {
    EMBEDDING("embedding", Kind.INPUT),
    POSITION("position", Kind.INPUT),
    QUERY("query", Kind.HIDDEN),
    KEY("key", Kind.HIDDEN),
    VALUE("value", Kind.HIDDEN),
    ATTENTION_OUT("attention_out", Kind.HIDDEN),
    MLP_IN("mlp_in", Kind.HIDDEN),
    MLP_GATE("mlp_gate", Kind.HIDDEN),
    MLP_OUT("mlp_out", Kind.HIDDEN),
    READOUT("readout", Kind.OUTPUT),
    /** One matrix {@code [vocab, width]} that is the embedding and, transposed, the readout. */
    TIED_EMBEDDING("tied_embedding", Kind.TIED),
    NORM_GAIN("norm_gain", Kind.VECTOR),
    BIAS("bias", Kind.VECTOR);

    /** How a tensor's two sides grow with width (Yang et al. 2022, arXiv:2203.03466, table 3's columns). */
    public enum Kind {
        /** From a side that doesn't grow to one that does. */
        INPUT,
        /** Both sides grow. */
        HIDDEN,
        /** From a side that grows to one that doesn't. */
        OUTPUT,
        /** Input and output at once. */
        TIED,
        /** One number per channel: gains and biases. */
        VECTOR
    }

    private final String label;
    private final Kind kind;

    Role(String label, Kind kind) {
        this.label = label;
        this.kind = kind;
    }

    /** The role's name in tables, rules and checkpoints. */
    @JsonValue
    public String label() {
        return label;
    }

    public Kind kind() {
        return kind;
    }

    /** All roles of one kind. */
    public static List<Role> of(Kind kind) {
        return Arrays.stream(values()).filter(role -> role.kind == kind).toList();
    }

    @JsonCreator
    public static Role ofLabel(String label) {
        return Arrays.stream(values())
                .filter(role -> role.label.equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("role: expected one of "
                        + Arrays.stream(values()).map(Role::label).toList() + ", got '" + label
                        + "'; use one of them"));
    }
}
