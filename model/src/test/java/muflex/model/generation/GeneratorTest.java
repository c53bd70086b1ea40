package muflex.model.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import muflex.engine.Program;
import muflex.graph.Graph;
import muflex.graph.Shape;
import muflex.graph.Tensor;
import muflex.model.Activation;
import muflex.model.AttentionVariant;
import muflex.model.ModelSpec;
import muflex.model.Positions;
import muflex.model.TestModels;
import muflex.model.TrainedModel;
import muflex.model.Transformer;
import muflex.model.TransformerConfig;
import muflex.model.parameterization.Dimension;
import muflex.model.parameterization.InitialScales;
import muflex.model.parameterization.OptimizerKind;
import muflex.model.parameterization.Parameterization;
import muflex.model.parameterization.Parameterizations;
import muflex.model.parameterization.Power;
import muflex.model.parameterization.Role;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GeneratorTest {

    private static final int CONTEXT = 150;
    private static final AttentionVariant WINDOW = new AttentionVariant(
            "softcapped window",
            (score, b, h, q, kv) -> 5f * (float) Math.tanh(score / 5f) - 0.01f * q,
            (b, h, q, kv) -> q - kv < 90,
            List.of());

    private static TransformerConfig config(Positions positions, Activation activation, int kvHeads) {
        return new TransformerConfig(256, 32, 2, 4, kvHeads, 8, 48, CONTEXT, positions, activation);
    }

    /** Away from its base and with every multiplier different from 1, so that one left out would show. */
    private static ModelSpec spec(TransformerConfig config) {
        Power halved = Power.of(Dimension.DEPTH, -1);
        Parameterization rule = Parameterizations.mup().withResidualMultiplier(halved);
        for (Role role : Role.values()) {
            rule = rule.with(role, rule.tensor(role).withMultiplier(halved));
        }
        return new ModelSpec(
                config,
                rule,
                config.withDepth(1),
                InitialScales.forDepth(1).with(Role.READOUT, 3).with(Role.EMBEDDING, 2));
    }

    static Stream<TrainedModel> models() {
        return Stream.of(
                TrainedModel.initial(spec(config(Positions.ROPE, Activation.GELU, 4)), AttentionVariant.CAUSAL, 1),
                TrainedModel.initial(spec(config(Positions.ALIBI, Activation.SWIGLU, 2)), AttentionVariant.CAUSAL, 2),
                TrainedModel.initial(spec(config(Positions.ALIBI, Activation.GELU, 1)), WINDOW, 3),
                TrainedModel.initial(
                        spec(config(Positions.ROPE, Activation.GELU, 2).withTiedEmbedding()),
                        AttentionVariant.CAUSAL,
                        5),
                TrainedModel.initial(spec(config(Positions.NONE, Activation.GELU, 2)), WINDOW, 4));
    }

    private static int[] tokens(int count) {
        int[] tokens = new int[count];
        Arrays.setAll(tokens, i -> (i * 37 + 11 * (i / 7)) % 256);
        return tokens;
    }

    private static float[] trainingLogits(TrainedModel model, int[] tokens) {
        Graph graph = new Graph();
        Tensor input = graph.intInput("tokens", Shape.of("batch", 1, "seq", tokens.length));
        Tensor logits = new Transformer(graph, model.spec(), model.variant(), OptimizerKind.ADAM).logits(input);
        try (Program program = TestModels.cpu().compile(graph, List.of(logits), model.storage())) {
            System.arraycopy(tokens, 0, program.ints(input), 0, tokens.length);
            program.run();
            return program.floats(logits).clone();
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void logitsBehindTheCacheAreThoseOfTraining(TrainedModel model) {
        int[] tokens = tokens(CONTEXT);
        float[] expected = trainingLogits(model, tokens);
        // One full chunk, a padded chunk, one by one up to the last place: all programs at many positions.
        int[] ends = {1, 2, 66, 100, 101, 102, 140, 149, 150};
        try (Generator generator = new Generator(model, TestModels.cpu())) {
            int begin = 0;
            for (int end : ends) {
                float[] logits = generator.append(Arrays.copyOfRange(tokens, begin, end));
                assertClose(logits, Arrays.copyOfRange(expected, (end - 1) * 256, end * 256), "after " + end);
                begin = end;
            }
        }
    }

    private static void assertClose(float[] actual, float[] expected, String when) {
        float largest = 0;
        for (float value : expected) {
            largest = Math.max(largest, Math.abs(value));
        }
        assertThat(largest).isGreaterThan(0.01f);
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).as("%s, logit %s", when, i).isCloseTo(expected[i], within(2e-5f * largest));
        }
    }

    @Test
    void aFullContextGoesOnWithItsLaterHalf() {
        TrainedModel model = models().findFirst().orElseThrow();
        int[] tokens = tokens(CONTEXT + 1);
        float[] expected = trainingLogits(model, Arrays.copyOfRange(tokens, CONTEXT / 2, CONTEXT + 1));
        try (Generator generator = new Generator(model, TestModels.cpu())) {
            float[] logits = generator.append(tokens);
            int last = CONTEXT / 2 * 256;
            assertClose(logits, Arrays.copyOfRange(expected, last, last + 256), "after the context");
        }
    }

    @Test
    void generationIsSeededAndHeardOf() {
        TrainedModel model = models().findFirst().orElseThrow();
        GenerationOptions options = new GenerationOptions(20, 1, 0, 7);
        try (Generator generator = new Generator(model, TestModels.cpu())) {
            List<Integer> heard = new ArrayList<>();
            byte[] first = generator.generate(new byte[] {'a', 'b'}, options, heard::add);
            assertThat(heard).hasSize(20);
            assertThat(first).hasSize(20);
            assertThat(heard.get(3)).isEqualTo(first[3] & 0xFF);
            assertThat(generator.generate(new byte[] {'a', 'b'}, options, _ -> {}))
                    .isEqualTo(first);
            assertThat(generator.generate(new byte[] {'a', 'b'}, new GenerationOptions(20, 1, 0, 8), _ -> {}))
                    .isNotEqualTo(first);
            assertThat(generator.generate(new byte[0], options, _ -> {})).hasSize(20);
        }
    }

    @Test
    void tokensOutsideTheVocabularyAreRefused() {
        try (Generator generator = new Generator(models().findFirst().orElseThrow(), TestModels.cpu())) {
            assertThatThrownBy(() -> generator.append(256))
                    .hasMessage("tokens: expected values in [0, 256), got 256; encode the text as bytes");
        }
    }
}
