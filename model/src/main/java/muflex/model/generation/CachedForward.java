package muflex.model.generation;

import java.util.List;
import muflex.engine.Device;
import muflex.engine.Program;
import muflex.graph.Graph;
import muflex.graph.Shape;
import muflex.graph.Tensor;
import muflex.model.TrainedModel;
import muflex.model.Transformer;
import muflex.model.parameterization.OptimizerKind;

/** The forward pass over a fixed number of new tokens behind the cache, as one program for all positions. */
final class CachedForward implements AutoCloseable {

    private final int length;
    private final Tensor tokens;
    private final Tensor position;
    private final Tensor logits;
    private final int[] positionSeenByMods = new int[1];
    private final Program program;

    CachedForward(TrainedModel model, int length, Device device) {
        this.length = length;
        Graph graph = new Graph();
        tokens = graph.intInput("tokens", Shape.of("batch", 1, "new", length));
        position = graph.intInput("position", Shape.scalar());
        logits = new Transformer(graph, model.spec(), model.variant(), OptimizerKind.ADAM)
                .cachedLogits(tokens, position, positionSeenByMods);
        program = device.compile(graph, List.of(logits), model.storage());
    }

    /** How many tokens a run takes. */
    int length() {
        return length;
    }

    /**
     * Runs over {@code count} tokens from {@code from} on; the rest of the program's room is padding, whose keys lie in
     * the future until they are overwritten.
     *
     * @return {@code [length, vocab]}, valid until the next run
     */
    float[] run(int[] text, int from, int count, int at) {
        int[] input = program.ints(tokens);
        for (int i = 0; i < length; i++) {
            input[i] = i < count ? text[from + i] : 0;
        }
        program.ints(position)[0] = at;
        positionSeenByMods[0] = at;
        program.run();
        return program.floats(logits);
    }

    @Override
    public void close() {
        program.close();
    }
}
