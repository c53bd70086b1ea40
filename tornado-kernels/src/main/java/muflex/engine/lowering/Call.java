package muflex.engine.lowering;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import muflex.engine.lowering.Argument.Array;
import muflex.engine.lowering.Argument.Gradients;
import muflex.engine.lowering.Argument.OfTensor;
import muflex.engine.lowering.Argument.Scalar;
import muflex.expr.RowFunction;
import muflex.graph.Tensor;
import muflex.kernels.AttentionSizes;
import org.jspecify.annotations.Nullable;

/** One step of an operation or a program. Steps run one after the other; each sees what the ones before it wrote. */
public sealed interface Call {

    /**
     * {@code kernel.method(arguments…, first, last)} over work items.
     *
     * @param mods what takes the place of {@code muflex.kernels.Mods} in the kernel; null where it asks for none
     * @param items work items
     * @param size elements in one item: how much work it is
     * @param apart whether no two of its arrays share memory
     * @param arguments all but the last two
     */
    record Loop(
            Class<?> kernel,
            String method,
            @Nullable AttentionMods mods,
            int items,
            long size,
            boolean apart,
            List<Argument> arguments)
            implements Call {
        public Loop {
            arguments = List.copyOf(arguments);
        }
    }

    /**
     * {@code kernel.method(arguments…)} by work groups, of the family {@link Machine.Family#GROUPS}.
     *
     * @param groups how many
     * @param groupSize work items in each
     */
    record Groups(
            Class<?> kernel,
            String method,
            @Nullable AttentionMods mods,
            int groups,
            int groupSize,
            boolean apart,
            List<Argument> arguments)
            implements Call {
        public Groups {
            arguments = List.copyOf(arguments);
        }
    }

    /**
     * A row function over whole arrays, all its parameters {@link RowFunction.Vary#ARRAY}.
     *
     * @param size elements of each array
     * @param arrays those of the parameters, then those of the outputs, which may be the same
     */
    record Elementwise(RowFunction function, List<Object> captures, int size, List<Array> arrays) implements Call {
        public Elementwise {
            captures = List.copyOf(captures);
            arrays = List.copyOf(arrays);
        }
    }

    /** Sets all sums to 0. */
    record ClearGradients(Gradients gradients) implements Call {}

    /** {@code to} = the sums of one slot, over the work items in order. */
    record SumGradients(Gradients gradients, int slot, Array to) implements Call {}

    /** A loop of a kernel without mods, whose arrays may overlap; arguments that are neither {@link Argument} nor tensor are scalars. */
    static Loop loop(Class<?> kernel, String method, int items, long size, Object... arguments) {
        return new Loop(kernel, method, null, items, size, false, arguments(arguments));
    }

    /** A loop of an attention kernel, each of whose items is a tile that meets {@code others} rows of {@code dim}. */
    static Loop tiled(
            Class<?> kernel,
            String method,
            AttentionMods mods,
            int items,
            int others,
            int dim,
            List<Object> arguments) {
        long size = (long) AttentionSizes.TILE * others * dim;
        return new Loop(kernel, method, mods, items, size, true, arguments(arguments.toArray()));
    }

    /** A tensor as its array, and what is neither as a scalar that a kernel is not compiled for. */
    static List<Argument> arguments(Object... values) {
        List<Argument> arguments = new ArrayList<>();
        for (Object value : values) {
            arguments.add(
                    switch (value) {
                        case Argument argument -> argument;
                        case Tensor tensor -> new OfTensor(tensor);
                        default -> new Scalar(value, false);
                    });
        }
        return arguments;
    }

    /** The arguments of a kernel's call; none for those that are no kernel's. */
    default List<? extends Argument> operands() {
        return switch (this) {
            case Loop loop -> loop.arguments;
            case Groups groups -> groups.arguments;
            case Elementwise map -> map.arrays;
            case ClearGradients clear -> List.of(clear.gradients);
            case SumGradients sum -> List.of(sum.gradients, sum.to);
        };
    }

    /** The floats of each scratch array that the calls need, by index. */
    static Map<Integer, Integer> scratch(Collection<? extends Call> calls) {
        Map<Integer, Integer> sizes = new TreeMap<>();
        for (Call call : calls) {
            for (Argument argument : call.operands()) {
                if (argument instanceof Argument.Scratch scratch) {
                    sizes.merge(scratch.index(), scratch.size(), Math::max);
                }
            }
        }
        return sizes;
    }
}
