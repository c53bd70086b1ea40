package muflex.engine.lowering;

import java.util.ArrayList;
import java.util.List;
import muflex.attention.AttentionShape;
import muflex.attention.Weights;
import muflex.engine.AttentionSpec;
import muflex.engine.lowering.Argument.Array;
import muflex.engine.lowering.Argument.Captures;
import muflex.engine.lowering.Argument.Gradients;
import muflex.engine.lowering.Argument.Ints;
import muflex.engine.lowering.Argument.Scalar;
import muflex.engine.lowering.Argument.Scratch;
import muflex.engine.lowering.AttentionLowering.Backward;
import muflex.kernels.AttentionForward;
import muflex.kernels.AttentionSizes;
import muflex.kernels.StickBackward;
import muflex.kernels.StickForward;
import muflex.kernels.TileProducts;

/** Attention with weights {@link Weights#STICK_BREAKING} as calls of its kernels. */
final class StickCalls {
    private static final int KEY_GRADIENT_PARTS = 1;
    private static final int VALUE_GRADIENT_PARTS = 2;

    private final AttentionSpec spec;
    private final AttentionShape shape;
    private final AttentionMods mods;
    private final Machine machine;
    private final Ints sizes;

    StickCalls(AttentionSpec spec, AttentionMods mods, Machine machine, Ints sizes) {
        this.spec = spec;
        this.mods = mods;
        this.machine = machine;
        this.sizes = sizes;
        shape = spec.shape();
    }

    /** The call that fills {@code out} and {@code lse}. */
    Call forward(Array q, Array k, Array v, Array out, Array lse, Spans spans) {
        return loop(
                StickForward.class,
                "forward",
                AttentionForward.items(sizes.values()),
                shape.kvLength(),
                q,
                k,
                v,
                out,
                lse,
                spans.argument(spans.starts()),
                spans.argument(spans.spans()),
                sizes,
                spec.scale(),
                new Captures());
    }

    /** The calls that fill {@code dq}, {@code dk}, {@code dv} and the items' sums of the gradients of captured arrays. */
    List<Call> backward(Backward arrays, Scratch delta, Argument dLse, Spans byQuery, int parts, Gradients gradients) {
        int heads = shape.batch() * shape.kvHeads();
        Scratch keys = parts(KEY_GRADIENT_PARTS, parts, shape.headDim());
        Scratch values = parts(VALUE_GRADIENT_PARTS, parts, shape.valueDim());
        List<Call> calls = new ArrayList<>();
        calls.add(loop(
                StickBackward.class,
                "backward",
                gradients.items(),
                shape.queryLength(),
                arrays.q(),
                arrays.k(),
                arrays.v(),
                arrays.dOut(),
                delta,
                dLse,
                arrays.dq(),
                keys,
                values,
                byQuery.argument(byQuery.starts()),
                byQuery.argument(byQuery.spans()),
                sizes,
                spec.scale(),
                new Scalar(mods.hasDerivative(), true),
                new Scalar(!gradients.lengths().isEmpty(), true),
                new Captures(),
                gradients,
                parts,
                gradients.items()));
        calls.add(sum(keys, parts, heads, shape.headDim(), spec.scale(), arrays.dk()));
        calls.add(sum(values, parts, heads, shape.valueDim(), 1f, arrays.dv()));
        return calls;
    }

    /** Floats of the larger of dk's and dv's sums in one part. */
    int partSize() {
        return AttentionLowering.requirePart(
                "dk and dv",
                "kvHeads " + shape.kvHeads() + ", kvLength " + shape.kvLength() + ", valueDim " + shape.valueDim(),
                shape,
                partSize(Math.max(shape.headDim(), shape.valueDim())));
    }

    private long partSize(int dim) {
        return TileProducts.partSize(shape.batch() * shape.kvHeads(), shape.kvLength(), dim, machine.panel());
    }

    private Scratch parts(int index, int parts, int dim) {
        return new Scratch(index, Math.toIntExact(parts * partSize(dim)));
    }

    private Call sum(Scratch sums, int parts, int heads, int dim, float factor, Array to) {
        int rows = shape.kvLength();
        return Call.loop(TileProducts.class, "sumParts", heads * rows, 256, sums, parts, heads, rows, dim, factor, to);
    }

    private Call loop(Class<?> kernel, String method, int items, int others, Object... arguments) {
        long size = (long) AttentionSizes.TILE * others * shape.headDim();
        return new Call.Loop(kernel, method, mods, items, size, true, Call.arguments(arguments));
    }
}
