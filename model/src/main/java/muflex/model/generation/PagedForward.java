package muflex.model.generation;

import java.util.Arrays;
import java.util.List;
import muflex.engine.Device;
import muflex.engine.Program;
import muflex.graph.Graph;
import muflex.graph.Shape;
import muflex.graph.Tensor;
import muflex.model.Positions;
import muflex.model.TrainedModel;
import muflex.model.Transformer;
import muflex.model.parameterization.OptimizerKind;
import muflex.paging.PageTable;
import muflex.paging.PagedTables;

/** The forward pass over new tokens of several sequences behind pages, as one program for all lengths. */
final class PagedForward implements AutoCloseable {

    private final PageTable table;
    private final PagedTables tables;
    private final int queries;
    private final int spare;

    /** Whether the model reads positions itself, so that they are an input of its program. */
    private final boolean rotary;

    private final Tensor tokens;
    private final Tensor position;
    private final Tensor places;
    private final Tensor logits;
    private final Program program;

    /**
     * Compiles it.
     *
     * @param slots sequences in a run at most
     * @param queries new tokens of each at most
     * @param spare a place that no sequence uses: rows without a token write there
     */
    PagedForward(TrainedModel model, PageTable table, int slots, int queries, int spare, Device device) {
        this.table = table;
        this.queries = queries;
        this.spare = spare;
        rotary = model.spec().config().positions() == Positions.ROPE;
        int heads = model.spec().config().heads();
        tables =
                new PagedTables(table, slots, queries, 1, heads, model.variant().maskMod());
        Graph graph = new Graph();
        int rows = slots * queries;
        tokens = graph.intInput("tokens", Shape.of("batch", 1, "new", rows));
        position = graph.intInput("position", Shape.of("new", rows));
        places = graph.intInput("places", Shape.of("new", rows));
        logits = new Transformer(graph, model.spec(), model.variant(), OptimizerKind.ADAM)
                .pagedLogits(tokens, position, places, table, tables);
        program = device.compile(graph, List.of(logits), model.storage());
    }

    /**
     * Appends tokens to sequences and runs over them.
     *
     * @param sequences at most as many as slots
     * @param news the tokens of each, from 1 to {@code queries}
     * @return {@code [slots · queries, vocab]}, valid until the next run: token i of sequence s is row {@code s · queries + i}
     */
    float[] run(int[] sequences, int[][] news) {
        int[] input = program.ints(tokens);
        int[] at = rotary ? program.ints(position) : new int[input.length];
        int[] to = program.ints(places);
        Arrays.fill(input, 0);
        Arrays.fill(at, 0);
        Arrays.fill(to, spare);
        int[][] chains = new int[sequences.length][];
        for (int s = 0; s < sequences.length; s++) {
            int length = table.length(sequences[s]);
            table.append(sequences[s], news[s].length);
            chains[s] = new int[news[s].length];
            for (int i = 0; i < news[s].length; i++) {
                chains[s][i] = i - 1;
                input[s * queries + i] = news[s][i];
                at[s * queries + i] = length + i;
                to[s * queries + i] = table.slot(sequences[s], length + i);
            }
        }
        tables.fill(sequences, chains);
        program.replaceMask(tables.filled());
        program.run();
        return program.floats(logits);
    }

    @Override
    public void close() {
        program.close();
    }
}
