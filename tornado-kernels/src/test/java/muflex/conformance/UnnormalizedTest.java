package muflex.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.Stream;
import muflex.AttentionGradients;
import muflex.AttentionResult;
import muflex.FlexAttention;
import muflex.UnnormalizedAttention;
import muflex.attention.AttentionShape;
import muflex.attention.MaskMods;
import muflex.attention.ScoreMod;
import muflex.attention.ScoreMods;
import muflex.engine.Device;
import muflex.engine.Devices;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Weights that are not divided by their sum, beside a plain loop in float64, on every device that is here. */
class UnnormalizedTest {

    private static final AttentionShape SHAPE = AttentionShape.of(2, 4, 45, 8).withKvHeads(2);
    private static final float[] Q = Values.normal(SHAPE.querySize(), 1);
    private static final float[] K = Values.normal(SHAPE.keySize(), 2);
    private static final float[] V = Values.normal(SHAPE.valueSize(), 3);
    private static final float[] D_OUT = Values.normal(SHAPE.outSize(), 4);

    static Stream<String> devices() {
        return Devices.all().stream().map(Device::id);
    }

    @ParameterizedTest
    @MethodSource("devices")
    void sigmoid(String device) {
        agrees(device, ScoreMods.sigmoid(-2), 1, s -> 1 / (1 + Math.exp(2 - s)), s -> {
            double f = 1 / (1 + Math.exp(2 - s));
            return f * (1 - f);
        });
    }

    @ParameterizedTest
    @MethodSource("devices")
    void relu(String device) {
        agrees(device, ScoreMods.relu(), 1f / 45, s -> Math.max(s, 0), s -> s > 0 ? 1 : 0);
    }

    /** f and its derivative. */
    private interface Function {
        double at(double s);
    }

    private static void agrees(String device, ScoreMod mod, float factor, Function f, Function derivative) {
        try (UnnormalizedAttention attention = UnnormalizedAttention.of(
                FlexAttention.builder(SHAPE).mask(MaskMods.causal()).device(Devices.byId(device)), mod, factor)) {
            AttentionResult result = attention.forward(Q, K, V);
            AttentionGradients gradients = attention.backward(Q, K, V, result, D_OUT);
            double[][] exact = exact(factor, f, derivative);
            close("out", result.out(), exact[0]);
            close("dq", gradients.dq(), exact[1]);
            close("dk", gradients.dk(), exact[2]);
            close("dv", gradients.dv(), exact[3]);
        }
    }

    private static void close(String name, float[] values, double[] exact) {
        for (int i = 0; i < exact.length; i++) {
            assertThat((double) values[i])
                    .as("%s[%d]", name, i)
                    .isCloseTo(exact[i], within(3e-5 * (1 + Math.abs(exact[i]))));
        }
    }

    private static double[][] exact(double factor, Function f, Function derivative) {
        double[][] all = {
            new double[SHAPE.outSize()],
            new double[SHAPE.querySize()],
            new double[SHAPE.keySize()],
            new double[SHAPE.valueSize()]
        };
        int length = SHAPE.queryLength();
        for (int head = 0; head < 8; head++) {
            for (int q = 0; q < length; q++) {
                for (int kv = 0; kv <= q; kv++) {
                    pair(
                            (head * length + q) * 8,
                            ((head / 4 * 2 + head % 4 / 2) * length + kv) * 8,
                            factor,
                            f,
                            derivative,
                            all);
                }
            }
        }
        return all;
    }

    private static void pair(int query, int key, double factor, Function f, Function derivative, double[][] all) {
        double s = 0;
        double dP = 0;
        for (int d = 0; d < 8; d++) {
            s += (double) Q[query + d] * K[key + d] / Math.sqrt(8);
            dP += (double) D_OUT[query + d] * V[key + d];
        }
        double dS = factor * derivative.at(s) * dP / Math.sqrt(8);
        for (int d = 0; d < 8; d++) {
            all[0][query + d] += factor * f.at(s) * V[key + d];
            all[1][query + d] += dS * K[key + d];
            all[2][key + d] += dS * Q[query + d];
            all[3][key + d] += factor * f.at(s) * D_OUT[query + d];
        }
    }

    @Test
    void sinksAndBadFactorsAreRefused() {
        FlexAttention.Builder capped = FlexAttention.builder(SHAPE).scoreMod(ScoreMods.softcap(2));
        assertThatThrownBy(() -> UnnormalizedAttention.of(capped, ScoreMods.relu(), 1))
                .hasMessage("scoreMod: expected none, got one; scores meet f alone, so pass mod.andThen(f) as f");
        assertThatThrownBy(() ->
                        UnnormalizedAttention.of(FlexAttention.builder(SHAPE).sinks(new float[4]), ScoreMods.relu(), 1))
                .hasMessage(
                        "sinks: expected none, got some; without a denominator they have no meaning, so leave them out");
        assertThatThrownBy(() -> UnnormalizedAttention.of(FlexAttention.builder(SHAPE), ScoreMods.relu(), 0))
                .hasMessage("factor: expected a positive number, got 0.0; 1 leaves the weights as they are");
    }
}
