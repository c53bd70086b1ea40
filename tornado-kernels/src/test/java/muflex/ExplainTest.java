package muflex;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Field;
import java.util.List;
import java.util.function.UnaryOperator;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMods;
import muflex.attention.ScoreMod;
import muflex.attention.ScoreMods;
import muflex.attention.Weights;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;
import muflex.engine.Devices;
import org.junit.jupiter.api.Test;

class ExplainTest {

    private static final AttentionShape SHAPE = AttentionShape.of(1, 2, 256, 16);

    private static FlexAttention.Builder builder(String device) {
        return FlexAttention.builder(SHAPE).device(Devices.byId(device));
    }

    @Test
    void saysWhatWasLiftedAndComputed() {
        float[] bias = new float[256];
        try (FlexAttention attention = builder("cpu")
                .scoreMod((score, b, h, q, kv) -> 2 * score + bias[q - kv])
                .mask(MaskMods.causal())
                .learnable(bias)
                .build()) {
            assertThat(attention.explain())
                    .startsWith("""
                    attention on cpu: batch 1, heads 2 over 2, queries 256, keys 256, dims 16 and 16, scale 0.25, single
                    score mod, lifted:
                        score * 2.0f + c0[q - kv]
                        c0 = float[256]
                    its derivative by the score:
                        2.0f
                    its derivative by c0[q - kv], where true:
                        1.0f
                    mask, lifted:
                        kv <= q
                    blocks of 128 queries × 128 keys in batch 0, head 0: 1 full, 2 partial, of 4; 25.00 % of all are skipped
                    tiles of 64 queries × 64 keys: 10 of 16 are computed, 4 of them ask the mask
                    """)
                    .contains("maskedKeys([FIIIIIII[Ljava/lang/Object;)V\n")
                    .contains("    invokestatic ");
        }
    }

    @Test
    void everyDeviceHasSomethingToSay() {
        for (Device device : Devices.all()) {
            try (FlexAttention attention = builder(device.id())
                    .scoreMod(ScoreMods.softcap(3))
                    .mask(MaskMods.slidingWindow(9))
                    .build()) {
                assertThat(attention.explain()).contains("tanh", "mask, lifted:");
                if (device.id().startsWith("opencl")) {
                    assertThat(attention.explain()).contains("kernel void").contains("tanh");
                }
            }
        }
    }

    @Test
    void checkFindsALambdaThatIsNoFunction() throws ReflectiveOperationException {
        assertThatCode(() -> checked(ScoreMods.alibi(2))).doesNotThrowAnyException();
        assertThatCode(() -> checked((s, b, h, q, kv) -> (float) Math.sin(s) / (q + 1)))
                .doesNotThrowAnyException();
        Holder holder = new Holder(0);
        try (FlexAttention attention =
                builder("loops").mask((b, h, q, kv) -> kv <= q + holder.offset).build()) {
            Field offset = Holder.class.getDeclaredField("offset");
            offset.setAccessible(true);
            offset.setInt(holder, 200);
            assertThatThrownBy(() -> attention.check(-5, 1))
                    .hasMessage("samples: expected at least 1, got -5; ask for some, 10000 for instance");
            assertThatThrownBy(() -> attention.check(200, 1))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageMatching(
                            "mask: expected the lifted function to give what the lambda does, 1.0, got 0.0 at"
                                    + " \\(score .*, b 0, h ., q .*, kv .*\\); a lambda must depend on nothing but its arguments"
                                    + " and captures");
        }
    }

    /** The lambdas are lifted well, and the device makes something else of them. */
    @Test
    void checkFindsKernelsThatComputeSomethingElse() {
        Device cpu = Devices.byId("cpu");
        Device without = new Device() {
            @Override
            public String id() {
                return "without";
            }

            @Override
            public String description() {
                return "ignores score mods";
            }

            @Override
            public int preference() {
                return 0;
            }

            @Override
            public AttentionOp compile(AttentionSpec spec) {
                return cpu.compile(spec.withScoreMod(null));
            }
        };
        FlexAttention.Builder builder = builder("cpu").scoreMod((s, b, h, q, kv) -> s + 0.01f * h);
        try (FlexAttention right = builder.build();
                FlexAttention wrong = builder.device(without).build()) {
            right.check(50, 1);
            assertThatThrownBy(() -> wrong.check(50, 1))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageMatching("lse: expected the kernels to give what the lambdas do, .*, got .* in row"
                            + " \\(b 0, h [1-9], q .*\\); if the lambdas have no jump .*");
        }
    }

    /** Everything that lse depends on: masks, sinks, grouped heads, the lists in use, and sticks. */
    @Test
    void checkPassesWhateverTheOperationIs() {
        AttentionShape shape = new AttentionShape(2, 4, 2, 100, 300, 24, 8);
        float[] sinks = {1, 2, 3, 4};
        BlockMask mask = BlockMask.create(MaskMods.causal(200), 1, 1, 100, 300).changing();
        UnaryOperator<FlexAttention.Builder> mods =
                builder -> builder.scoreMod(ScoreMods.softcap(2)).device(Devices.byId("cpu"));
        try (FlexAttention sunk = mods.apply(FlexAttention.builder(shape))
                        .sinks(sinks)
                        .blockMask(mask)
                        .build();
                FlexAttention stick = mods.apply(FlexAttention.builder(shape))
                        .weights(Weights.STICK_BREAKING)
                        .blockMask(mask)
                        .build()) {
            for (FlexAttention attention : List.of(sunk, stick)) {
                attention.check(50, 2);
                attention.replaceMask(mask.withKvBlocks(new int[][][][] {{{{}}}}, new int[][][][] {{{{1}}}}));
                attention.check(50, 3);
            }
        }
    }

    /** A final field is a constant to the lifter, which can't know that reflection changes it. */
    private static final class Holder {
        private final int offset;

        private Holder(int offset) {
            this.offset = offset;
        }
    }

    private static void checked(ScoreMod mod) {
        try (FlexAttention attention =
                builder("loops").scoreMod(mod).mask(MaskMods.causal()).build()) {
            attention.check(200, 1);
        }
    }

    @Test
    void masksThatStayAreNotReplaced() {
        BlockMask mask = BlockMask.create(MaskMods.causal(), 1, 1, 256, 256);
        try (FlexAttention stays = builder("loops").blockMask(mask).build();
                FlexAttention changes =
                        builder("loops").blockMask(mask.changing()).build()) {
            assertThatThrownBy(() -> stays.replaceMask(mask))
                    .hasMessage("mask: expected an operation built with a changing() block mask, got one that stays;"
                            + " build with blockMask(mask.changing())");
            assertThatThrownBy(() -> changes.replaceMask(BlockMask.create(MaskMods.causal(3), 1, 1, 256, 256)))
                    .hasMessage("mask: expected other lists of the mask that it was built with, got another mask;"
                            + " use withKvBlocks");
        }
    }
}
