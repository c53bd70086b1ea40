package muflex.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import muflex.model.AttentionVariant;
import muflex.model.ModelSpec;
import muflex.model.TestModels;
import muflex.model.TransformerConfig;
import muflex.model.data.Baselines;
import muflex.model.data.Corpus;
import muflex.model.data.Document;
import muflex.model.parameterization.Dimension;
import muflex.model.parameterization.Parameterization;
import muflex.model.parameterization.Parameterizations;
import muflex.model.parameterization.Power;
import muflex.model.parameterization.Role;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrainerTest {

    private static final Corpus CORPUS = TestModels.corpus();
    private static final TransformerConfig CONFIG = TestModels.config();

    @TempDir
    Path folder;

    private static TrainingConfig config(Optimizer optimizer, int steps) {
        return TrainingConfig.of(1, steps, 2, 11).withOptimizer(optimizer).withValidation(3, 4);
    }

    private static Trainer trainer(ModelSpec spec, TrainingConfig config) {
        return Trainer.start(spec, AttentionVariant.CAUSAL, config, CORPUS, TestModels.cpu());
    }

    private static ModelSpec spec(Parameterization rule, TransformerConfig config, TransformerConfig base) {
        ModelSpec spec = ModelSpec.of(config, rule, base);
        return new ModelSpec(config, rule, base, spec.scales().with(Role.READOUT, 1));
    }

    private static List<Double> losses(Trainer trainer, int steps) {
        List<Double> losses = new ArrayList<>();
        for (int i = 0; i < steps; i++) {
            losses.add(trainer.trainStep().loss());
        }
        return losses;
    }

    static List<Optimizer> optimizers() {
        return List.of(
                AdamW.of(3e-3),
                AdamW.of(3e-3).withIndependentDecay().withWeightDecay(1e-3),
                AdamAtan2.of(3e-3),
                new Sgd(0.05, 0.9, 0.01),
                new Sgd(0.05, 0, 0),
                Muon.of(0.02));
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void stoppingAndResumingChangesNothingBitForBit(Optimizer optimizer) throws IOException {
        ModelSpec spec = spec(Parameterizations.mup(), CONFIG, CONFIG);
        TrainingConfig config = config(optimizer, 10);
        List<Double> through = new ArrayList<>();
        List<Double> parts = new ArrayList<>();
        try (Trainer whole = trainer(spec, config)) {
            whole.run(losses(through), () -> false, null);
            try (Trainer first = trainer(spec, config)) {
                first.run(losses(parts), () -> parts.size() == 5, folder);
                assertThat(first.step()).isEqualTo(5);
            }
            try (Trainer second = Trainer.resume(folder, AttentionVariant.CAUSAL, CORPUS, TestModels.cpu())) {
                second.run(losses(parts), () -> false, folder);
                assertThat(parts).isEqualTo(through);
                assertThat(second.history()).isEqualTo(whole.history());
                assertEqual(second.model().parameters(), whole.model().parameters());
                assertEqual(second.optimizerState(), whole.optimizerState());
            }
        }
        try (var files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "model-0000010.safetensors", "optimizer-0000010.safetensors", "state.json");
        }
    }

    private static TrainingListener losses(List<Double> into) {
        return new TrainingListener() {
            @Override
            public void onStep(StepReport report) {
                into.add(report.loss());
            }
        };
    }

    /** Bit for bit; a failure counts differences, since whole tensors say little. */
    private static void assertEqual(Map<String, float[]> actual, Map<String, float[]> expected) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        Map<String, Integer> differing = new TreeMap<>();
        actual.forEach((name, values) -> {
            float[] other = expected.get(name);
            for (int i = 0; i < values.length; i++) {
                if (Float.floatToRawIntBits(values[i]) != Float.floatToRawIntBits(other[i])) {
                    differing.merge(name, 1, Integer::sum);
                }
            }
        });
        assertThat(differing).isEmpty();
    }

    static List<Parameterization> rules() {
        return Parameterizations.all();
    }

    @ParameterizedTest
    @MethodSource("rules")
    void atTheBaseEveryRuleTrainsAsTheStandardOneBitForBit(Parameterization rule) {
        for (Optimizer optimizer : List.of(AdamW.of(3e-3), Muon.of(0.02))) {
            try (Trainer standard = trainer(spec(Parameterizations.standard(), CONFIG, CONFIG), config(optimizer, 4));
                    Trainer other = trainer(spec(rule, CONFIG, CONFIG), config(optimizer, 4))) {
                assertThat(losses(other, 4)).isEqualTo(losses(standard, 4));
                assertEqual(other.model().parameters(), standard.model().parameters());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("rules")
    void atTheBaseTiedModelsTrainAlikeUnderEveryRuleThatHasThem(Parameterization rule) {
        TransformerConfig tied = CONFIG.withTiedEmbedding();
        if (!rule.has(Role.TIED_EMBEDDING)) {
            assertThatThrownBy(() -> spec(rule, tied, tied))
                    .hasMessage("rule '" + rule.name() + "': expected a rule for tied_embedding, which this model has,"
                            + " got none; add one, or give the readout a matrix of its own");
            return;
        }
        try (Trainer standard = trainer(spec(Parameterizations.standard(), tied, tied), config(AdamW.of(3e-3), 4));
                Trainer other = trainer(spec(rule, tied, tied), config(AdamW.of(3e-3), 4))) {
            assertThat(losses(other, 4)).isEqualTo(losses(standard, 4));
            assertEqual(other.model().parameters(), standard.model().parameters());
        }
    }

    /** Lemma J.1 with θ = 4 on every tensor, ε and λ moved along: equal losses, parameters smaller by θ. */
    @ParameterizedTest
    @MethodSource("optimizers")
    void rescaledRulesTrainAlikeBitForBitWithoutClipping(Optimizer optimizer) {
        Parameterization mup = Parameterizations.mup();
        Parameterization rescaled = rescaled(mup);
        TransformerConfig wide =
                new TransformerConfig(256, 128, 1, 2, 2, 16, 256, 24, CONFIG.positions(), CONFIG.activation());
        TransformerConfig base = CONFIG.withDepth(1);
        TrainingConfig free = config(optimizer, 4).withClip(0);
        try (Trainer one = trainer(spec(mup, wide, base), free);
                Trainer other = trainer(spec(rescaled, wide, base), free)) {
            assertThat(losses(other, 4)).isEqualTo(losses(one, 4));
            float[] expected = one.model().parameters().get("layers.0.mlp.in");
            float[] actual = other.model().parameters().get("layers.0.mlp.in");
            for (int i = 0; i < expected.length; i++) {
                assertThat(4 * actual[i]).isEqualTo(expected[i]);
            }
        }
        TrainingConfig clipped = free.withClip(1e-3);
        try (Trainer one = trainer(spec(mup, wide, base), clipped);
                Trainer other = trainer(spec(rescaled, wide, base), clipped)) {
            List<Double> losses = losses(one, 4);
            assertThat(losses(other, 4)).isNotEqualTo(losses);
        }
    }

    private static Parameterization rescaled(Parameterization rule) {
        Parameterization changed = rule;
        for (Role role : List.of(Role.EMBEDDING, Role.QUERY, Role.VALUE, Role.MLP_IN, Role.MLP_OUT, Role.READOUT)) {
            changed = changed.with(role, rule.tensor(role).rescaled(Power.of(Dimension.WIDTH, 1)));
        }
        return changed;
    }

    @Test
    void theSameSeedTrainsTheSameAndAnotherDoesNot() {
        ModelSpec spec = spec(Parameterizations.mup(), CONFIG, CONFIG);
        TrainingConfig config = config(AdamW.of(3e-3), 4);
        TrainingConfig reseeded = new TrainingConfig(config.optimizer(), config.schedule(), 2, 1, 12, 3, 4, 0);
        try (Trainer one = trainer(spec, config);
                Trainer same = trainer(spec, config);
                Trainer other = trainer(spec, reseeded)) {
            List<Double> losses = losses(one, 4);
            assertThat(losses(same, 4)).isEqualTo(losses);
            assertThat(losses(other, 4)).isNotEqualTo(losses);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void trainingBeatsCounting(boolean tied) throws IOException {
        TransformerConfig model = tied ? CONFIG.withTiedEmbedding() : CONFIG;
        ModelSpec spec = ModelSpec.of(model, Parameterizations.mup(), model);
        TrainingConfig config = TrainingConfig.of(1e-2, 150, 8, 1).withValidation(150, 8);
        try (Trainer trainer = trainer(spec, config)) {
            Evaluation last = trainer.run(TrainingListener.SILENT, () -> false, null);
            Baselines baselines = Baselines.measure(CORPUS, trainer.validationWindows());
            assertThat(trainer.history().getFirst().validationLoss()).isGreaterThan(5);
            assertThat(last.validationLoss()).isLessThan(baselines.bigram());
        }
    }

    @Test
    void resumingRefusesAnotherTextAndDamage() throws IOException {
        ModelSpec spec = spec(Parameterizations.mup(), CONFIG, CONFIG);
        try (Trainer trainer = trainer(spec, config(AdamW.of(1e-3), 4))) {
            trainer.trainStep();
            trainer.save(folder);
        }
        Corpus other =
                Corpus.of("other", List.of(new Document("a", "x".repeat(1000).getBytes(StandardCharsets.UTF_8))));
        assertThatThrownBy(() -> Trainer.resume(folder, AttentionVariant.CAUSAL, other, TestModels.cpu()))
                .hasMessageMatching("text: expected the checkpoint's corpus lines \\(.*\\), got other .*; "
                        + "pass the same text and size");
        Path state = folder.resolve("state.json");
        Files.writeString(state, Files.readString(state).substring(0, 50));
        assertThatThrownBy(() -> Trainer.resume(folder, AttentionVariant.CAUSAL, CORPUS, TestModels.cpu()))
                .hasMessageMatching("state.json: expected a training state, got .*; "
                        + "the file is damaged, take another checkpoint");
        Files.delete(state);
        assertThatThrownBy(() -> Trainer.resume(folder, AttentionVariant.CAUSAL, CORPUS, TestModels.cpu()))
                .hasMessageContaining("give the folder that training wrote to");
    }

    @Test
    void wideModelsAreWarnedOfClipping() throws IOException {
        List<String> warnings = new ArrayList<>();
        TrainingListener listener = new TrainingListener() {
            @Override
            public void onWarning(String warning) {
                warnings.add(warning);
            }
        };
        TransformerConfig base =
                new TransformerConfig(256, 16, 2, 2, 2, 8, 32, 24, CONFIG.positions(), CONFIG.activation());
        try (Trainer trainer = trainer(spec(Parameterizations.mup(), CONFIG, base), config(AdamW.of(1e-3), 1))) {
            trainer.run(listener, () -> true, null);
        }
        assertThat(warnings).singleElement().asString().startsWith("clip: rule 'mup'");
    }

    @Test
    void divergenceIsAnError() {
        TrainingConfig config = config(new Sgd(1e30, 0, 0), 10).withClip(0);
        try (Trainer trainer = trainer(spec(Parameterizations.standard(), CONFIG, CONFIG), config)) {
            assertThatThrownBy(() -> losses(trainer, 10))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("lower the learning rate");
        }
    }
}
