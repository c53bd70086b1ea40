package muflex.model.training;

import java.util.List;
import muflex.engine.Device;
import muflex.engine.Program;
import muflex.graph.Graph;
import muflex.graph.Shape;
import muflex.graph.Tensor;
import muflex.model.TrainedModel;
import muflex.model.Transformer;
import muflex.model.data.Windows;
import muflex.model.parameterization.OptimizerKind;

/** Measures a model's loss on fixed windows of a text, with the parameters as they are at each call. */
public final class Evaluator implements AutoCloseable {

    private final int batch;
    private final Tensor tokens;
    private final Tensor targets;
    private final Tensor losses;
    private final Program program;

    /** @param batch windows that are measured at once */
    public Evaluator(TrainedModel model, int batch, Device device) {
        this.batch = batch;
        Graph graph = new Graph();
        Shape shape = Shape.of("batch", batch, "seq", model.spec().config().context());
        tokens = graph.intInput("tokens", shape);
        targets = graph.intInput("targets", shape);
        Tensor logits = new Transformer(graph, model.spec(), model.variant(), OptimizerKind.ADAM).logits(tokens);
        losses = graph.crossEntropy(logits, targets).node().output(1);
        program = device.compile(graph, List.of(losses), model.storage());
    }

    /** Mean loss over all bytes that the windows predict, in nats per byte. */
    public double natsPerByte(Windows windows) {
        double sum = 0;
        for (int from = 0; from < windows.count(); from += batch) {
            int rows = Math.min(batch, windows.count() - from);
            for (int row = 0; row < rows; row++) {
                windows.fill(from + row, row, program.ints(tokens), program.ints(targets));
            }
            program.run();
            float[] nats = program.floats(losses);
            for (int i = 0; i < rows * windows.context(); i++) {
                sum += nats[i];
            }
        }
        return sum / ((double) windows.count() * windows.context());
    }

    @Override
    public void close() {
        program.close();
    }
}
