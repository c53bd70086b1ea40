package muflex.conformance;

import java.util.function.UnaryOperator;
import muflex.FlexAttention;
import muflex.attention.AttentionShape;
import muflex.attention.Precision;
import muflex.engine.Device;

/**
 * One thing that every engine must get right.
 *
 * @param options what to compute, beside the shape
 * @param dLse whether the loss has a part of lse
 */
record Case(
        String name,
        AttentionShape shape,
        UnaryOperator<FlexAttention.Builder> options,
        boolean dLse,
        Precision precision) {

    Case(String name, AttentionShape shape, UnaryOperator<FlexAttention.Builder> options, boolean dLse) {
        this(name, shape, options, dLse, Precision.SINGLE);
    }

    /** The same in another precision. */
    Case in(Precision other) {
        return new Case(other + ", " + name, shape, options, dLse, other);
    }

    static Case of(String name, AttentionShape shape, UnaryOperator<FlexAttention.Builder> options) {
        return new Case(name, shape, options, false);
    }

    FlexAttention build(Device device) {
        return options.apply(FlexAttention.builder(shape))
                .precision(precision)
                .device(device)
                .build();
    }

    @Override
    public String toString() {
        return name;
    }
}
