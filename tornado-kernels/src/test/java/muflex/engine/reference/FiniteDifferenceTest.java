package muflex.engine.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMod;
import muflex.attention.MaskMods;
import muflex.attention.ScoreMods;
import muflex.attention.Weights;
import muflex.engine.AttentionSpec;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The oracle's gradients against central differences of its own forward pass, in float64 on (2, 2, 11, 4). Two step sizes
 * are extrapolated (Richardson), so that even captured float arrays, which can only move by steps that float32 holds, are
 * checked to seven digits.
 */
class FiniteDifferenceTest {

    private static final AttentionShape SHAPE = AttentionShape.of(2, 2, 11, 4);

    /** A power of two, so that a captured float moves by exactly this. */
    private static final double STEP = 0x1p-8;

    static Stream<Arguments> specs() {
        AttentionSpec plain = AttentionSpec.of(SHAPE);
        AttentionSpec grouped = AttentionSpec.of(SHAPE.withKvHeads(1).withValueDim(3));
        Map<String, AttentionSpec> specs = new LinkedHashMap<>();
        specs.put("plain", plain);
        specs.put("grouped, causal", grouped.withMask(mask(MaskMods.causal())));
        specs.put("masked rows", plain.withMask(mask((b, h, q, kv) -> q % 3 != 1 && kv % 2 == 0)));
        specs.put("dropout", plain.withDropout(0.3f, 77));
        float[] sinks = learnable(2, 51);
        specs.put("sinks", plain.withSinks(sinks).withLearnable(List.of(sinks)));
        specs.put("softcap", grouped.withScoreMod(ScoreMods.softcap(1.5f).andThen(ScoreMods.alibi(2))));
        specs.put("s²", plain.withScoreMod((score, b, h, q, kv) -> score * score));
        specs.put("sin(cos s)", plain.withScoreMod((score, b, h, q, kv) ->
                (float) (Math.sin(Math.cos(score)) + Math.tan(b))));
        specs.put("stick-breaking", plain.withWeights(Weights.STICK_BREAKING));
        specs.put(
                "stick-breaking, grouped, masked, softcap",
                grouped.withWeights(Weights.STICK_BREAKING)
                        .withMask(mask((b, h, q, kv) -> kv < q && q % 4 != 2))
                        .withScoreMod(ScoreMods.softcap(1.5f)));
        learned(specs, plain, grouped);
        return specs.entrySet().stream().map(named -> Arguments.of(named.getKey(), named.getValue()));
    }

    private static void learned(Map<String, AttentionSpec> specs, AttentionSpec plain, AttentionSpec grouped) {
        float[] table = learnable(9, 52);
        specs.put(
                "relative bias",
                grouped.withScoreMod(ScoreMods.relativeBias(table, 4)).withLearnable(List.of(table)));
        float[] positions = learnable(11, 53);
        specs.put(
                "one array read twice",
                plain.withScoreMod((score, b, h, q, kv) -> score + positions[q] * positions[kv])
                        .withLearnable(List.of(positions)));
        specs.put(
                "stick-breaking, one array read twice",
                specs.get("one array read twice").withWeights(Weights.STICK_BREAKING));
        float[] gates = learnable(2, 54);
        float[] caps = {2};
        specs.put(
                "gate and cap, causal, dropout",
                plain.withScoreMod((score, b, h, q, kv) ->
                                caps[0] * (float) Math.tanh(score / (1 + Math.exp(-gates[h])) / caps[0]))
                        .withLearnable(List.of(gates, caps))
                        .withMask(mask(MaskMods.causal()))
                        .withDropout(0.2f, 3));
    }

    private static BlockMask mask(MaskMod mask) {
        return BlockMask.create(mask, 1, 1, 11, 11, 4, 2);
    }

    /** Multiples of 2⁻⁸, to which STEP adds without rounding. */
    private static float[] learnable(int size, long seed) {
        Random random = new Random(seed);
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) (Math.round(random.nextGaussian() / STEP) * STEP);
        }
        return values;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("specs")
    void gradientsAreDifferences(String name, AttentionSpec spec) {
        Problem problem = new Problem(spec);
        List<double[]> gradients = problem.gradients();
        for (int input = 0; input < gradients.size(); input++) {
            for (int i = 0; i < gradients.get(input).length; i++) {
                double wide = problem.difference(input, i, STEP);
                double narrow = problem.difference(input, i, STEP / 2);
                assertThat(gradients.get(input)[i])
                        .as("%s: input %d, element %d", name, input, i)
                        .isCloseTo((4 * narrow - wide) / 3, within(1e-7));
            }
        }
    }

    /** Inputs 0 to 2 are q, k and v, the others the learnable arrays. */
    private static final class Problem {
        private final AttentionSpec spec;
        private final ReferenceAttention attention;
        private final List<double[]> inputs = new ArrayList<>();
        private final double[] out;
        private final double[] lse;
        private final double[] dOut;
        private final double[] dLse;

        Problem(AttentionSpec spec) {
            this.spec = spec;
            attention = new ReferenceAttention(spec);
            AttentionShape shape = spec.shape();
            inputs.add(normal(shape.querySize(), 1));
            inputs.add(normal(shape.keySize(), 2));
            inputs.add(normal(shape.valueSize(), 3));
            out = new double[shape.outSize()];
            lse = new double[shape.lseSize()];
            dOut = normal(out.length, 4);
            dLse = normal(lse.length, 5);
        }

        private static double[] normal(int size, long seed) {
            Random random = new Random(seed);
            double[] values = new double[size];
            Arrays.setAll(values, i -> random.nextGaussian());
            return values;
        }

        private double loss() {
            attention.forward(inputs.get(0), inputs.get(1), inputs.get(2), out, lse);
            double loss = 0;
            for (int i = 0; i < out.length; i++) {
                loss += out[i] * dOut[i];
            }
            for (int i = 0; i < lse.length; i++) {
                loss += lse[i] == Double.NEGATIVE_INFINITY ? 0 : lse[i] * dLse[i];
            }
            return loss;
        }

        List<double[]> gradients() {
            loss();
            List<double[]> gradients = new ArrayList<>();
            inputs.forEach(input -> gradients.add(new double[input.length]));
            double[][] dLearnable = new double[spec.learnable().size()][];
            Arrays.setAll(dLearnable, i -> new double[spec.learnable().get(i).length]);
            attention.backward(
                    inputs.get(0),
                    inputs.get(1),
                    inputs.get(2),
                    out,
                    lse,
                    dOut,
                    dLse,
                    gradients.get(0),
                    gradients.get(1),
                    gradients.get(2),
                    dLearnable);
            gradients.addAll(List.of(dLearnable));
            return gradients;
        }

        double difference(int input, int i, double step) {
            double above = lossAt(input, i, step);
            double below = lossAt(input, i, -step);
            return (above - below) / (2 * step);
        }

        private double lossAt(int input, int i, double step) {
            if (input < 3) {
                double[] values = inputs.get(input);
                double before = values[i];
                values[i] = before + step;
                double loss = loss();
                values[i] = before;
                return loss;
            }
            float[] values = spec.learnable().get(input - 3);
            float before = values[i];
            values[i] = (float) (before + step);
            double loss = loss();
            values[i] = before;
            return loss;
        }
    }
}
