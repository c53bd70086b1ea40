package muflex.model.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;
import muflex.engine.Device;
import muflex.model.AttentionVariant;
import muflex.model.ModelSpec;
import muflex.model.TrainedModel;
import muflex.model.checkpoint.ModelFile;
import muflex.model.checkpoint.Safetensors;
import muflex.model.data.BatchSampler;
import muflex.model.data.Corpus;
import muflex.model.data.Windows;
import muflex.model.parameterization.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * Trains one model on one device. On a deterministic device ({@code cpu}, {@code loops}, {@code reference}) a run is
 * a function of its configuration, bit for bit, however often it is stopped and resumed.
 *
 * <pre>{@code
 * try (Trainer trainer = Trainer.start(spec, AttentionVariant.CAUSAL, config, corpus, Devices.auto())) {
 *     trainer.run(listener, () -> false, folder);
 * }
 * }</pre>
 */
public final class Trainer implements AutoCloseable {

    private final TrainedModel model;
    private final TrainingConfig config;
    private final Corpus corpus;
    private final Windows windows;
    private final BatchSampler sampler;
    private final TrainingStep program;
    private final Evaluator evaluator;
    private final List<Evaluation> history = new ArrayList<>();
    private long step;
    private double lossSum;
    private int lossSteps;

    private Trainer(TrainedModel model, TrainingConfig config, Corpus corpus, Device device) {
        int context = model.spec().config().context();
        this.model = model;
        this.config = config;
        this.corpus = corpus;
        this.windows = Windows.spread(corpus.validation(), context, config.validationWindows());
        this.sampler = new BatchSampler(corpus.train(), config.batch(), context, config.seed());
        this.program = new TrainingStep(model, config, device);
        this.evaluator = new Evaluator(model, config.batch(), device);
    }

    /** A new run. */
    public static Trainer start(
            ModelSpec spec, AttentionVariant variant, TrainingConfig config, Corpus corpus, Device device) {
        return new Trainer(TrainedModel.initial(spec, variant, config.seed()), config, corpus, device);
    }

    /**
     * Goes on where the checkpoint in {@code folder} left off.
     *
     * @throws IllegalArgumentException if the checkpoint is damaged, or corpus or variant aren't those it was made with
     */
    public static Trainer resume(Path folder, AttentionVariant variant, Corpus corpus, Device device)
            throws IOException {
        TrainingState state = TrainingState.read(folder);
        if (!state.fingerprint().equals(corpus.fingerprint())) {
            throw new IllegalArgumentException("text: expected the checkpoint's corpus " + state.corpus() + " ("
                    + state.fingerprint() + "), got " + corpus.name() + " (" + corpus.fingerprint()
                    + "); pass the same text and size");
        }
        TrainedModel model = ModelFile.read(folder.resolve(state.model()), variant);
        Trainer trainer = new Trainer(model, state.training(), corpus, device);
        Path optimizer = folder.resolve(state.optimizer());
        ModelFile.fill(
                optimizer,
                trainer.optimizerTensors(),
                Safetensors.read(optimizer).tensors(),
                trainer.program.states());
        trainer.step = state.step();
        trainer.lossSum = state.lossSum();
        trainer.lossSteps = state.lossSteps();
        trainer.history.addAll(state.history());
        return trainer;
    }

    public TrainedModel model() {
        return model;
    }

    public TrainingConfig config() {
        return config;
    }

    /** The fixed windows that validation measures; baselines should be measured on them too. */
    public Windows validationWindows() {
        return windows;
    }

    /** Steps taken. */
    public long step() {
        return step;
    }

    /** All validations so far. */
    public List<Evaluation> history() {
        return List.copyOf(history);
    }

    /** The optimizer's state by name, row-major, not copies. */
    public Map<String, float[]> optimizerState() {
        return program.states();
    }

    /**
     * Trains until the schedule ends or {@code stop} says so, validating on the way, and leaves a checkpoint.
     *
     * @param stop asked before each step
     * @param folder where checkpoints go; null for none
     * @return the last validation; after a stop, one of the step at which it stopped
     */
    public Evaluation run(TrainingListener listener, BooleanSupplier stop, @Nullable Path folder) throws IOException {
        if (config.clip() > 0) {
            model.spec().clippingWarning(config.optimizer().family()).ifPresent(listener::onWarning);
        }
        if (step == 0) {
            listener.onEvaluation(evaluate());
        }
        while (step < config.steps() && !stop.getAsBoolean()) {
            listener.onStep(trainStep());
            boolean last = step == config.steps();
            if (step % config.validateEvery() == 0 && !last) {
                listener.onEvaluation(evaluate());
            }
            if (folder != null && config.checkpointEvery() > 0 && step % config.checkpointEvery() == 0 && !last) {
                save(folder);
                listener.onCheckpoint(folder);
            }
        }
        return finish(listener, folder);
    }

    private Evaluation finish(TrainingListener listener, @Nullable Path folder) throws IOException {
        boolean complete = step == config.steps();
        if (complete && history.getLast().step() < step) {
            listener.onEvaluation(evaluate());
        }
        if (folder != null) {
            save(folder);
            listener.onCheckpoint(folder);
        }
        // A stopped run measures without keeping, so that a resumed one has the history of one that went through.
        return complete ? history.getLast() : new Evaluation(step, meanLoss(), evaluator.natsPerByte(windows));
    }

    /**
     * Takes one step.
     *
     * @throws DivergedException if the loss isn't finite
     */
    public StepReport trainStep() {
        long before = System.nanoTime();
        sampler.fill(step, program.tokens(), program.targets());
        step++;
        double rate = config.optimizer().learningRate() * config.schedule().share(step);
        program.run(step, rate, config.schedule().share(step));
        double loss = program.loss();
        if (!Double.isFinite(loss)) {
            throw new DivergedException(String.format(
                    Locale.ROOT,
                    "loss: expected a finite number, got %s at step %d with learning rate %.3g; lower the learning rate",
                    loss,
                    step,
                    rate));
        }
        lossSum += loss;
        lossSteps++;
        return new StepReport(
                step,
                config.steps(),
                loss,
                program.gradientNorm(),
                rate,
                program.tokens().length,
                (System.nanoTime() - before) * 1e-9);
    }

    /** Measures the validation loss and adds it to the history. */
    public Evaluation evaluate() {
        Evaluation evaluation = new Evaluation(step, meanLoss(), evaluator.natsPerByte(windows));
        history.add(evaluation);
        lossSum = 0;
        lossSteps = 0;
        return evaluation;
    }

    private double meanLoss() {
        return lossSteps == 0 ? Double.NaN : lossSum / lossSteps;
    }

    /** Writes a checkpoint; the one that was in {@code folder} stays valid until this one is complete. */
    public void save(Path folder) throws IOException {
        String modelName = String.format(Locale.ROOT, "model-%07d.safetensors", step);
        String optimizerName = String.format(Locale.ROOT, "optimizer-%07d.safetensors", step);
        ModelFile.write(folder.resolve(modelName), model);
        Safetensors.write(
                folder.resolve(optimizerName),
                new Safetensors.Contents(Map.of(), ModelFile.entries(optimizerTensors(), program.states())));
        new TrainingState(
                        TrainingState.FORMAT,
                        step,
                        modelName,
                        optimizerName,
                        config,
                        corpus.name(),
                        corpus.fingerprint(),
                        lossSum,
                        lossSteps,
                        history)
                .write(folder);
        removeOthers(folder, List.of(modelName, optimizerName));
    }

    private static void removeOthers(Path folder, List<String> current) throws IOException {
        try (var files = Files.newDirectoryStream(folder, "{model,optimizer}-[0-9]*.safetensors")) {
            for (Path file : files) {
                if (!current.contains(file.getFileName().toString())) {
                    Files.delete(file);
                }
            }
        }
    }

    /** The optimizer's states, as tensors to save. */
    private List<TensorSpec> optimizerTensors() {
        List<TensorSpec> tensors = new ArrayList<>();
        for (TensorSpec tensor : model.tensors()) {
            for (String prefix : config.optimizer().states(tensor.role())) {
                tensors.add(new TensorSpec(
                        prefix + tensor.name(), tensor.role(), tensor.sizes(), tensor.fanIn(), tensor.fanOut()));
            }
        }
        return tensors;
    }

    @Override
    public void close() {
        program.close();
        evaluator.close();
    }
}
