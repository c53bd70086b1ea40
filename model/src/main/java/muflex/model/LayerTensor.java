package muflex.model;

import muflex.model.parameterization.Role;

/** The parameters of one layer, in the order of the forward pass, with the role that each is given. */
enum LayerTensor {
    ATTENTION_NORM("attention.norm", Role.NORM_GAIN),
    QUERY("attention.query", Role.QUERY),
    KEY("attention.key", Role.KEY),
    VALUE("attention.value", Role.VALUE),
    ATTENTION_OUT("attention.out", Role.ATTENTION_OUT),
    MLP_NORM("mlp.norm", Role.NORM_GAIN),
    MLP_GATE("mlp.gate", Role.MLP_GATE),
    MLP_IN("mlp.in", Role.MLP_IN),
    MLP_OUT("mlp.out", Role.MLP_OUT);

    private final String suffix;
    private final Role role;

    LayerTensor(String suffix, Role role) {
        this.suffix = suffix;
        this.role = role;
    }

    String name(int layer) {
        return "layers." + layer + "." + suffix;
    }

    Role role() {
        return role;
    }

    boolean isIn(TransformerConfig config) {
        return this != MLP_GATE || config.activation() == Activation.SWIGLU;
    }
}
