package muflex.engine.lowering;

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
        return Call.tiled(
                StickForward.class,
                "forward",
                mods,
                AttentionForward.items(sizes.values()),
                shape.kvLength(),
                shape.headDim(),
                List.of(
                        q,
                        k,
                        v,
                        out,
                        lse,
                        spans.argument(spans.starts()),
                        spans.argument(spans.spans()),
                        sizes,
                        spec.scale(),
                        new Captures()));
    }

    /** The calls that fill {@code dq}, {@code dk}, {@code dv} and the items' sums of the gradients of captured arrays. */
    List<Call> backward(Backward arrays, Scratch delta, Argument dLse, Spans byQuery, int parts, Gradients gradients) {
        int heads = shape.batch() * shape.kvHeads();
        Scratch keys = parts(KEY_GRADIENT_PARTS, parts, shape.headDim());
        Scratch values = parts(VALUE_GRADIENT_PARTS, parts, shape.valueDim());
        int rows = shape.kvLength();
        Call queries = Call.tiled(
                StickBackward.class,
                "backward",
                mods,
                gradients.items(),
                shape.queryLength(),
                shape.headDim(),
                List.of(
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
        return List.of(
                queries,
                AttentionLowering.sumParts(keys, parts, heads, rows, shape.headDim(), spec.scale(), arrays.dk()),
                AttentionLowering.sumParts(values, parts, heads, rows, shape.valueDim(), 1f, arrays.dv()));
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
}
