package muflex.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import muflex.AttentionResult;
import muflex.FlexAttention;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
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
    void theLargestScoresAreThoseOfALoop(String device) {
        ScoreMod mod = (score, b, h, q, kv) -> score - 0.1f * h * (q - kv);
        MaskMod mask = (b, h, q, kv) -> kv <= q && q % 7 != 3;
        float[] max;
        try (FlexAttention attention = FlexAttention.builder(SHAPE)
                .scoreMod(mod)
                .mask(mask)
                .device(Devices.byId(device))
                .build()) {
            max = attention.maxScores(Q, K);
        }
        for (int row = 0; row < max.length; row++) {
            int q = row % 150;
            int h = row / 150 % 4;
            int b = row / 600;
            float largest = Float.NEGATIVE_INFINITY;
            for (int kv = 0; kv <= q && q % 7 != 3; kv++) {
                float s = 0;
                for (int d = 0; d < 16; d++) {
                    s += 0.25f * Q[row * 16 + d] * K[((b * 2 + h / 2) * 150 + kv) * 16 + d];
                }
                largest = Math.max(largest, mod.apply(s, b, h, q, kv));
            }
            if (q % 7 == 3) {
                assertThat(max[row]).isEqualTo(Float.NEGATIVE_INFINITY);
            } else {
                assertThat(max[row]).as("row %d", row).isCloseTo(largest, within(1e-5f));
            }
        }
    }

    /** Keys of a cache that grows: one operation of its capacity, forward and backward. */
    @ParameterizedTest
    @MethodSource("devices")
    void blockListsMayBeReplaced(String device) {
        BlockMask mask =
                BlockMask.create(MaskMods.causal(), 1, 1, 150, 150, 32, 16).changing();
        float[] dOut = Values.normal(SHAPE.outSize(), 65);
        try (FlexAttention growing = FlexAttention.builder(SHAPE)
                .blockMask(mask)
                .device(Devices.byId(device))
                .build()) {
            assertClose(growing.forward(Q, K, V), forward(device, builder -> builder.mask(MaskMods.causal())));
            for (int keys : new int[] {16, 80, 150, 32}) {
                int[][][][] partial = {{{}}};
                int[][][][] full = {{{}}};
                partial[0][0] = new int[5][];
                full[0][0] = new int[5][0];
                for (int row = 0; row < 5; row++) {
                    partial[0][0][row] = IntStream.range(0, Math.min(2 * row + 2, Math.ceilDiv(keys, 16)))
                            .toArray();
                }
                growing.replaceMask(mask.withKvBlocks(partial, full));
                MaskMod shorter = (b, h, q, kv) -> kv <= q && kv < keys;
                AttentionResult result = growing.forward(Q, K, V);
                assertClose(result, forward(device, builder -> builder.mask(shorter)));
                try (FlexAttention fixed = FlexAttention.builder(SHAPE)
                        .mask(shorter)
                        .device(Devices.byId(device))
                        .build()) {
                    float[] dk = fixed.backward(Q, K, V, result, dOut).dk();
                    float[] replaced = growing.backward(Q, K, V, result, dOut).dk();
                    for (int i = 0; i < dk.length; i++) {
                        assertThat(replaced[i]).isCloseTo(dk[i], within(1e-4f));
                    }
                }
            }
        }
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
