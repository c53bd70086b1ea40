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

    boolean takesForward() {
        return spec.sinks() == null && takes();
    }

    /** Sinks are in the lse; their own gradient is not taken. */
    boolean takesBackward() {
        return spec.learnable().isEmpty() && !mods.hasDerivative() && takes();
    }

    private boolean takes() {
        return machine.strips()
                && spec.weights() == Weights.SOFTMAX
                && spec.dropout() == 0
                && Math.max(shape.headDim(), shape.valueDim()) <= LARGEST;
    }

    Call forward(Array q, Array k, Array v, Array out, Array lse, Spans spans) {
        return ofQueries(StripForward.class, "forward", spans, q, k, v, out, lse);
    }

    /** Fills {@code delta} too, and needs it for nothing before. */
    List<Call> backward(
            AttentionLowering.Backward arrays, Argument dLse, Argument.Scratch delta, Spans byQuery, Spans byKey) {
        Call queries = ofQueries(
                StripBackward.class,
                "queries",
                byQuery,
                arrays.q(),
                arrays.k(),
                arrays.v(),
                arrays.out(),
                arrays.lse(),
                arrays.dOut(),
                dLse,
                delta,
                arrays.dq());
        int block = sizes[AttentionSizes.KEY_BLOCK];
        int tiles = AttentionSizes.tiles(shape.kvLength(), block);
        Call keys = call(
                StripBackward.class,
                "keys",
                shape.batch() * shape.kvHeads() * tiles,
                shape.queryLength(),
                arguments(
                        byKey,
                        block,
                        tiles,
                        arrays.q(),
                        arrays.k(),
                        arrays.v(),
                        arrays.lse(),
                        arrays.dOut(),
                        delta,
                        arrays.dk(),
                        arrays.dv()));
        return List.of(queries, keys);
    }

    /** A kernel whose strips are of queries. */
    private Call ofQueries(Class<?> kernel, String method, Spans spans, Argument... arrays) {
        int block = sizes[AttentionSizes.QUERY_BLOCK];
        int tiles = AttentionSizes.tiles(shape.queryLength(), block);
        return call(
                kernel,
                method,
                AttentionForward.items(sizes),
                shape.kvLength(),
                arguments(spans, block, tiles, arrays));
    }

    /** @param others rows that each strip meets */
    private Call call(Class<?> kernel, String method, int tiles, int others, List<Object> arguments) {
        long size = (long) AttentionSizes.TILE * others * shape.headDim();
        int items = StripForward.items(tiles, machine.lanes());
        return new Call.Loop(kernel, method, mods, items, size, true, Call.arguments(arguments.toArray()));
    }

    /** @param tiles of a head, in blocks of the mask of {@code block} */
    private List<Object> arguments(Spans spans, int block, int tiles, Argument... arrays) {
        List<Object> arguments = new ArrayList<>(List.of(arrays));
        arguments.addAll(List.of(
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
                new Captures()));
        return arguments;
    }
}
