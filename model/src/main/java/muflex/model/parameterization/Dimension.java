package muflex.model.parameterization;

import java.util.Arrays;

/** What a parameterization's exponents are exponents of. */
public enum Dimension {
    /** Width of the residual stream, d_model. */
    WIDTH("d"),
    /** Width of one attention head. */
    HEAD_DIM("D"),
    /** Number of query heads. */
    HEADS("H"),
    /** Number of layers (one layer = attention and MLP). */
    DEPTH("L"),
    /** Width inside the MLP. */
    FEED_FORWARD("d_ff"),
    /** How many inputs one output of the tensor sums over. */
    FAN_IN("fan_in"),
    /** How many outputs one input of the tensor feeds. */
    FAN_OUT("fan_out");

    private final String symbol;

    Dimension(String symbol) {
        this.symbol = symbol;
    }

    /** As in the papers, and in a rule's JSON form. */
    public String symbol() {
        return symbol;
    }

    public static Dimension ofSymbol(String symbol) {
        return Arrays.stream(values())
                .filter(dimension -> dimension.symbol.equals(symbol))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("dimension: expected one of "
                        + Arrays.stream(values()).map(Dimension::symbol).toList() + ", got '" + symbol
                        + "'; use one of them"));
    }

    /** Belongs to one tensor, not to the model as a whole. */
    public boolean ofTensor() {
        return this == FAN_IN || this == FAN_OUT;
    }
}
