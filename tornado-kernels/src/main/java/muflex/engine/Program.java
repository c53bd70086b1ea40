package muflex.engine;

import java.util.List;
import muflex.attention.BlockMask;
import muflex.graph.Tensor;

/**
 * Outputs of a graph compiled for one device. Write the inputs' arrays, call {@link #run()}, read the outputs' arrays;
 * a run allocates nothing. Parameters and states live in the {@link Storage} it was compiled with, and updates change
 * them there; ask for their arrays anew after a run. One run at a time.
 *
 * <pre>{@code
 * try (Program step = device.compile(graph, List.of(loss), storage)) {
 *     System.arraycopy(batch, 0, step.ints(tokens), 0, batch.length);
 *     step.run();
 *     float nats = step.floats(loss)[0];
 * }
 * }</pre>
 */
public interface Program extends AutoCloseable {

    /** Computes the outputs from the inputs and the storage. */
    void run();

    /** The row-major array of a float input, output, parameter or state; the same one on every call. */
    float[] floats(Tensor tensor);

    /** The row-major array of an int input; the same one on every call. */
    int[] ints(Tensor tensor);

    /**
     * Puts other block lists where those of a {@linkplain BlockMask#changing() changing} mask are, in all attention that has it;
     * nothing is compiled. From the next run on keys that no list has are not read.
     *
     * @param mask from {@link BlockMask#withKvBlocks} of the mask in the graph
     * @throws IllegalArgumentException if no attention of the program has that mask, or it stays
     */
    void replaceMask(BlockMask mask);

    /** Bytes of all arrays that the program itself holds: inputs, outputs, intermediate values and scratch. */
    long bytes();

    /** Where the time of all runs went, by kind of op; empty where the engine does not know. */
    default List<Timing> timings() {
        return List.of();
    }

    @Override
    void close();
}
