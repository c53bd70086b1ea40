package muflex.engine.lowering;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.Precision;
import muflex.engine.AttentionSpec;
import muflex.engine.lowering.Argument.Array;
import muflex.engine.lowering.Argument.Captures;
import muflex.engine.lowering.Argument.Floats;
import muflex.engine.lowering.Argument.Gradients;
import muflex.engine.lowering.Argument.Ints;
import muflex.engine.lowering.Argument.Live;
import muflex.engine.lowering.Argument.Scalar;
import muflex.engine.lowering.Argument.Scratch;
import muflex.engine.lowering.AttentionLowering.Backward;
import muflex.kernels.AttentionSizes;
import muflex.kernels.GroupBackward;
import muflex.kernels.GroupBackwardHalf;
import muflex.kernels.GroupForward;
import muflex.kernels.GroupForwardHalf;
import muflex.kernels.GroupForwardPair;
import muflex.kernels.GroupForwardWide;
import muflex.kernels.WarpDelta;
import org.jspecify.annotations.Nullable;

/** One attention operation as calls of group kernels: in float, on tensor cores, and with the keys dealt to many groups. */
final class GroupCalls {
    private static final int HALF_Q = 2;
    private static final int HALF_K = 3;
    private static final int HALF_V = 4;
    private static final int HALF_D_OUT = 5;
    private static final int SHIFT = 6;

    /** Where in {@link #forwardArguments} what a kernel has of places comes: before the spans. */
    private static final int PLACES = 6;

    private final AttentionSpec spec;
    private final AttentionShape shape;
    private final AttentionMods mods;
    private final Machine machine;
    private final Ints sizes;
    private final GroupFits fits;
    private final GroupDecodeCalls decode;
    private final boolean half;
    private final Scalar bfloat;
    private @Nullable BlockMask mask;
    private final Map<Integer, Spans> byTile = new HashMap<>();

    GroupCalls(AttentionSpec spec, AttentionMods mods, Machine machine, Ints sizes) {
        this.spec = spec;
        this.mods = mods;
        this.machine = machine;
        this.sizes = sizes;
        shape = spec.shape();
        fits = new GroupFits(shape, machine);
        decode = new GroupDecodeCalls(shape, mods, machine);
        mask = spec.mask();
        half = spec.precision() != Precision.SINGLE;
        bfloat = new Scalar(spec.precision() == Precision.BFLOAT16, true);
        if (half) {
            requireFragments();
        }
    }

    private void requireFragments() {
        if (!machine.fragments()) {
            throw new IllegalArgumentException("precision: expected single on this device, got " + spec.precision()
                    + ", which needs tensor cores; use an NVIDIA GPU through cuda");
        }
        if (!fits.half(1, 0)) {
            throw new IllegalArgumentException("precision: expected single, got " + spec.precision() + " for dims "
                    + shape.headDim() + " and " + shape.valueDim()
                    + ", whose tiles are larger than this device's local memory or work groups");
        }
    }

    /** Whether the forward pass is a group kernel here. */
    boolean takesForward() {
        return half || fits.forward() != null;
    }

    /** Whether the backward pass is. */
    boolean takesBackward() {
        return halfBackward() != null || fits.backward() != null;
    }

    /** The kernels of the backward pass on tensor cores; null where it is one of floats. */
    private @Nullable Class<?> halfBackward() {
        return half ? fits.halfBackward() : null;
    }

    /** See {@link AttentionLowering#round}. */
    List<Call> round(Array k, Array v) {
        int keys = shape.batch() * shape.kvHeads() * shape.kvLength();
        return half ? List.of(pack(keys, k, v, halfK(), halfV())) : List.of();
    }

    private Scratch shift() {
        return new Scratch(SHIFT, shape.lseSize());
    }

    private Scratch halfK() {
        return pairs(HALF_K, shape.batch() * shape.kvHeads() * shape.kvLength(), shape.headDim());
    }

    private Scratch halfV() {
        return pairs(HALF_V, shape.batch() * shape.kvHeads() * shape.kvLength(), shape.valueDim());
    }

    /** The calls that fill {@code out} and {@code lse}. Few queries take floats, so that keys are not read twice. */
    List<Call> forward(Array q, Array k, Array v, Array out, Array lse) {
        boolean few = decode.splits(sizes.values(), false) > 1;
        List<Call> calls = new ArrayList<>(few ? List.of() : round(k, v));
        calls.addAll(forward(few, q, k, v, out, lse));
        return calls;
    }

    /** The same behind {@link #round}. */
    List<Call> forwardRounded(Array q, Array k, Array v, Array out, Array lse) {
        return forward(!half, q, k, v, out, lse);
    }

    private List<Call> forward(boolean floats, Array q, Array k, Array v, Array out, Array lse) {
        int splits = decode.splits(sizes.values(), !floats);
        if (splits > 1) {
            Spans spans = byQuery(AttentionSizes.TILE);
            Array keys = floats ? k : halfK();
            Array values = floats ? v : halfV();
            return decode.forward(
                    splits,
                    floats ? null : bfloat,
                    (parts, lses) -> forwardArguments(spans, q, keys, values, parts, lses),
                    out,
                    lse);
        }
        if (half) {
            return List.of(halfForward(q, out, lse));
        }
        int groups = GroupForward.groups(sizes.values());
        List<Object> arguments = forwardArguments(byQuery(AttentionSizes.TILE), q, k, v, out, lse);
        Class<?> kernel = Objects.requireNonNull(fits.forward(), "takesForward() says so");
        return List.of(groups(kernel, "forward", groups, GroupForward.ITEMS, arguments));
    }

    private List<Object> forwardArguments(Spans spans, Array q, Array k, Array v, Array out, Array lse) {
        return List.of(
                q,
                k,
                v,
                out,
                lse,
                spec.sinks() == null ? new Floats(new float[0]) : new Live(spec.sinks()),
                spans.argument(spans.starts()),
                spans.argument(spans.spans()),
                sizes,
                spec.scale(),
                dropout(),
                spec.seed(),
                new Captures());
    }

    private Call halfForward(Array q, Array out, Array lse) {
        return fits.wide() ? wideForward(q, out, lse) : fragmentsForward(q, out, lse);
    }

    private Call wideForward(Array q, Array out, Array lse) {
        int tiles = !cut() && GroupForwardHalf.groups(sizes.values(), 2) >= machine.threads() ? 2 : 1;
        int groups = GroupForwardHalf.groups(sizes.values(), tiles);
        Spans spans = byQuery(tiles * AttentionSizes.TILE);
        List<Object> arguments = new ArrayList<>(forwardArguments(spans, q, halfK(), halfV(), out, lse));
        arguments.add(PLACES, new Ints(GroupForwardWide.places(sizes.values(), tiles), Set.of()));
        boolean alone = tiles == 1 && groups <= machine.threads();
        if (!alone) {
            arguments.add(new Scalar(tiles, true));
        }
        arguments.add(bfloat);
        arguments.add(plain());
        return alone
                ? groups(GroupForwardPair.class, "forward", groups, GroupForwardPair.ITEMS, arguments)
                : groups(GroupForwardWide.class, "forward", groups, GroupForwardWide.items(tiles), arguments);
    }

    /** Whether scores may be scaled in the exponent. */
    private Scalar plain() {
        return new Scalar(mods.score().equals(AttentionMods.SCORE) && spec.scale() > 0, true);
    }

    private Call fragmentsForward(Array q, Array out, Array lse) {
        int fragments = fragments();
        Spans spans = byQuery(fragments * AttentionSizes.TILE);
        List<Object> arguments = new ArrayList<>(forwardArguments(spans, q, halfK(), halfV(), out, lse));
        arguments.add(new Scalar(fragments, true));
        arguments.add(new Scalar(fits.buffers(fragments), true));
        arguments.add(bfloat);
        arguments.add(plain());
        int groups = GroupForwardHalf.groups(sizes.values(), fragments);
        return groups(GroupForwardHalf.class, "forward", groups, GroupForwardHalf.ITEMS, arguments);
    }

    /** Fragments of 16 queries to a warp: two where that still leaves every compute unit its groups. */
    private int fragments() {
        boolean enough = GroupForwardHalf.groups(sizes.values(), 2) >= 2 * machine.threads();
        return !cut() && fits.twoFragments() && enough ? 2 : 1;
    }

    /** Whether the mask's blocks have fewer queries than two tiles. */
    private boolean cut() {
        return spec.mask() != null && spec.mask().queryBlock() < 2 * AttentionSizes.TILE;
    }

    private static Scratch pairs(int index, int rows, int dim) {
        return new Scratch(index, Math.multiplyExact(rows, GroupForwardHalf.pairs(dim)));
    }

    /** Rounds a matrix of rows of the head dim and one of rows of the value dim. */
    private Call pack(int rows, Array x, Array y, Scratch toX, Scratch toY) {
        return Call.loop(
                GroupForwardHalf.class,
                "pack",
                GroupForwardHalf.packItems(Math.addExact(toX.size(), toY.size())),
                16,
                x,
                y,
                toX,
                toY,
                rows,
                new Scalar(shape.headDim(), true),
                new Scalar(shape.valueDim(), true),
                bfloat);
    }

    /** The call that fills {@code delta}. In float it sums in the order of the kernels' products, which it is subtracted from. */
    Call delta(Backward arrays, Argument dLse, Scratch delta) {
        if (halfBackward() == null) {
            return AttentionLowering.delta(arrays, dLse, delta, shape);
        }
        List<Argument> arguments = Call.arguments(
                arrays.out(),
                arrays.dOut(),
                dLse,
                arrays.lse(),
                delta,
                shift(),
                shape.lseSize(),
                new Scalar(shape.valueDim(), true));
        int groups = WarpDelta.groups(shape.lseSize());
        return new Call.Groups(WarpDelta.class, "delta", null, groups, WarpDelta.ITEMS, false, arguments);
    }

    /** The calls that fill {@code dk}, {@code dv} and the groups' sums of the gradients of captured arrays, then {@code dq}. */
    List<Call> backward(Backward arrays, Spans byKey, Scratch delta, Gradients gradients) {
        Class<?> halves = halfBackward();
        if (halves == null) {
            Class<?> kernel = Objects.requireNonNull(fits.backward(), "takesBackward() says so");
            return List.of(
                    groups(
                            kernel,
                            "keys",
                            gradients.items(),
                            GroupBackward.ITEMS,
                            keys(
                                    arrays,
                                    arrays.q(),
                                    arrays.k(),
                                    arrays.v(),
                                    arrays.dOut(),
                                    arrays.lse(),
                                    byKey,
                                    delta,
                                    gradients)),
                    groups(
                            kernel,
                            "queries",
                            GroupForward.groups(sizes.values()),
                            GroupBackward.ITEMS,
                            queries(arrays, arrays.q(), arrays.k(), arrays.v(), arrays.dOut(), arrays.lse(), delta)));
        }
        int keys = shape.batch() * shape.kvHeads() * shape.kvLength();
        Scratch q = pairs(HALF_Q, shape.lseSize(), shape.headDim());
        Scratch k = halfK();
        Scratch v = halfV();
        Scratch dOut = pairs(HALF_D_OUT, shape.lseSize(), shape.valueDim());
        List<Call> calls = new ArrayList<>();
        calls.add(pack(keys, arrays.k(), arrays.v(), k, v));
        calls.add(pack(shape.lseSize(), arrays.q(), arrays.dOut(), q, dOut));
        int ofKeys = gradients.items();
        int ofQueries = GroupForward.groups(sizes.values());
        if (gradients.lengths().isEmpty() && WideBackwardCalls.fits(machine, shape.headDim(), shape.valueDim())) {
            WideBackwardCalls wide = new WideBackwardCalls(spec, mods, sizes, bfloat, plain());
            List<Scratch> rounded = List.of(q, k, v, dOut);
            Spans byQuery = byQuery(AttentionSizes.TILE);
            calls.add(wide.keys(arrays, rounded, shift(), delta, byKey, ofKeys));
            calls.add(wide.queries(arrays, rounded, shift(), delta, byQuery, ofQueries));
            return calls;
        }
        int items = GroupBackwardHalf.ITEMS;
        List<Object> keyArguments = new ArrayList<>(keys(arrays, q, k, v, dOut, shift(), byKey, delta, gradients));
        keyArguments.add(bfloat);
        List<Object> queryArguments = new ArrayList<>(queries(arrays, q, k, v, dOut, shift(), delta));
        queryArguments.add(bfloat);
        calls.add(groups(halves, "keys", ofKeys, items, keyArguments));
        calls.add(groups(halves, "queries", ofQueries, items, queryArguments));
        return calls;
    }

    private List<Object> keys(
            Backward arrays,
            Array q,
            Array k,
            Array v,
            Array dOut,
            Array normalizer,
            Spans byKey,
            Scratch delta,
            Gradients gradients) {
        return List.of(
                q,
                k,
                v,
                dOut,
                normalizer,
                delta,
                arrays.dk(),
                arrays.dv(),
                byKey.argument(byKey.starts()),
                byKey.argument(byKey.spans()),
                sizes,
                spec.scale(),
                new Scalar(mods.hasDerivative(), true),
                new Scalar(!gradients.lengths().isEmpty(), true),
                dropout(),
                spec.seed(),
                new Captures(),
                gradients,
                gradients.items());
    }

    private List<Object> queries(
            Backward arrays, Array q, Array k, Array v, Array dOut, Array normalizer, Scratch delta) {
        Spans spans = byQuery(AttentionSizes.TILE);
        return List.of(
                q,
                k,
                v,
                dOut,
                normalizer,
                delta,
                arrays.dq(),
                spans.argument(spans.starts()),
                spans.argument(spans.spans()),
                sizes,
                spec.scale(),
                new Scalar(mods.hasDerivative(), true),
                dropout(),
                spec.seed(),
                new Captures());
    }

    private Spans byQuery(int tile) {
        return byTile.computeIfAbsent(tile, key -> Spans.ofQueries(mask, shape, !spec.interpret(), key));
    }

    private Call groups(Class<?> kernel, String method, int groups, int items, List<Object> arguments) {
        return new Call.Groups(kernel, method, mods, groups, items, true, Call.arguments(arguments.toArray()));
    }

    /** Compiled for where it is 0, so that no random number is asked for. */
    private Scalar dropout() {
        return new Scalar(spec.dropout(), spec.dropout() == 0);
    }

    /** See {@link AttentionLowering#replaceMask}. */
    void replaceMask(BlockMask newMask) {
        mask = newMask;
        byTile.forEach((tile, spans) -> spans.copyFrom(Spans.ofQueries(newMask, shape, false, tile)));
    }
}
