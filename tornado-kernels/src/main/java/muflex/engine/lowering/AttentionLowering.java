package muflex.engine.lowering;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.Weights;
import muflex.engine.AttentionSpec;
import muflex.engine.lowering.Argument.Array;
import muflex.engine.lowering.Argument.Captures;
import muflex.engine.lowering.Argument.Floats;
import muflex.engine.lowering.Argument.Gradients;
import muflex.engine.lowering.Argument.Ints;
import muflex.engine.lowering.Argument.Live;
import muflex.engine.lowering.Argument.Scalar;
import muflex.engine.lowering.Argument.Scratch;
import muflex.kernels.AttentionBackward;
import muflex.kernels.AttentionForward;
import muflex.kernels.AttentionMaxima;
import muflex.kernels.AttentionSinks;
import muflex.kernels.AttentionSizes;
import muflex.kernels.ElementKernels;
import muflex.kernels.TileProducts;
import muflex.paging.KvFormat;
import org.jspecify.annotations.Nullable;

/** One attention operation as calls of kernels. Deterministic for a given {@link Machine#threads}; forward for any. */
public final class AttentionLowering {
    private static final Floats NONE = new Floats(new float[0]);

    /** The sizes that kernels are compiled for: they make arrays of a work item as long as these. */
    private static final Set<Integer> COMPILED = Set.of(AttentionSizes.HEAD_DIM, AttentionSizes.VALUE_DIM);

    /** Less than the longest array by what the last work item that clears the sums counts beyond their end. */
    private static final int LONGEST_SUMS = Integer.MAX_VALUE - ElementKernels.SPAN;

    private static final int DELTA = 0;
    private static final int QUERY_GRADIENT_PARTS = 1;

    private final AttentionSpec spec;
    private final AttentionShape shape;
    private final AttentionMods mods;
    private final Machine machine;
    private final Ints sizes;
    private final GroupCalls groups;
    private final StripCalls strips;
    private final DecodeCalls decodes;
    private final @Nullable StickCalls sticks;
    private @Nullable BlockMask mask;
    private @Nullable Spans byQuery;
    private @Nullable Spans byKey;

    public AttentionLowering(AttentionSpec spec, Machine machine) {
        this.spec = spec;
        this.machine = machine;
        shape = spec.shape();
        mask = spec.mask();
        mods = AttentionMods.of(spec);
        sizes = new Ints(Spans.sizes(spec.mask(), shape), COMPILED);
        groups = new GroupCalls(spec, mods, machine, sizes);
        strips = new StripCalls(spec, mods, machine, sizes.values());
        decodes = new DecodeCalls(shape, mods);
        sticks = spec.weights() == Weights.STICK_BREAKING ? new StickCalls(spec, mods, machine, sizes) : null;
    }

    public AttentionMods mods() {
        return mods;
    }

    /**
     * What the backward pass reads and writes; the shapes are those of {@link muflex.engine.AttentionOp#backward}.
     *
     * @param dLse null for zero
     * @param dLearnable one for each of {@link AttentionSpec#learnable}
     */
    public record Backward(
            Array q,
            Array k,
            Array v,
            Array out,
            Array lse,
            Array dOut,
            @Nullable Array dLse,
            Array dq,
            Array dk,
            Array dv,
            List<Array> dLearnable) {}

    /** The calls that fill {@code out} and {@code lse}. */
    public List<Call> forward(Array q, Array k, Array v, Array out, Array lse) {
        if (sticks != null) {
            return List.of(sticks.forward(q, k, v, out, lse, byQuery()));
        }
        if (groups.takesForward()) {
            return groups.forward(q, k, v, out, lse);
        }
        if (strips.takes()) {
            return List.of(strips.forward(q, k, v, out, lse, sinks(), dropout(), byQuery()));
        }
        if (decodes.takesForward(sizes.values())) {
            return decodes.forward(
                    sizes.values(), KvFormat.FLOAT, (parts, lses) -> forwardArguments(q, k, v, parts, lses), out, lse);
        }
        return List.of(Call.tiled(
                AttentionForward.class,
                "forward",
                mods,
                AttentionForward.items(sizes.values()),
                shape.kvLength(),
                shape.headDim(),
                forwardArguments(q, k, v, out, lse)));
    }

    /** Whether there is {@link #forward(KvFormat, Array, Array, Array, Array, Array)} for all formats. */
    public boolean readsPages() {
        return sticks == null && machine.family() == Machine.Family.TILES && decodes.takesForward(sizes.values());
    }

    /** {@link #forward(Array, Array, Array, Array, Array)} where keys and values are in the given format. */
    public List<Call> forward(KvFormat format, Array q, Array k, Array v, Array out, Array lse) {
        return decodes.forward(
                sizes.values(), format, (parts, lses) -> forwardArguments(q, k, v, parts, lses), out, lse);
    }

    /**
     * The calls that round keys and values, once, for any number of {@link #forwardRounded}; none where it reads them as they are.
     */
    public List<Call> round(Array k, Array v) {
        return sticks == null && groups.takesForward() ? groups.round(k, v) : List.of();
    }

    /** {@link #forward} behind the calls of {@link #round}. */
    public List<Call> forwardRounded(Array q, Array k, Array v, Array out, Array lse) {
        return sticks == null && groups.takesForward()
                ? groups.forwardRounded(q, k, v, out, lse)
                : forward(q, k, v, out, lse);
    }

    private List<Object> forwardArguments(Array q, Array k, Array v, Array out, Array lse) {
        Spans spans = byQuery();
        return List.of(
                q,
                k,
                v,
                out,
                lse,
                sinks(),
                spans.argument(spans.starts()),
                spans.argument(spans.spans()),
                sizes,
                spec.scale(),
                dropout(),
                spec.seed(),
                new Captures());
    }

    /** The call that fills {@code max}, see {@link muflex.engine.AttentionOp#maxScores}. */
    public List<Call> maxScores(Array q, Array k, Array max) {
        Spans spans = byQuery();
        return List.of(new Call.Loop(
                AttentionMaxima.class,
                "maxima",
                mods,
                AttentionMaxima.items(sizes.values()),
                (long) shape.kvLength() * shape.headDim(),
                true,
                Call.arguments(
                        q,
                        k,
                        max,
                        spans.argument(spans.starts()),
                        spans.argument(spans.spans()),
                        sizes,
                        spec.scale(),
                        new Captures())));
    }

    /** Puts other block lists where those of a changing mask are; see {@link muflex.engine.AttentionOp#replaceMask}. */
    public void replaceMask(BlockMask newMask) {
        mask = newMask;
        if (byQuery != null) {
            byQuery.copyFrom(Spans.ofQueries(newMask, shape, false));
        }
        if (byKey != null) {
            byKey.copyFrom(Spans.ofKeys(newMask, shape, false));
        }
        groups.replaceMask(newMask);
    }

    /** The tiles of scores of one batch and head, of all that there are. */
    public String explain() {
        return byQuery().explain(sizes.values());
    }

    /** The calls that fill all gradients. */
    public List<Call> backward(Backward arrays) {
        mods.requireDerivative();
        Scratch delta = new Scratch(DELTA, shape.lseSize());
        Argument dLse = arrays.dLse == null ? NONE : arrays.dLse;
        List<Call> calls = new ArrayList<>();
        boolean byGroups = sticks == null && groups.takesBackward();
        int parts = byGroups ? keyTiles() : parts();
        Gradients gradients = gradients(parts);
        boolean byStrips = strips.takes() && gradients.lengths().isEmpty();
        if (byGroups) {
            calls.add(groups.delta(arrays, dLse, delta));
        } else if (byStrips) {
            calls.add(strips.delta(arrays, dLse, delta));
        } else {
            calls.add(delta(arrays, sticks == null ? dLse : NONE, delta, shape));
        }
        if (!gradients.lengths().isEmpty()) {
            calls.add(new Call.ClearGradients(gradients));
        }
        if (sticks != null) {
            calls.addAll(sticks.backward(arrays, delta, dLse, byQuery(), parts, gradients));
        } else if (byGroups) {
            calls.addAll(groups.backward(arrays, byKey(), delta, gradients));
        } else {
            Scratch dqParts = new Scratch(QUERY_GRADIENT_PARTS, parts * partSize());
            calls.add(
                    byStrips
                            ? strips.backward(arrays, delta, dqParts, dropout(), parts, gradients.items(), byKey())
                            : keys(arrays, delta, dqParts, parts, gradients));
            int heads = shape.batch() * shape.queryHeads();
            calls.add(sumParts(dqParts, parts, heads, shape.queryLength(), shape.headDim(), spec.scale(), arrays.dq));
        }
        learn(calls, arrays, delta, gradients);
        return calls;
    }

    /** The call that fills {@code delta}. */
    static Call delta(Backward arrays, Argument dLse, Scratch delta, AttentionShape shape) {
        return Call.loop(
                AttentionBackward.class,
                "delta",
                shape.lseSize(),
                256,
                arrays.out,
                arrays.dOut,
                dLse,
                delta,
                shape.valueDim());
    }

    /** The call that fills {@code to} with the sums of its parts, times {@code factor}. */
    static Call sumParts(Scratch sums, int parts, int heads, int rows, int dim, float factor, Array to) {
        return Call.loop(TileProducts.class, "sumParts", heads * rows, 256, sums, parts, heads, rows, dim, factor, to);
    }

    /** dk, dv, the parts of dq, and the work items' sums of the gradients of captured arrays. */
    private Call keys(Backward arrays, Scratch delta, Scratch dqParts, int parts, Gradients gradients) {
        Spans spans = byKey();
        return Call.tiled(
                AttentionBackward.class,
                "backward",
                mods,
                gradients.items(),
                shape.queryLength(),
                shape.headDim(),
                List.of(
                        arrays.q,
                        arrays.k,
                        arrays.v,
                        arrays.dOut,
                        arrays.lse,
                        delta,
                        dqParts,
                        arrays.dk,
                        arrays.dv,
                        spans.argument(spans.starts()),
                        spans.argument(spans.spans()),
                        sizes,
                        spec.scale(),
                        new Scalar(mods.hasDerivative(), true),
                        new Scalar(!gradients.lengths().isEmpty(), true),
                        dropout(),
                        spec.seed(),
                        new Captures(),
                        gradients,
                        parts,
                        gradients.items()));
    }

    private Spans byQuery() {
        Spans spans = byQuery == null ? Spans.ofQueries(mask, shape, !spec.interpret()) : byQuery;
        byQuery = spans;
        return spans;
    }

    private Spans byKey() {
        Spans spans = byKey == null ? Spans.ofKeys(mask, shape, !spec.interpret()) : byKey;
        byKey = spans;
        return spans;
    }

    /**
     * Where gradients of captured arrays are wanted, many scores add to one element: the work is dealt to as many items as
     * there are threads, whose sums are added in order, so that the result depends on the number of threads and on
     * nothing else. There are fewer where the sums of all would not fit one array. Where none is wanted, every unit of work
     * is an item.
     */
    private Gradients gradients(int parts) {
        Map<Integer, Integer> lengths = new TreeMap<>();
        for (float[] array : spec.learnable()) {
            int slot = mods.slotOf(array);
            if (slot >= 0) {
                lengths.put(slot, array.length);
            }
        }
        int units = shape.batch() * shape.kvHeads() * parts;
        if (lengths.isEmpty()) {
            return new Gradients(units, lengths);
        }
        int longest = Math.max(1, Collections.max(lengths.values()));
        int fitting = Math.max(1, LONGEST_SUMS / longest);
        return new Gradients(Math.min(Math.min(machine.threads(), units), fitting), lengths);
    }

    /** The gradients of learnable arrays: of those captured, the items' sums; of the sinks. */
    @SuppressWarnings("ReferenceEquality") // learnable arrays are known by identity
    private void learn(List<Call> calls, Backward arrays, Scratch delta, Gradients gradients) {
        for (int i = 0; i < spec.learnable().size(); i++) {
            float[] array = spec.learnable().get(i);
            Array to = arrays.dLearnable.get(i);
            int slot = mods.slotOf(array);
            if (slot >= 0) {
                calls.add(new Call.SumGradients(gradients, slot, to));
            }
            if (array == spec.sinks()) {
                long perHead = (long) shape.batch() * shape.queryLength();
                calls.add(Call.loop(
                        AttentionSinks.class,
                        "gradient",
                        shape.queryHeads(),
                        perHead,
                        new Live(array),
                        arrays.lse,
                        delta,
                        to,
                        sizes));
            }
        }
    }

    private int keyTiles() {
        int[] values = sizes.values();
        return AttentionSizes.tiles(values[AttentionSizes.KEYS], values[AttentionSizes.KEY_BLOCK]);
    }

    /**
     * Parts into which the keys of one head are dealt (for stick-breaking, the queries of a key head): enough for two units of work a
     * thread, as long as the sums of all parts fit one array.
     */
    private int parts() {
        int heads = shape.batch() * shape.kvHeads();
        int wanted = Math.ceilDiv(2 * machine.threads(), heads);
        int tiles = sticks == null
                ? Math.ceilDiv(shape.kvLength(), AttentionSizes.TILE)
                : shape.groupSize() * Math.ceilDiv(shape.queryLength(), AttentionSizes.TILE);
        int fitting = Integer.MAX_VALUE / (sticks == null ? partSize() : sticks.partSize());
        return Math.max(1, Math.min(Math.min(wanted, tiles), fitting));
    }

    private int partSize() {
        return requirePart(
                "dq",
                "queryHeads " + shape.queryHeads() + ", queryLength " + shape.queryLength(),
                shape,
                TileProducts.partSize(
                        shape.batch() * shape.queryHeads(), shape.queryLength(), shape.headDim(), machine.panel()));
    }

    /** The size of one part of a gradient's sums, which an array must hold. */
    static int requirePart(String gradient, String axes, AttentionShape shape, long size) {
        if (size > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("attention backward: expected at most " + Integer.MAX_VALUE
                    + " floats for " + gradient + " in rows of whole vectors, got " + size + " (batch " + shape.batch()
                    + ", " + axes + ", headDim " + shape.headDim()
                    + "); split the batch or the heads into several calls");
        }
        return (int) size;
    }

    private Argument sinks() {
        return spec.sinks() == null ? NONE : new Live(spec.sinks());
    }

    /** Compiled for where it is 0, so that no random number is asked for. */
    private Scalar dropout() {
        return new Scalar(spec.dropout(), spec.dropout() == 0);
    }
}
