package muflex;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMods;
import muflex.attention.Precision;
import muflex.attention.ScoreMod;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;
import muflex.engine.Devices;
import muflex.expr.LiftException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class FlexAttentionTest {

    private static final AttentionShape SHAPE = new AttentionShape(2, 4, 2, 6, 8, 3, 5);
    private static final Device REFERENCE = Devices.byId("reference");

    private static FlexAttention.Builder builder() {
        return FlexAttention.builder(SHAPE).device(REFERENCE);
    }

    private static float[] random(int size) {
        Random random = new Random(size);
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static void assertMessage(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
    }

    @Test
    void resultsHaveTheShapesOfTheAxes() {
        try (FlexAttention attention = builder().build()) {
            AttentionResult result =
                    attention.forward(random(SHAPE.querySize()), random(SHAPE.keySize()), random(SHAPE.valueSize()));
            assertThat(result.out()).hasSize(2 * 4 * 6 * 5);
            assertThat(result.lse()).hasSize(2 * 4 * 6);
        }
    }

    @Test
    void reusedBuffersHoldTheSameAsNewOnes() {
        float[] q = random(SHAPE.querySize());
        float[] k = random(SHAPE.keySize());
        float[] v = random(SHAPE.valueSize());
        float[] dOut = random(SHAPE.outSize());
        try (FlexAttention attention = builder().sinks(new float[4]).build()) {
            AttentionResult result = attention.forward(q, k, v);
            AttentionResult reused = attention.newResult();
            java.util.Arrays.fill(reused.out(), Float.NaN);
            attention.forward(q, k, v, reused);
            assertThat(reused.out()).isEqualTo(result.out());
            assertThat(reused.lse()).isEqualTo(result.lse());
            AttentionGradients gradients = attention.backward(q, k, v, result, dOut);
            AttentionGradients again = attention.newGradients();
            java.util.Arrays.fill(again.dk(), Float.NaN);
            attention.backward(q, k, v, reused, dOut, null, again);
            assertThat(again.dq()).isEqualTo(gradients.dq());
            assertThat(again.dk()).isEqualTo(gradients.dk());
            assertThat(again.dv()).isEqualTo(gradients.dv());
        }
    }

    @Test
    void theGradientOfLearnedSinksIsFoundByIdentity() {
        float[] sinks = {0.1f, 0.2f, 0.3f, 0.4f};
        float[] q = random(SHAPE.querySize());
        float[] k = random(SHAPE.keySize());
        float[] v = random(SHAPE.valueSize());
        try (FlexAttention attention = builder().sinks(sinks).learnable(sinks).build()) {
            AttentionResult result = attention.forward(q, k, v);
            AttentionGradients gradients = attention.backward(q, k, v, result, random(SHAPE.outSize()));
            assertThat(gradients.dCaptured().get(sinks)).hasSize(4).doesNotContain(0f);
            assertThat(gradients.dCaptured().get(sinks.clone())).isNull();
        }
    }

    @Test
    void arraysOfTheWrongSizeNameTheirAxes() {
        float[] q = random(SHAPE.querySize());
        float[] k = random(SHAPE.keySize());
        float[] v = random(SHAPE.valueSize());
        try (FlexAttention attention = builder().build()) {
            assertMessage(
                    () -> attention.forward(new float[2 * 4 * 6 * 7], k, v),
                    "q: expected 144 floats [batch 2, queryHeads 4, queryLength 6, headDim 3], got 336"
                            + " (as with headDim 7); pass a row-major array of that size");
            assertMessage(
                    () -> attention.forward(q, new float[2 * 2 * 8 * 5], v),
                    "k: expected 96 floats [batch 2, kvHeads 2, kvLength 8, headDim 3], got 160"
                            + " (as with headDim 5); pass a row-major array of that size");
            assertMessage(
                    () -> attention.forward(q, k, new float[1001]),
                    "v: expected 160 floats [batch 2, kvHeads 2, kvLength 8, valueDim 5], got 1001;"
                            + " pass a row-major array of that size");
            assertMessage(
                    () -> attention.forward(q, k, new float[3 * 2 * 8 * 5]),
                    "v: expected 160 floats [batch 2, kvHeads 2, kvLength 8, valueDim 5], got 240"
                            + " (as with kvHeads 3); pass a row-major array of that size");
            AttentionResult result = attention.forward(q, k, v);
            assertMessage(
                    () -> attention.backward(q, k, v, result, new float[3]),
                    "dOut: expected 240 floats [batch 2, queryHeads 4, queryLength 6, valueDim 5], got 3;"
                            + " pass a row-major array of that size");
            assertMessage(
                    () -> attention.backward(q, k, v, result, new float[240], new float[3]),
                    "dLse: expected 48 floats [batch 2, queryHeads 4, queryLength 6], got 3;"
                            + " pass a row-major array of that size");
        }
    }

    @Test
    void nullAndSharedArraysAreRefused() {
        AttentionShape shape = AttentionShape.of(1, 1, 4, 2);
        try (FlexAttention attention = FlexAttention.builder(shape).build()) {
            float[] q = new float[8];
            AttentionResult result = attention.newResult();
            assertMessage(
                    () -> attention.forward(q, null, q),
                    "k: expected 8 floats [batch 1, kvHeads 1, kvLength 4, headDim 2], got null; pass a row-major array of"
                            + " that size");
            assertMessage(
                    () -> attention.forward(q, q, q, new AttentionResult(q, new float[4])),
                    "out: expected an array apart from q, got the same one; give each output an array of its own");
            AttentionGradients into = new AttentionGradients(new float[8], q, new float[8], java.util.Map.of());
            assertMessage(
                    () -> attention.backward(new float[8], new float[8], q, result, new float[8], null, into),
                    "dk: expected an array apart from v, got the same one; give each output an array of its own");
        }
    }

    @Test
    void outputsThatShareAnArrayAreRefused() {
        AttentionShape shape = AttentionShape.of(1, 1, 4, 1);
        try (FlexAttention attention = FlexAttention.builder(shape).build()) {
            float[] q = new float[4];
            float[] one = new float[4];
            float[] other = new float[4];
            AttentionResult result = attention.newResult();
            assertShared(() -> attention.forward(q, q, q, new AttentionResult(one, one)), "out", "lse");
            assertShared(() -> backward(attention, q, result, one, one, other), "dk", "dq");
            assertShared(() -> backward(attention, q, result, one, other, one), "dv", "dq");
            assertShared(() -> backward(attention, q, result, other, one, one), "dv", "dk");
        }
    }

    private static void backward(
            FlexAttention attention, float[] q, AttentionResult result, float[] dq, float[] dk, float[] dv) {
        attention.backward(q, q, q, result, new float[4], null, new AttentionGradients(dq, dk, dv, java.util.Map.of()));
    }

    private static void assertShared(
            org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String output, String other) {
        assertMessage(
                call,
                output + ": expected an array apart from " + other
                        + ", got the same one; give each output an array of its own");
    }

    @Test
    void aBatchMismatchIsGuessed() {
        AttentionShape shape = AttentionShape.of(2, 3, 7, 5);
        try (FlexAttention attention =
                FlexAttention.builder(shape).device(REFERENCE).build()) {
            assertMessage(
                    () -> attention.forward(new float[11 * 3 * 7 * 5], new float[210], new float[210]),
                    "q: expected 210 floats [batch 2, queryHeads 3, queryLength 7, headDim 5], got 1155"
                            + " (as with batch 11); pass a row-major array of that size");
        }
    }

    @Test
    void aBlockMaskMustFit() {
        assertMessage(
                () -> builder()
                        .blockMask(BlockMask.create(MaskMods.causal(), 1, 1, 16, 16))
                        .build(),
                "blockMask: expected queryLength 6, got 16; use mask.adjust(6, 8)");
        assertMessage(
                () -> builder()
                        .blockMask(BlockMask.create(MaskMods.causal(), 1, 1, 6, 7))
                        .build(),
                "blockMask: expected kvLength 8, got 7; create it for the longest sequence");
        assertMessage(
                () -> builder()
                        .blockMask(BlockMask.create(MaskMods.causal(), 1, 2, 6, 8))
                        .build(),
                "blockMask: expected heads 1 or 4, got 2; a size of 1 is for all");
        assertMessage(
                () -> builder()
                        .mask(MaskMods.causal())
                        .blockMask(BlockMask.create(MaskMods.causal(), 1, 1, 6, 8))
                        .build(),
                "mask: expected mask or blockMask, got both; combine them with blockMask.and(…)");
    }

    @Test
    void optionsAreChecked() {
        assertMessage(
                () -> builder().scale(Float.NaN),
                "scale: expected a finite number, got NaN; the default is 1 / √headDim");
        assertMessage(
                () -> builder().sinks(new float[2]),
                "sinks: expected 4 floats [queryHeads], got 2; pass a row-major array of that size");
        assertMessage(
                () -> builder().dropout(1, 0),
                "dropout: expected a probability from 0 to below 1, got 1.0; 0 drops nothing");
    }

    @Test
    void aBroadcastMaskMustNotReadWhatItBroadcastsOver() {
        BlockMask byBatch = BlockMask.create((b, h, q, kv) -> kv <= q + b, 1, 1, 6, 8);
        assertMessage(
                () -> builder().blockMask(byBatch).build(),
                "blockMask: expected batch 2 because its mask reads b, got 1; create it with that size");
        BlockMask byHead = BlockMask.create((b, h, q, kv) -> kv <= q + h, 1, 1, 6, 8);
        assertMessage(
                () -> builder().blockMask(byHead).build(),
                "blockMask: expected heads 4 because its mask reads h, got 1; create it with that size");
    }

    @Test
    void aCapturedArrayMustHoldEveryIndex() {
        float[] small = new float[7];
        ScoreMod mod = (score, b, h, q, kv) -> score + small[kv];
        assertMessage(
                () -> builder().scoreMod(mod).build(),
                "scoreMod: expected captured arrays that hold every index it reads,"
                        + " got \"Index 7 out of bounds for length 7\" at (b 0, h 0, q 0, kv 7);"
                        + " capture a larger array, or read it in an arm: kv <= q ? a[q - kv] : 0f");
        builder().scoreMod(mod).mask((b, h, q, kv) -> kv < 7).build().close();
    }

    @Test
    void aClosedOneIsNotUsedAgain() {
        AttentionShape small = new AttentionShape(1, 1, 1, 2, 2, 4, 4);
        float[] x = new float[8];
        BlockMask mask = BlockMask.create(MaskMods.causal(), 1, 1, 2, 2).changing();
        for (Device device : Devices.all()) {
            FlexAttention attention =
                    FlexAttention.builder(small).device(device).blockMask(mask).build();
            AttentionResult result = attention.forward(x, x, x);
            attention.maxScores(x, x);
            attention.close();
            attention.close();
            List<ThrowingCallable> uses = List.of(
                    () -> attention.forward(x, x, x),
                    () -> attention.backward(x, x, x, result, x),
                    () -> attention.maxScores(x, x),
                    () -> attention.replaceMask(mask),
                    attention::explain);
            for (ThrowingCallable use : uses) {
                assertThatIllegalStateException()
                        .isThrownBy(use)
                        .withMessage("FlexAttention: expected an open one, got one that was closed; build another");
            }
        }
    }

    @Test
    void learnableArraysMustBeRead() {
        float[] captured = new float[8];
        float[] other = new float[9];
        ScoreMod mod = (score, b, h, q, kv) -> score + captured[kv];
        assertMessage(
                () -> builder().scoreMod(mod).learnable(other).build(),
                "learnable: expected an array that the score mod captures, or the sinks, got another of 9 floats;"
                        + " pass the captured array itself");
        assertMessage(
                () -> builder().scoreMod(mod).learnable(captured.clone()).build(),
                "learnable: expected an array that the score mod captures, or the sinks, got another of 8 floats;"
                        + " pass the captured array itself");
        assertMessage(
                () -> builder()
                        .scoreMod(mod)
                        .learnable(captured)
                        .learnable(captured)
                        .build(),
                "learnable: expected each array once, got one of 8 floats twice; call learnable once for it");
        assertMessage(
                () -> builder().scoreMod(mod).learnable(captured).interpret().build(),
                "learnable: expected none with interpret(), got 1; a derivative needs the lifted score mod");
    }

    @Test
    void aModThatCantBeLiftedIsNamedWithItsLine() {
        assertThatThrownBy(() -> builder()
                        .scoreMod((score, b, h, q, kv) ->
                                score + String.valueOf(q).length())
                        .build())
                .isInstanceOf(LiftException.class)
                .hasMessageContaining("FlexAttentionTest")
                .hasMessageContaining("String.valueOf");
        assertThatThrownBy(() -> builder()
                        .mask((b, h, q, kv) -> String.valueOf(q).length() > kv)
                        .build())
                .isInstanceOf(LiftException.class)
                .hasMessageContaining("FlexAttentionTest")
                .hasMessageContaining("String.valueOf");
    }

    @Test
    void interpretCallsTheLambdaWhateverItDoes() {
        float[] q = random(SHAPE.querySize());
        float[] k = random(SHAPE.keySize());
        float[] v = random(SHAPE.valueSize());
        try (FlexAttention called = builder()
                        .interpret()
                        .scoreMod((score, b, h, query, key) ->
                                score + String.valueOf(key).length())
                        .mask((b, h, query, key) -> Integer.toString(key).equals("3") || key <= query)
                        .build();
                FlexAttention lifted = builder()
                        .mask((b, h, query, key) -> key == 3 || key <= query)
                        .build()) {
            assertThat(called.forward(q, k, v).out())
                    .containsExactly(
                            lifted.forward(q, k, v).out(), org.assertj.core.api.Assertions.withPrecision(1e-5f));
        }
    }

    @Test
    void halfPrecisionNeedsTensorCores() {
        assertMessage(
                () -> FlexAttention.builder(SHAPE)
                        .precision(Precision.HALF)
                        .device(Devices.byId("loops"))
                        .build(),
                "precision: expected single on this device, got half, which needs tensor cores; use an NVIDIA GPU"
                        + " through cuda");
    }

    @Test
    void interpretIsForwardOnlyAndInsideThisJvm() {
        float[] q = random(SHAPE.querySize());
        float[] k = random(SHAPE.keySize());
        float[] v = random(SHAPE.valueSize());
        try (FlexAttention attention = builder().interpret().build()) {
            AttentionResult result = attention.forward(q, k, v);
            assertThatThrownBy(() -> attention.backward(q, k, v, result, new float[SHAPE.outSize()]))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessage("interpret: expected forward calls only, got backward;"
                            + " a derivative needs the lifted score mod, so build without interpret()");
        }
        assertMessage(
                () -> FlexAttention.builder(SHAPE)
                        .interpret()
                        .device(new Elsewhere())
                        .build(),
                "interpret: expected a device inside this JVM (reference, loops, cpu), got elsewhere:0;"
                        + " name one of those or build without interpret()");
    }

    private static final class Elsewhere implements Device {
        @Override
        public String id() {
            return "elsewhere:0";
        }

        @Override
        public String description() {
            return "far away";
        }

        @Override
        public int preference() {
            return 0;
        }

        @Override
        public AttentionOp compile(AttentionSpec spec) {
            throw new AssertionError("must not compile");
        }
    }
}
