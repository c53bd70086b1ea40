package muflex.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import muflex.engine.Device;
import muflex.engine.Devices;
import muflex.engine.Program;
import muflex.graph.Gradients;
import muflex.graph.Graph;
import muflex.graph.Shape;
import muflex.graph.Tensor;
import muflex.model.data.Windows;
import muflex.model.parameterization.OptimizerKind;
import muflex.model.parameterization.Parameterizations;
import muflex.model.training.Evaluator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TransformerTest {

    @Test
    void aZeroReadoutPredictsUniformly() {
        TransformerConfig config = TestModels.config();
        TrainedModel model =
                TrainedModel.initial(ModelSpec.of(config, Parameterizations.mup(), config), AttentionVariant.CAUSAL, 1);
        try (Evaluator evaluator = new Evaluator(model, 2, TestModels.cpu())) {
            Windows windows = Windows.spread(TestModels.corpus().validation(), config.context(), 3);
            assertThat(evaluator.natsPerByte(windows)).isCloseTo(Math.log(256), within(1e-5));
        }
    }

    @Test
    void laterTokensDontChangeEarlierLogits() {
        TrainedModel model = TrainedModel.initial(TestModels.spec(TestModels.config()), AttentionVariant.CAUSAL, 1);
        float[] one = logits(model, new int[] {5, 6, 7, 8});
        float[] other = logits(model, new int[] {5, 6, 7, 200});
        for (int i = 0; i < 3 * 256; i++) {
            assertThat(other[i]).isEqualTo(one[i]);
        }
        assertThat(other[3 * 256]).isNotEqualTo(one[3 * 256]);
    }

    @Test
    void aVariantsMaskAndScoreModChangeAttention() {
        ModelSpec spec = TestModels.spec(TestModels.config().withPositions(Positions.NONE));
        int[] tokens = {1, 2, 3, 4};
        float[] plain = logits(TrainedModel.initial(spec, AttentionVariant.CAUSAL, 1), tokens);
        AttentionVariant selfOnly = AttentionVariant.of("self", (b, h, q, kv) -> q == kv);
        float[] masked = logits(TrainedModel.initial(spec, selfOnly, 1), tokens);
        AttentionVariant far = AttentionVariant.of("far", (score, b, h, q, kv) -> kv < q ? score - 1e30f : score);
        float[] modded = logits(TrainedModel.initial(spec, far, 1), tokens);
        assertThat(masked[3 * 256]).isNotCloseTo(plain[3 * 256], within(1e-4f));
        assertThat(modded[3 * 256]).isCloseTo(masked[3 * 256], within(1e-4f));
    }

    private static float[] logits(TrainedModel model, int[] tokens) {
        Graph graph = new Graph();
        Tensor input = graph.intInput("tokens", Shape.of("batch", 1, "seq", tokens.length));
        Tensor logits = new Transformer(graph, model.spec(), model.variant(), OptimizerKind.ADAM).logits(input);
        try (Program program = TestModels.cpu().compile(graph, List.of(logits), model.storage())) {
            System.arraycopy(tokens, 0, program.ints(input), 0, tokens.length);
            program.run();
            return program.floats(logits).clone();
        }
    }

    /**
     * The derivative along a random direction of all parameters, against differences of the loss. The
     * reference computes in float64; what it returns is rounded to float, which bounds the agreement.
     */
    @ParameterizedTest
    @EnumSource(Activation.class)
    void gradientsAreThoseOfTheWholeModel(Activation activation) {
        TransformerConfig config = new TransformerConfig(17, 8, 1, 2, 1, 4, 12, 5, Positions.ROPE, activation);
        assertGradients(TrainedModel.initial(TestModels.spec(config), AttentionVariant.CAUSAL, 1));
    }

    /** What a score mod learns is shared by the layers, so its gradient is the sum of theirs. */
    @Test
    void gradientsOfLearnedArraysAreThoseOfTheWholeModel() {
        float[] bias = {0.3f, -0.2f, 0.1f, 0.5f, -0.4f};
        float[] cap = {1.5f, 2.5f};
        AttentionVariant variant = new AttentionVariant(
                        "learned",
                        (score, b, h, q, kv) -> cap[h] * (float) Math.tanh(score / cap[h]) + bias[q - kv],
                        (b, h, q, kv) -> kv <= q)
                .withLearned("bias", bias)
                .withLearned("cap", cap);
        TransformerConfig config = new TransformerConfig(17, 8, 2, 2, 1, 4, 12, 5, Positions.ROPE, Activation.GELU);
        assertGradients(TrainedModel.initial(TestModels.spec(config), variant, 1));
    }

    private static void assertGradients(TrainedModel model) {
        Device reference = Devices.byId("reference");
        Graph graph = new Graph();
        Shape shape = Shape.of("batch", 2, "seq", 5);
        Tensor tokens = graph.intInput("tokens", shape);
        Tensor targets = graph.intInput("targets", shape);
        Transformer transformer = new Transformer(graph, model.spec(), model.variant(), OptimizerKind.ADAM);
        Tensor loss = graph.crossEntropy(transformer.logits(tokens), targets);
        List<Tensor> parameters =
                transformer.weights().stream().map(Transformer.Weight::tensor).toList();
        List<Tensor> gradients = Gradients.of(graph, loss, parameters);
        List<Tensor> outputs = new java.util.ArrayList<>(gradients);
        outputs.add(loss);
        try (Program program = reference.compile(graph, outputs, model.storage())) {
            for (int i = 0; i < 10; i++) {
                program.ints(tokens)[i] = i * 7 % 17;
                program.ints(targets)[i] = (i * 5 + 3) % 17;
            }
            Map<String, float[]> values = model.parameters();
            for (int i = 0; i < parameters.size(); i++) {
                float[] array = values.get(parameters.get(i).name());
                CounterRandom random = CounterRandom.of(9, parameters.get(i).name());
                program.run();
                double along = 0;
                double norm = 0;
                float[] gradient = program.floats(gradients.get(i)).clone();
                for (int j = 0; j < array.length; j++) {
                    along += gradient[j] * random.normal(j);
                    norm += gradient[j] * (double) gradient[j];
                }
                double difference = derivative(program, loss, array, random);
                assertThat(along)
                        .as(parameters.get(i).name())
                        .isCloseTo(difference, within(1e-3 * Math.sqrt(norm) + 1e-4));
                assertThat(norm).as(parameters.get(i).name()).isPositive();
            }
        }
    }

    /** Central differences of fourth order: the truncation is far below the loss's rounding to float. */
    private static double derivative(Program program, Tensor loss, float[] array, CounterRandom random) {
        double h = 1e-3;
        double near = lossAt(program, loss, array, random, h) - lossAt(program, loss, array, random, -h);
        double far = lossAt(program, loss, array, random, 2 * h) - lossAt(program, loss, array, random, -2 * h);
        return (8 * near - far) / (12 * h);
    }

    private static double lossAt(Program program, Tensor loss, float[] array, CounterRandom random, double distance) {
        float[] saved = array.clone();
        for (int j = 0; j < array.length; j++) {
            array[j] += (float) (distance * random.normal(j));
        }
        program.run();
        System.arraycopy(saved, 0, array, 0, array.length);
        return program.floats(loss)[0];
    }

    @Test
    void tooLongSequencesAreRefused() {
        Graph graph = new Graph();
        Tensor tokens = graph.intInput("tokens", Shape.of("batch", 1, "seq", 25));
        Transformer transformer = new Transformer(
                graph, TestModels.spec(TestModels.config()), AttentionVariant.CAUSAL, OptimizerKind.ADAM);
        assertThatThrownBy(() -> transformer.logits(tokens))
                .hasMessage("tokens: expected at most 24 tokens a sequence, the context, got 25; cut the text");
    }
}
