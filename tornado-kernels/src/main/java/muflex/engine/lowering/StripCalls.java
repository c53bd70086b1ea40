package muflex.engine.lowering;

import java.util.ArrayList;
import java.util.List;
import muflex.attention.AttentionShape;
import muflex.attention.Weights;
import muflex.engine.AttentionSpec;
import muflex.engine.lowering.Argument.Array;
import muflex.engine.lowering.Argument.Captures;
import muflex.engine.lowering.Argument.Scalar;
import muflex.kernels.AttentionForward;
import muflex.kernels.AttentionSizes;
import muflex.kernels.StripBackward;
import muflex.kernels.StripForward;

/** Attention in strips: {@link StripForward} and {@link StripBackward}. */
final class StripCalls {
    /** The largest dim, since a work item's stack must hold its arrays. */
    private static final int LARGEST = 256;

    private final AttentionSpec spec;
    private final AttentionShape shape;
    private final AttentionMods mods;
    private final Machine machine;
    private final int[] sizes;

    StripCalls(AttentionSpec spec, AttentionMods mods, Machine machine, int[] sizes) {
        this.spec = spec;
        this.mods = mods;
        this.machine = machine;
        this.sizes = sizes;
        shape = spec.shape();
    }

    /** The same for both passes, but that no captured array learns in strips. */
    boolean takes() {
        return machine.strips()
                && spec.weights() == Weights.SOFTMAX
                && Math.max(shape.headDim(), shape.valueDim()) <= LARGEST;
    }

    Call forward(Array q, Array k, Array v, Array out, Array lse, Argument sinks, Argument dropout, Spans spans) {
        int block = sizes[AttentionSizes.QUERY_BLOCK];
        int tiles = AttentionSizes.tiles(shape.queryLength(), block);
        List<Object> arguments = new ArrayList<>(List.of(q, k, v, out, lse, sinks));
        arguments.addAll(arguments(spans, block, tiles, dropout));
        int items = StripForward.items(AttentionForward.items(sizes), machine.lanes());
        return Call.tiled(StripForward.class, "forward", mods, items, shape.kvLength(), shape.headDim(), arguments);
    }

    Call delta(AttentionLowering.Backward arrays, Argument dLse, Argument.Scratch delta) {
        return Call.loop(
                StripBackward.class,
                "delta",
                Math.ceilDiv(shape.lseSize(), machine.lanes()),
                256,
                arrays.out(),
                arrays.dOut(),
                dLse,
                delta,
                shape.lseSize(),
                new Scalar(shape.valueDim(), true));
    }

    /** @param items units of work */
    Call backward(
            AttentionLowering.Backward arrays,
            Argument.Scratch delta,
            Argument.Scratch dqParts,
            Argument dropout,
            int parts,
            int items,
            Spans byKey) {
        int block = sizes[AttentionSizes.KEY_BLOCK];
        List<Object> arguments = new ArrayList<>(List.of(
                arrays.q(),
                arrays.k(),
                arrays.v(),
                arrays.dOut(),
                arrays.lse(),
                delta,
                dqParts,
                arrays.dk(),
                arrays.dv()));
        arguments.addAll(arguments(byKey, block, AttentionSizes.tiles(shape.kvLength(), block), dropout));
        arguments.addAll(List.of(
                new Scalar(mods.hasDerivative(), true), shape.batch() * shape.queryHeads(), new Scalar(parts, true)));
        return Call.tiled(
                StripBackward.class, "backward", mods, items, shape.queryLength(), shape.headDim(), arguments);
    }

    /** @param tiles of a head, in blocks of the mask of {@code block} */
    private List<Object> arguments(Spans spans, int block, int tiles, Argument dropout) {
        return List.of(
                spans.argument(spans.starts()),
                spans.argument(spans.spans()),
                spec.scale(),
                sizes[AttentionSizes.HEADS],
                sizes[AttentionSizes.GROUP],
                sizes[AttentionSizes.QUERIES],
                sizes[AttentionSizes.KEYS],
                new Scalar(shape.headDim(), true),
                new Scalar(shape.valueDim(), true),
                sizes[AttentionSizes.MASK_BATCH],
                sizes[AttentionSizes.MASK_HEADS],
                block,
                AttentionSizes.tiles(block, block),
                tiles,
                dropout,
                spec.seed(),
                new Captures());
    }
}
