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
    private final Transformer transformer;
    private final Map<String, Tensor> gradients = new LinkedHashMap<>();
    private final Program program;

    TrainingStep(TrainedModel model, TrainingConfig config, Device device) {
        this(model, config, device, false);
    }

    /** @param probed whether inner values and gradients can be read after a run */
    TrainingStep(TrainedModel model, TrainingConfig config, Device device, boolean probed) {
        this.model = model;
        Graph graph = new Graph();
        Shape batch =
                Shape.of("batch", config.batch(), "seq", model.spec().config().context());
        tokens = graph.intInput("tokens", batch);
        targets = graph.intInput("targets", batch);
        transformer = new Transformer(
                graph, model.spec(), model.variant(), config.optimizer().family());
        loss = graph.crossEntropy(transformer.logits(tokens), targets);
        List<Tensor> parameters =
                transformer.weights().stream().map(Transformer.Weight::tensor).toList();
        List<Tensor> derivatives = Gradients.of(graph, loss, parameters);
        squaredNorm = graph.sumSquares(derivatives);
        Tensor clipping = config.clip() == 0 ? null : graph.clipFactor(derivatives, (float) config.clip());
        inputs = new StepInputs(graph, clipping);
        List<Tensor> outputs = new ArrayList<>(List.of(loss, squaredNorm));
        for (int i = 0; i < parameters.size(); i++) {
            Transformer.Weight weight = transformer.weights().get(i);
            Tensor gradient = derivatives.get(i);
            gradients.put(weight.tensor().name(), gradient);
            outputs.add(config.optimizer().update(inputs, weight.tensor(), gradient, weight.settings()));
        }
        if (probed) {
            outputs.addAll(inner());
        }
        program = device.compile(graph, outputs, model.storage());
    }

    private List<Tensor> inner() {
        List<Tensor> inner = new ArrayList<>(gradients.values());
        transformer.applied().forEach(use -> inner.add(use.output()));
        transformer.applied().stream().skip(1).forEach(use -> inner.add(use.input()));
        transformer.scored().forEach(layer -> inner.addAll(List.of(layer.query(), layer.key())));
        return inner.stream().distinct().toList();
    }

    /** The model in the graph. */
    Transformer transformer() {
        return transformer;
    }

    /** An inner value of the last run, before its update; of a probed step only. */
    float[] value(Tensor inner) {
        return program.floats(inner);
    }

    /** The gradient of a parameter in the last run; of a probed step only. */
    float[] gradient(String parameter) {
        Tensor gradient = gradients.get(parameter);
        if (gradient == null) {
            throw new IllegalArgumentException("parameter: expected one of " + gradients.keySet() + ", got '"
                    + parameter + "'; use a tensor's name");
        }
        return program.floats(gradient);
    }

    /** Where the batch's inputs go: {@code [batch, context]}. */
    int[] tokens() {
        return program.ints(tokens);
    }

    /** Where each input's next byte goes: {@code [batch, context]}. */
    int[] targets() {
        return program.ints(targets);
    }

    /**
     * Runs a step.
     *
     * @param number of the step, from 1
     * @param rate base learning rate
     * @param share of the peak that {@code rate} is
     */
    void run(long number, double rate, double share) {
        program.floats(inputs.learningRate())[0] = (float) rate;
        Tensor step = inputs.usedStep();
        if (step != null) {
            program.floats(step)[0] = number;
        }
        Tensor scheduled = inputs.usedShare();
        if (scheduled != null) {
            program.floats(scheduled)[0] = (float) share;
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
