package muflex.experiments.train;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import muflex.experiments.Progress;
import muflex.experiments.report.Json;
import muflex.experiments.report.Units;
import muflex.model.data.Baselines;
import muflex.model.training.Evaluation;
import muflex.model.training.StepReport;
import muflex.model.training.TrainingListener;
import org.jspecify.annotations.Nullable;

/**
 * Shows a training run: a table that grows by a line at each validation, the progress in between, and the same numbers
 * as JSON Lines in the run's folder.
 */
public final class TrainingLog implements TrainingListener, AutoCloseable {

    private static final String FILE = "metrics.jsonl";

    private final PrintWriter out;
    private final Progress progress;
    private final Baselines baselines;
    private final BufferedWriter metrics;
    private long tokens;
    private double seconds;
    private long tokensSince;
    private double secondsSince;

    /**
     * A validation in the metrics file, losses in nats per byte.
     *
     * @param trainLoss null before the first step
     * @param tokensPerSecond of the steps since the last validation, without the validation itself; null before the first
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Line(
            long step,
            @Nullable Double trainLoss,
            double validationLoss,
            @Nullable Double tokensPerSecond,
            double unigram,
            double bigram,
            double trigram) {}

    /** @param folder the run's; metrics of an earlier part of the run stay */
    public TrainingLog(PrintWriter out, Progress progress, Baselines baselines, Path folder) throws IOException {
        this.out = out;
        this.progress = progress;
        this.baselines = baselines;
        Files.createDirectories(folder);
        metrics = Files.newBufferedWriter(folder.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /** The table's head, with the baselines that the losses stand beside. */
    public void begin() {
        print("loss in nats a byte; by counting alone: unigram %.3f, bigram %.3f, trigram %.3f"
                .formatted(baselines.unigram(), baselines.bigram(), baselines.trigram()));
        print("%8s  %8s  %10s  %9s  %s".formatted("step", "train", "validation", "tokens/s", "below"));
    }

    @Override
    public void onWarning(String warning) {
        progress.line("warning: " + warning);
    }

    @Override
    public void onStep(StepReport report) {
        tokens += report.tokens();
        seconds += report.seconds();
        tokensSince += report.tokens();
        secondsSince += report.seconds();
        progress.show(
                (double) report.step() / report.steps(),
                "step %d of %d, loss %.3f, %.0f tokens/s"
                        .formatted(report.step(), report.steps(), report.loss(), tokens / seconds));
    }

    @Override
    public void onEvaluation(Evaluation evaluation) {
        progress.clear();
        boolean first = tokensSince == 0;
        Double rate = first ? null : tokensSince / secondsSince;
        print("%8d  %8s  %10s  %9s  %s"
                .formatted(
                        evaluation.step(),
                        first ? "" : loss(evaluation.trainLoss()),
                        loss(evaluation.validationLoss()),
                        rate == null ? "" : Units.significant(rate),
                        below(evaluation.validationLoss()))
                .stripTrailing());
        write(new Line(
                evaluation.step(),
                first ? null : evaluation.trainLoss(),
                evaluation.validationLoss(),
                rate,
                baselines.unigram(),
                baselines.bigram(),
                baselines.trigram()));
        tokensSince = 0;
        secondsSince = 0;
    }

    /** What came of it: the last validation in words. */
    public void end(Evaluation last) {
        progress.clear();
        String beaten = below(last.validationLoss());
        print("validation loss %.3f nats a byte (%.3f bits) after %d steps, %s; %s tokens/s"
                .formatted(
                        last.validationLoss(),
                        Baselines.bits(last.validationLoss()),
                        last.step(),
                        beaten.isEmpty() ? "above every baseline" : "below the " + beaten + " baseline",
                        seconds == 0 ? "no" : Units.significant(tokens / seconds)));
    }

    private String below(double loss) {
        if (loss < baselines.trigram()) {
            return "trigram";
        }
        if (loss < baselines.bigram()) {
            return "bigram";
        }
        return loss < baselines.unigram() ? "unigram" : "";
    }

    private static String loss(double nats) {
        return String.format(Locale.ROOT, "%.3f", nats);
    }

    private void print(String line) {
        out.println(line);
        out.flush();
    }

    private void write(Line line) {
        try {
            metrics.write(Json.write(line));
            metrics.write('\n');
            metrics.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        progress.clear();
        metrics.close();
    }
}
