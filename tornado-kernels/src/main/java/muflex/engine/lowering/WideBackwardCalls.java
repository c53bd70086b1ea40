package muflex.engine.lowering;

import java.util.ArrayList;
import java.util.List;
import muflex.engine.AttentionSpec;
import muflex.engine.lowering.Argument.Captures;
import muflex.engine.lowering.Argument.Ints;
import muflex.engine.lowering.Argument.Scalar;
import muflex.engine.lowering.Argument.Scratch;
import muflex.engine.lowering.AttentionLowering.Backward;
import muflex.kernels.GroupBackwardWide;

/**
 * The backward pass by {@link GroupBackwardWide}, behind the rounding of its operands.
 *
 * @param plain whether scores may be scaled in the exponent
 */
record WideBackwardCalls(AttentionSpec spec, AttentionMods mods, Ints sizes, Scalar bfloat, Scalar plain) {
    /** The largest dim of which an item's registers hold the sums of both gradients. */
    private static final int MOST = 128;

    /** Whether a device has it for these dims. It has no gradients of captured arrays. */
    static boolean fits(Machine machine, int dim, int valueDim) {
        return machine.wide()
                && Math.max(dim, valueDim) <= MOST
                && machine.groups(GroupBackwardWide.ITEMS, GroupBackwardWide.localFloats(dim, valueDim));
    }

    /** The call that fills {@code dk} and {@code dv}, from {@code rounded}: q, k, v and dOut in 16 bits. */
    Call keys(Backward arrays, List<Scratch> rounded, Scratch shift, Scratch delta, Spans byKey, int groups) {
        List<Object> arguments = new ArrayList<>(rounded);
        arguments.addAll(List.of(shift, delta, arrays.dk(), arrays.dv()));
        return groups("keys", groups, arguments, byKey);
    }

    /** The call that fills {@code dq}. */
    Call queries(Backward arrays, List<Scratch> rounded, Scratch shift, Scratch delta, Spans byQuery, int groups) {
        List<Object> arguments = new ArrayList<>(rounded);
        arguments.addAll(List.of(shift, delta, arrays.dq()));
        return groups("queries", groups, arguments, byQuery);
    }

    private Call groups(String method, int groups, List<Object> arguments, Spans spans) {
        arguments.addAll(List.of(
                spans.argument(spans.starts()),
                spans.argument(spans.spans()),
                sizes,
                spec.scale(),
                new Scalar(mods.hasDerivative(), true),
                new Scalar(spec.dropout(), spec.dropout() == 0),
                spec.seed(),
                new Captures(),
                bfloat,
                plain));
        return new Call.Groups(
                GroupBackwardWide.class,
                method,
                mods,
                groups,
                GroupBackwardWide.ITEMS,
                true,
                Call.arguments(arguments.toArray()));
    }
}
