package muflex.model.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import muflex.engine.Device;
import muflex.engine.Devices;
import muflex.model.AttentionVariant;
import muflex.model.ModelSpec;
import muflex.model.TestModels;
import muflex.model.data.Corpus;
import muflex.model.generation.GenerationOptions;
import muflex.model.generation.Generator;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models on an OpenCL device: as on cpu, with one storage between several programs. */
class OpenClTrainingTest {
    private static final Corpus CORPUS = TestModels.corpus();
    private static final ModelSpec SPEC = TestModels.spec(TestModels.config());
    private static Device device;

    @TempDir
    Path folder;

    @BeforeAll
    static void findDevice() {
        device = Devices.all().stream()
                .filter(d -> d.id().startsWith("opencl:"))
                .findFirst()
                .orElse(null);
        if (device == null) {
            String problem = Devices.problems().get("opencl");
            System.err.println("NOT RUN: " + problem);
            assertThat(System.getenv("CI")).as(problem).isNotEqualTo("true");
            Assumptions.abort(problem);
        }
    }

    private static Trainer trainer(Device on, int steps) {
        // Not Adam, whose first steps are the signs of gradients, those that are rounding errors included.
        TrainingConfig config = TrainingConfig.of(1, steps, 2, 11)
                .withOptimizer(new Sgd(0.05, 0.9, 0.01))
                .withValidation(50, 4);
        return Trainer.start(SPEC, AttentionVariant.CAUSAL, config, CORPUS, on);
    }

    @Test
    void aHundredStepsAreThoseOfCpu() {
        try (Trainer here = trainer(TestModels.cpu(), 100);
                Trainer there = trainer(device, 100)) {
            for (int step = 0; step < 100; step++) {
                double expected = here.trainStep().loss();
                assertThat(there.trainStep().loss())
                        .as("step %d", step)
                        .isCloseTo(expected, Percentage.withPercentage(0.1));
            }
            Map<String, float[]> expected = here.model().parameters();
            there.model()
                    .parameters()
                    .forEach((name, values) -> assertThat(distance(values, expected.get(name)))
                            .as(name)
                            .isLessThan(0.01));
        }
    }

    /** √(Σ(a − b)² / Σb²). */
    private static double distance(float[] a, float[] b) {
        double difference = 0;
        double size = 0;
        for (int i = 0; i < a.length; i++) {
            difference += Math.pow(a[i] - (double) b[i], 2);
            size += Math.pow(b[i], 2);
        }
        return Math.sqrt(difference / Math.max(size, 1e-30));
    }

    @Test
    void stoppingAndResumingChangesNothing() throws IOException {
        List<Double> through = new ArrayList<>();
        List<Double> parts = new ArrayList<>();
        try (Trainer whole = trainer(device, 8)) {
            whole.run(losses(through), () -> false, null);
        }
        try (Trainer first = trainer(device, 8)) {
            first.run(losses(parts), () -> parts.size() == 4, folder);
        }
        try (Trainer second = Trainer.resume(folder, AttentionVariant.CAUSAL, CORPUS, device)) {
            second.run(losses(parts), () -> false, folder);
        }
        assertThat(parts).isEqualTo(through);
    }

    private static TrainingListener losses(List<Double> into) {
        return new TrainingListener() {
            @Override
            public void onStep(StepReport report) {
                into.add(report.loss());
            }
        };
    }

    @Test
    void oneStorageServesTrainingHereAndThereAndGeneration() {
        try (Trainer trainer = trainer(device, 10)) {
            for (int step = 0; step < 5; step++) {
                trainer.trainStep();
            }
            String there = text(trainer, device);
            assertThat(text(trainer, TestModels.cpu())).isEqualTo(there);
            trainer.trainStep();
            assertThat(trainer.trainStep().loss()).isFinite();
        }
    }

    private static String text(Trainer trainer, Device on) {
        StringBuilder text = new StringBuilder();
        try (Generator generator = new Generator(trainer.model(), on)) {
            generator.generate(
                    "line ".getBytes(StandardCharsets.UTF_8),
                    new GenerationOptions(12, 0, 1, 3),
                    next -> text.append(next).append(' '));
        }
        return text.toString();
    }
}
