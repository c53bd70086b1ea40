package muflex.engine.jvm;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import muflex.engine.lowering.Argument;
import muflex.engine.lowering.Argument.Array;
import muflex.engine.lowering.Argument.Gradients;
import muflex.engine.lowering.AttentionMods;
import muflex.engine.lowering.Call;
import muflex.graph.Tensor;
import org.jspecify.annotations.Nullable;

/** Turns calls into steps: method handles with their arrays bound. */
final class Binder {
    private static final Object[] NO_CAPTURES = {};

    private final Kernels kernels;
    private final float[][] operands;
    private final Function<Tensor, Object> tensors;
    private final Map<Integer, float[]> scratch = new HashMap<>();
    private final Map<Gradients, GradientSums> sums = new HashMap<>();

    /**
     * @param operands where the arrays that come with each call are put before it
     * @param tensors the arrays of a graph's tensors
     */
    Binder(Kernels kernels, float[][] operands, Function<Tensor, Object> tensors) {
        this.kernels = kernels;
        this.operands = operands;
        this.tensors = tensors;
    }

    /** The steps of calls of one node or operation. Make the {@linkplain #reserve scratch} of all nodes first. */
    Step[] bind(List<Call> calls) {
        return calls.stream().map(this::bind).toArray(Step[]::new);
    }

    /** Makes the scratch arrays of calls. */
    void reserve(Collection<Call> calls) {
        Call.scratch(calls)
                .forEach((index, size) -> scratch.merge(
                        index, new float[size], (known, fresh) -> known.length >= fresh.length ? known : fresh));
    }

    /** Bytes of scratch arrays. */
    long bytes() {
        return scratch.values().stream().mapToLong(array -> 4L * array.length).sum();
    }

    private Step bind(Call call) {
        return switch (call) {
            case Call.Loop loop -> loop(loop);
            case Call.Elementwise map -> elementwise(map);
            case Call.ClearGradients clear -> sums(clear.gradients())::clear;
            case Call.SumGradients sum -> {
                GradientSums all = sums(sum.gradients());
                if (sum.to() instanceof Argument.Operand to) {
                    yield () -> all.total(sum.slot(), operands[to.index()]);
                }
                float[] to = (float[]) array(sum.to());
                yield () -> all.total(sum.slot(), to);
            }
            case Call.Groups groups ->
                throw new IllegalArgumentException("work groups: expected kernels of tiles on this device, got "
                        + groups.kernel().getSimpleName() + "." + groups.method());
        };
    }

    private Step loop(Call.Loop loop) {
        MethodHandle kernel = kernels.find(loop.kernel(), loop.method(), loop.mods());
        // From the last to the first, so that places do not move.
        for (int i = loop.arguments().size() - 1; i >= 0; i--) {
            kernel = bind(kernel, i, loop.arguments().get(i), loop.mods());
        }
        return kernels.step(kernel, loop.items(), loop.size());
    }

    private MethodHandle bind(MethodHandle kernel, int at, Argument argument, @Nullable AttentionMods mods) {
        if (argument instanceof Argument.Operand operand) {
            MethodHandle read = MethodHandles.arrayElementGetter(float[][].class);
            return MethodHandles.collectArguments(
                    kernel, at, MethodHandles.insertArguments(read, 0, operands, operand.index()));
        }
        Object value = switch (argument) {
            case Array array -> array(array);
            case Argument.Scalar scalar -> scalar.value();
            case Argument.Captures ignored ->
                mods == null ? NO_CAPTURES : mods.captures().toArray();
            case Gradients gradients -> sums(gradients).arrays();
        };
        return MethodHandles.insertArguments(kernel, at, value);
    }

    private Object array(Array array) {
        return switch (array) {
            case Argument.OfTensor(Tensor tensor) -> tensors.apply(tensor);
            case Argument.Scratch s -> Objects.requireNonNull(scratch.get(s.index()), "scratch not reserved");
            case Argument.Floats floats -> floats.values();
            case Argument.Ints ints -> ints.values();
            case Argument.LiveInts ints -> ints.values();
            case Argument.Live live -> live.values();
            case Argument.Operand operand ->
                throw new IllegalArgumentException("operand " + operand.index() + " is not bound to one array");
        };
    }

    private GradientSums sums(Gradients gradients) {
        return sums.computeIfAbsent(gradients, GradientSums::new);
    }

    private Step elementwise(Call.Elementwise map) {
        List<Object> arrays = new ArrayList<>();
        map.arrays().forEach(array -> arrays.add(array(array)));
        MethodHandle bound =
                bind(kernels.row(map.function()), arrays, map.captures().toArray());
        return new MapStep(kernels.workers(), bound, map.size());
    }

    /** {@code (int offset, int count)void}: the arrays bound, and one offset for all of them. */
    private static MethodHandle bind(MethodHandle row, List<Object> operands, Object[] captures) {
        int arrays = operands.size();
        Class<?>[] types = new Class<?>[2 + arrays];
        Arrays.fill(types, float[].class);
        types[0] = int.class;
        types[1] = int.class;
        int[] order = new int[2 * arrays + 1];
        for (int i = 0; i < arrays; i++) {
            order[2 * i] = 2 + i;
        }
        order[2 * arrays] = 1;
        MethodHandle noCaptures = MethodHandles.insertArguments(row, 2 * arrays + 1, (Object) captures);
        MethodHandle oneOffset =
                MethodHandles.permuteArguments(noCaptures, MethodType.methodType(void.class, types), order);
        return MethodHandles.insertArguments(oneOffset, 2, operands.toArray());
    }
}
