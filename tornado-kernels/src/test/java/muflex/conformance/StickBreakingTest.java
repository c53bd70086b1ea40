package muflex.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.Stream;
import muflex.AttentionResult;
import muflex.FlexAttention;
import muflex.UnnormalizedAttention;
import muflex.attention.AttentionShape;
import muflex.attention.ScoreMods;
import muflex.attention.Weights;
import muflex.engine.Device;
import muflex.engine.Devices;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Stick-breaking attention beside the paper's product, on every device that is here. */
class StickBreakingTest {

    private static final AttentionShape SHAPE = AttentionShape.of(1, 2, 81, 8);

    static Stream<String> devices() {
        return Devices.all().stream().map(Device::id);
    }

    private static FlexAttention.Builder builder() {
        return FlexAttention.builder(SHAPE).weights(Weights.STICK_BREAKING);
    }

    @ParameterizedTest
    @MethodSource("devices")
    void weightsAreSharesOfWhatIsLeft(String device) {
        float[] q = Values.normal(SHAPE.querySize(), 1);
        float[] k = Values.normal(SHAPE.keySize(), 2);
        float[] v = Values.normal(SHAPE.valueSize(), 3);
        try (FlexAttention attention = builder()
                .mask((b, h, query, kv) -> kv < query)
                .device(Devices.byId(device))
                .build()) {
            AttentionResult result = attention.forward(q, k, v);
            for (int row = 0; row < SHAPE.lseSize(); row++) {
                int head = row / SHAPE.queryLength() * SHAPE.queryLength();
                double left = 1;
                double[] out = new double[8];
                for (int key = row - 1; key >= head; key--) {
                    double score = 0;
                    for (int d = 0; d < 8; d++) {
                        score += q[row * 8 + d] * (double) k[key * 8 + d] / Math.sqrt(8);
                    }
                    double share = 1 / (1 + Math.exp(-score));
                    for (int d = 0; d < 8; d++) {
                        out[d] += left * share * v[key * 8 + d];
                    }
                    left *= 1 - share;
                }
                assertThat(Math.exp(-result.lse()[row]))
                        .as("left of row %d", row)
                        .isCloseTo(left, within(1e-6));
                for (int d = 0; d < 8; d++) {
                    assertThat((double) result.out()[row * 8 + d]).isCloseTo(out[d], within(3e-6));
                }
            }
        }
    }

    @Test
    void whatOnlyASoftmaxHasIsRefused() {
        assertThatThrownBy(() -> builder().sinks(new float[2]).build())
                .hasMessage("weights: expected SOFTMAX with sinks, got STICK_BREAKING; leave out one of the two");
        assertThatThrownBy(() -> builder().dropout(0.1f, 1).build())
                .hasMessage("weights: expected SOFTMAX with dropout, got STICK_BREAKING; leave out one of the two");
        assertThatThrownBy(() -> UnnormalizedAttention.of(builder(), ScoreMods.relu(), 1))
                .hasMessage(
                        "weights: expected SOFTMAX, whose division is undone here, got STICK_BREAKING; leave it out");
    }
}
