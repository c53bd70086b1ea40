package muflex.model.training;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import muflex.engine.Device;
import muflex.engine.Program;
import muflex.graph.Gradients;
import muflex.graph.Graph;
import muflex.graph.Shape;
import muflex.graph.Tensor;
import muflex.model.TrainedModel;
import muflex.model.Transformer;

/** A whole training step as one program: forward, backward, clipping and updates. */
final class TrainingStep implements AutoCloseable {

    private final Tensor tokens;
    private final Tensor targets;
    private final StepInputs inputs;
    private final Tensor loss;
    private final Tensor squaredNorm;
    private final TrainedModel model;
    private final Program program;

    TrainingStep(TrainedModel model, TrainingConfig config, Device device) {
        this.model = model;
        Graph graph = new Graph();
        Shape batch =
                Shape.of("batch", config.batch(), "seq", model.spec().config().context());
        tokens = graph.intInput("tokens", batch);
        targets = graph.intInput("targets", batch);
        Transformer transformer = new Transformer(
                graph, model.spec(), model.variant(), config.optimizer().family());
        loss = graph.crossEntropy(transformer.logits(tokens), targets);
        List<Tensor> parameters =
                transformer.weights().stream().map(Transformer.Weight::tensor).toList();
        List<Tensor> gradients = Gradients.of(graph, loss, parameters);
        squaredNorm = graph.sumSquares(gradients);
        Tensor clipping = config.clip() == 0 ? null : graph.clipFactor(gradients, (float) config.clip());
        inputs = new StepInputs(graph, clipping);
        List<Tensor> outputs = new ArrayList<>(List.of(loss, squaredNorm));
        for (int i = 0; i < parameters.size(); i++) {
            Transformer.Weight weight = transformer.weights().get(i);
            outputs.add(config.optimizer().update(inputs, weight.tensor(), gradients.get(i), weight.settings()));
        }
        program = device.compile(graph, outputs, model.storage());
    }

    /** Where the batch's inputs go: {@code [batch, context]}. */
    int[] tokens() {
        return program.ints(tokens);
    }

    /** Where each input's next byte goes: {@code [batch, context]}. */
    int[] targets() {
        return program.ints(targets);
    }

    /** Runs step {@code number}, counted from 1. */
    void run(long number, double rate) {
        program.floats(inputs.learningRate())[0] = (float) rate;
        Tensor step = inputs.usedStep();
        if (step != null) {
            program.floats(step)[0] = number;
        }
        program.run();
    }

    double loss() {
        return program.floats(loss)[0];
    }

    double gradientNorm() {
        return Math.sqrt(program.floats(squaredNorm)[0]);
    }

    /** The optimizer's arrays by name, not copies. */
    Map<String, float[]> states() {
        Map<String, float[]> arrays = new LinkedHashMap<>();
        inputs.states()
                .forEach(state -> arrays.put(state.name(), model.storage().floats(state)));
        return arrays;
    }

    @Override
    public void close() {
        program.close();
    }
}
