package muflex.experiments.compare;

import java.util.List;
import java.util.concurrent.TimeUnit;
import muflex.engine.Devices;
import muflex.model.AttentionVariant;
import muflex.model.ModelSpec;
import muflex.model.TransformerConfig;
import muflex.model.data.Corpus;
import muflex.model.data.Document;
import muflex.model.parameterization.Parameterizations;
import muflex.model.training.StepReport;
import muflex.model.training.Trainer;
import muflex.model.training.TrainingConfig;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A whole update of a transformer: forward, backward, AdamW. Its loss must fall below that of guessing first. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 2,
        jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
public class TrainingStepBenchmark {

    private static final int CHECKED = 50;
    private static final double GUESSING = Math.log(256);

    @Param({"64", "128"})
    private int width;

    @Param("cpu")
    private String device = "";

    @SuppressWarnings("NullAway.Init") // JMH calls prepare() first
    private Trainer trainer;

    @Setup
    public void prepare() {
        TransformerConfig config = TransformerConfig.ofBytes(width, 4, 128);
        byte[] text = "the quick brown fox jumps over the lazy dog. "
                .repeat(1000)
                .getBytes(java.nio.charset.StandardCharsets.UTF_8);
        Corpus corpus = Corpus.of("foxes", List.of(new Document("fox.txt", text)));
        trainer = Trainer.start(
                ModelSpec.of(config, Parameterizations.byName("mup"), TransformerConfig.ofBytes(64, 4, 128)),
                AttentionVariant.CAUSAL,
                TrainingConfig.of(0.01, 1_000_000, 16, 1),
                corpus,
                Devices.byId(device));
        double loss = Double.NaN;
        for (int i = 0; i < CHECKED; i++) {
            loss = trainer.trainStep().loss();
        }
        if (!(loss < GUESSING / 2)) {
            throw new IllegalStateException("loss: expected less than half of guessing's, got " + loss);
        }
    }

    @Benchmark
    public StepReport step() {
        return trainer.trainStep();
    }

    @TearDown
    public void close() {
        trainer.close();
    }
}
