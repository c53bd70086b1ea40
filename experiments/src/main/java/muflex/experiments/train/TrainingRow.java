package muflex.experiments.train;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import muflex.engine.Device;
import muflex.experiments.mup.RuleArgument;
import muflex.experiments.report.Environment;
import muflex.experiments.report.Git;
import muflex.experiments.report.Row;
import muflex.experiments.report.Samples;
import muflex.model.ModelSpec;
import muflex.model.TransformerConfig;
import muflex.model.data.Baselines;
import muflex.model.data.Corpus;
import muflex.model.training.DivergedException;
import muflex.model.training.Evaluation;
import muflex.model.training.StepReport;
import muflex.model.training.Trainer;
import muflex.model.training.TrainingListener;
import org.jspecify.annotations.Nullable;

/** A training run as one row: its losses, and its steps' times. */
public final class TrainingRow implements TrainingListener {

    private final Trainer trainer;
    private final Corpus corpus;
    private final Device device;
    private final String command;
    private final String started = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    private final List<Long> steps = new ArrayList<>();
    private long tokens;

    /** @param command measures the row again */
    public TrainingRow(Trainer trainer, Corpus corpus, Device device, String command) {
        this.trainer = trainer;
        this.corpus = corpus;
        this.device = device;
        this.command = command;
    }

    /** Trains to the end; no row if it was stopped before, with a checkpoint in {@code folder}. */
    public List<Row> run(Path folder, BooleanSupplier stop) throws IOException {
        try {
            Evaluation last = trainer.run(this, stop, folder);
            if (last.step() < trainer.config().steps()) {
                return List.of();
            }
            return List.of(
                    Double.isFinite(last.validationLoss())
                            ? row(last, null)
                            : row(
                                    null,
                                    "loss: expected a finite number, got " + last.validationLoss()
                                            + " on held-out files after the last step"));
        } catch (DivergedException e) {
            return List.of(row(null, e.getMessage()));
        }
    }

    @Override
    public void onStep(StepReport report) {
        steps.add(Math.round(report.seconds() * 1e9));
        tokens += report.tokens();
    }

    private Row row(@Nullable Evaluation last, @Nullable String divergence) {
        long nanos = steps.stream().mapToLong(Long::longValue).sum();
        long[] samples = steps.stream().mapToLong(Long::longValue).toArray();
        Baselines baselines = Baselines.measure(corpus, trainer.validationWindows());
        Double trainLoss = last == null || Double.isNaN(last.trainLoss()) ? null : (Double) last.trainLoss();
        return new Row(
                Row.SCHEMA,
                "train",
                started,
                Row.Status.OK,
                divergence,
                null,
                axes(),
                device.description(),
                device.driver().isEmpty() ? null : device.driver(),
                List.of(),
                samples.length == 0 ? null : Row.Timing.of(new Samples(samples), 0, 0, samples[0]),
                null,
                null,
                null,
                null,
                new Row.Training(
                        trainer.step(),
                        trainer.model().spec().parameterCount(),
                        trainLoss,
                        last == null ? null : (Double) last.validationLoss(),
                        baselines.unigram(),
                        baselines.bigram(),
                        baselines.trigram(),
                        nanos == 0 ? null : (Double) (tokens / (nanos * 1e-9)),
                        divergence != null),
                null,
                Environment.current(),
                Git.here(),
                trainer.config().seed(),
                command,
                null);
    }

    private Map<String, String> axes() {
        ModelSpec model = trainer.model().spec();
        TransformerConfig config = model.config();
        Map<String, String> axes = new LinkedHashMap<>();
        axes.put("rule", RuleArgument.of(model.rule()).id());
        axes.put("width", Integer.toString(config.width()));
        axes.put("depth", Integer.toString(config.depth()));
        axes.put("heads", Integer.toString(config.heads()));
        axes.put("context", Integer.toString(config.context()));
        axes.put("batch", Integer.toString(trainer.config().batch()));
        axes.put("steps", Integer.toString(trainer.config().steps()));
        if (config.tied()) {
            axes.put("tied", "true");
        }
        axes.put("optimizer", trainer.config().optimizer().name());
        axes.put("lr", Double.toString(trainer.config().optimizer().learningRate()));
        axes.put("seed", Long.toString(trainer.config().seed()));
        axes.put("attention", trainer.model().variant().name());
        axes.put("device", device.id());
        return axes;
    }
}
