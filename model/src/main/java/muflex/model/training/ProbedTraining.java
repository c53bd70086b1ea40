package muflex.model.training;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import muflex.engine.Device;
import muflex.graph.ElementType;
import muflex.graph.Shape;
import muflex.model.AttentionVariant;
import muflex.model.ModelSpec;
import muflex.model.TrainedModel;
import muflex.model.Transformer;
import muflex.model.data.BatchSampler;
import muflex.model.data.Corpus;
import muflex.model.parameterization.Role;
import muflex.model.parameterization.TensorSettings;

/**
 * Training whose inner values can be read after each step. They are those of the step's forward and backward pass, so
 * of the parameters before its update. Slower than {@link Trainer} and without checkpoints: for looking inside.
 */
public final class ProbedTraining implements AutoCloseable {

    private final TrainedModel model;
    private final TrainingConfig config;
    private final BatchSampler sampler;
    private final TrainingStep program;
    private long step;

    /**
     * One use of a matrix in the last step.
     *
     * @param settings the tensor and what the rule gives it
     * @param as what it is here; a tied embedding is both embedding and (transposed) readout
     * @param input x {@code [rows, fan-in]}; empty for the embedding, whose input is tokens
     * @param output {@code multiplier · x · W}, {@code [rows, fan-out]}
     * @param gradient of the loss for W, with W's shape
     */
    public record Use(TensorSettings settings, Role as, float[] input, float[] output, float[] gradient) {}

    /**
     * What one layer's attention scored in the last step.
     *
     * @param query {@code [batch, heads, seq, dim]}
     * @param key {@code [batch, kvHeads, seq, dim]}
     * @param queryShape of query
     * @param keyShape of key
     */
    public record Scores(float[] query, float[] key, Shape queryShape, Shape keyShape) {}

    public ProbedTraining(
            ModelSpec spec, AttentionVariant variant, TrainingConfig config, Corpus corpus, Device device) {
        this.model = TrainedModel.initial(spec, variant, config.seed());
        this.config = config;
        this.sampler =
                new BatchSampler(corpus.train(), config.batch(), spec.config().context(), config.seed());
        this.program = new TrainingStep(model, config, device, true);
    }

    /**
     * Takes a step; returns its loss before the update, in nats a byte.
     *
     * @throws DivergedException if the loss isn't finite
     */
    public double step() {
        sampler.fill(step, program.tokens(), program.targets());
        step++;
        double share = config.schedule().share(step);
        program.run(step, config.optimizer().learningRate() * share, share);
        double loss = program.loss();
        if (!Double.isFinite(loss)) {
            throw new DivergedException(String.format(
                    Locale.ROOT,
                    "%s at width %d, step %d: expected a finite loss, got %s at --lr %.3g; use a smaller --lr",
                    model.spec().rule().name(),
                    model.spec().config().width(),
                    step,
                    loss,
                    config.optimizer().learningRate()));
        }
        return loss;
    }

    /** All parameters by name, after the last step's update; not copies. */
    public Map<String, float[]> parameters() {
        return model.parameters();
    }

    /** The optimizer's states by name, after the last step's update; not copies. */
    public Map<String, float[]> optimizerState() {
        return program.states();
    }

    /** Every use of a matrix in the last step, in the order of the forward pass; the arrays change with the next. */
    public List<Use> uses() {
        return program.transformer().applied().stream().map(this::use).toList();
    }

    private Use use(Transformer.Applied applied) {
        boolean tokens = applied.input().type() == ElementType.INT;
        return new Use(
                applied.weight().settings(),
                applied.as(),
                tokens ? new float[0] : program.value(applied.input()),
                program.value(applied.output()),
                program.gradient(applied.weight().tensor().name()));
    }

    /** Queries and keys of each layer in the last step; the arrays change with the next. */
    public List<Scores> scores() {
        return program.transformer().scored().stream()
                .map(layer -> new Scores(
                        program.value(layer.query()),
                        program.value(layer.key()),
                        layer.query().shape(),
                        layer.key().shape()))
                .toList();
    }

    @Override
    public void close() {
        program.close();
    }
}
