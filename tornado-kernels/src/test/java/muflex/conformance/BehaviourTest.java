package muflex.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import muflex.AttentionResult;
import muflex.FlexAttention;
import muflex.attention.AttentionShape;
import muflex.attention.MaskMod;
import muflex.attention.MaskMods;
import muflex.attention.ScoreMod;
import muflex.attention.ScoreMods;
import muflex.engine.Device;
import muflex.engine.Devices;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds between calls, on every device that is here. */
class BehaviourTest {

    private static final AttentionShape SHAPE = AttentionShape.of(2, 4, 150, 16).withKvHeads(2);
    private static final float[] Q = Values.normal(SHAPE.querySize(), 61);
    private static final float[] K = Values.normal(SHAPE.keySize(), 62);
    private static final float[] V = Values.normal(SHAPE.valueSize(), 63);

    static Stream<String> devices() {
        return Devices.all().stream().map(Device::id);
    }

    static Stream<String> jvmDevices() {
        return Devices.all().stream().filter(Device::canInterpret).map(Device::id);
    }

    private static AttentionResult forward(String device, UnaryOperator<FlexAttention.Builder> options) {
        try (FlexAttention attention = options.apply(FlexAttention.builder(SHAPE))
                .device(Devices.byId(device))
                .build()) {
            return attention.forward(Q, K, V);
        }
    }

    private static void assertClose(AttentionResult actual, AttentionResult expected) {
        for (int i = 0; i < expected.out().length; i++) {
            assertThat(actual.out()[i]).isCloseTo(expected.out()[i], within(1e-5f));
        }
        for (int i = 0; i < expected.lse().length; i++) {
            assertThat(actual.lse()[i]).isCloseTo(expected.lse()[i], within(1e-5f));
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void aWindowAndItsComplementMergeToCausal(String device) {
        MaskMod window = MaskMods.slidingWindow(20);
        MaskMod rest = MaskMods.causal().and(window.negate());
        AttentionResult merged =
                forward(device, builder -> builder.mask(window)).merge(forward(device, builder -> builder.mask(rest)));
        assertClose(merged, forward(device, builder -> builder.mask(MaskMods.causal())));
    }

    @ParameterizedTest
    @MethodSource("devices")
    void capturedArraysAreReadAtEachCall(String device) {
        float[] factors = {1, 1, 1, 1};
        try (FlexAttention attention = FlexAttention.builder(SHAPE)
                .scoreMod(ScoreMods.headScale(factors))
                .device(Devices.byId(device))
                .build()) {
            AttentionResult before = attention.forward(Q, K, V);
            Arrays.fill(factors, 0.25f);
            assertClose(attention.forward(Q, K, V), forward(device, builder -> builder.scale(0.25f * 0.25f)));
            Arrays.fill(factors, 1);
            assertClose(attention.forward(Q, K, V), before);
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void sameStructureWithOtherCapturesIsAnotherMod(String device) {
        AttentionResult two = forward(device, builder -> builder.scoreMod(ScoreMods.softcap(2)));
        AttentionResult three = forward(device, builder -> builder.scoreMod(ScoreMods.softcap(3)));
        assertClose(two, forward("reference", builder -> builder.scoreMod(ScoreMods.softcap(2))));
        assertClose(three, forward("reference", builder -> builder.scoreMod(ScoreMods.softcap(3))));
        assertThat(two.lse()).isNotEqualTo(three.lse());
    }

    @ParameterizedTest
    @MethodSource("jvmDevices")
    void interpretedIsAsLifted(String device) {
        float[] bias = Values.normal(150, 64);
        ScoreMod mod = (score, b, h, q, kv) -> kv <= q ? score * 0.5f + bias[q - kv] : score - h;
        MaskMod mask = (b, h, q, kv) -> Math.abs(q - kv) < 40 + b;
        UnaryOperator<FlexAttention.Builder> options =
                builder -> builder.scoreMod(mod).mask(mask);
        assertClose(forward(device, builder -> options.apply(builder).interpret()), forward(device, options));
    }

    @ParameterizedTest
    @MethodSource("devices")
    void dropoutDropsTheSameElementsEverywhere(String device) {
        UnaryOperator<FlexAttention.Builder> options =
                builder -> builder.dropout(0.5f, 99).mask(MaskMods.causal());
        assertClose(forward(device, options), forward("reference", options));
        AttentionResult other =
                forward(device, builder -> builder.dropout(0.5f, 100).mask(MaskMods.causal()));
        assertThat(other.out()).isNotEqualTo(forward(device, options).out());
    }
}
