package muflex.engine.lowering;

import java.util.Map;
import java.util.Set;
import muflex.graph.Tensor;

/** What a kernel is called with, before an engine has given it a place. */
public sealed interface Argument {

    /** An array. */
    sealed interface Array extends Argument {}

    /** The array of a tensor of the graph, where the program's memory plan has it. */
    record OfTensor(Tensor tensor) implements Array {}

    /**
     * A float array that comes with every call of an operation.
     *
     * @param index its place among those of the operation
     */
    record Operand(int index, int size) implements Array {}

    /**
     * Floats that the calls of one node, or of one operation, use between them; the next node may overwrite them.
     *
     * @param index tells those apart that are in use at once
     * @param size the floats that are needed; the array may be longer
     */
    record Scratch(int index, int size) implements Array {}

    /** An array that never changes. */
    record Floats(float[] values) implements Array {}

    /**
     * An array that never changes.
     *
     * @param known indices whose values a kernel is compiled for, such as the head dim; the rest may differ between calls
     */
    record Ints(int[] values, Set<Integer> known) implements Array {}

    /** An array whose elements may change between runs: it is read anew on each. */
    record LiveInts(int[] values) implements Array {}

    /** An array of the user's, who may change its elements between runs: it is read anew on each. */
    record Live(float[] values) implements Array {}

    /**
     * A number or a truth value.
     *
     * @param value boxed, of the parameter's own type
     * @param known whether a kernel is compiled for this value
     */
    record Scalar(Object value, boolean known) implements Argument {}

    /** The captured values of the call's mods, by slot: arrays are {@link Live}. */
    record Captures() implements Argument {}

    /**
     * Sums of gradients of captured arrays, an array for each work item and wanted slot.
     *
     * @param items work items
     * @param lengths of the wanted captures, by slot; empty where no gradient is wanted
     */
    record Gradients(int items, Map<Integer, Integer> lengths) implements Argument {
        public Gradients {
            lengths = Map.copyOf(lengths);
        }
    }
}
