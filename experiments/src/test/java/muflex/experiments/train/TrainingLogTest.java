package muflex.experiments.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import muflex.experiments.Golden;
import muflex.experiments.Progress;
import muflex.model.data.Baselines;
import muflex.model.training.Evaluation;
import muflex.model.training.StepReport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingLogTest {

    private final StringWriter text = new StringWriter();

    @TempDir
    private Path folder;

    private TrainingLog log() throws IOException {
        Progress progress = new Progress(new PrintStream(new ByteArrayOutputStream()), false);
        return new TrainingLog(new PrintWriter(text), progress, new Baselines(3.2, 2.4, 1.9), folder);
    }

    @Test
    void showsEachValidationBesideTheBaselines() throws IOException {
        try (TrainingLog log = log()) {
            log.begin();
            log.onEvaluation(new Evaluation(0, Double.NaN, 5.55));
            log.onStep(new StepReport(1, 4, 5.5, 1, 0.01, 2000, 0.5));
            log.onStep(new StepReport(2, 4, 3, 1, 0.01, 2000, 0.5));
            log.onEvaluation(new Evaluation(2, 4.25, 2.5));
            log.onStep(new StepReport(3, 4, 2, 1, 0.01, 2000, 1));
            log.onEvaluation(new Evaluation(4, 2, 1.8));
            log.end(new Evaluation(4, 2, 1.8));
        }

        Golden.check("train.txt", text.toString());
        Golden.check("metrics.jsonl", Files.readString(folder.resolve("metrics.jsonl")));
    }

    @Test
    void aResumedRunAppendsItsMetrics() throws IOException {
        for (int part = 0; part < 2; part++) {
            try (TrainingLog log = log()) {
                log.onEvaluation(new Evaluation(part, Double.NaN, 5));
            }
        }

        assertThat(Files.readAllLines(folder.resolve("metrics.jsonl"))).hasSize(2);
    }
}
