package muflex.conformance;

import java.util.function.UnaryOperator;
import muflex.FlexAttention;
import muflex.attention.AttentionShape;
import muflex.engine.Device;

/**
 * One thing that every engine must get right.
 *
 * @param options what to compute, beside the shape
 * @param dLse whether the loss has a part of lse
 */
record Case(String name, AttentionShape shape, UnaryOperator<FlexAttention.Builder> options, boolean dLse) {

    static Case of(String name, AttentionShape shape, UnaryOperator<FlexAttention.Builder> options) {
        return new Case(name, shape, options, false);
    }

    FlexAttention build(Device device) {
        return options.apply(FlexAttention.builder(shape)).device(device).build();
    }

    @Override
    public String toString() {
        return name;
    }
}
