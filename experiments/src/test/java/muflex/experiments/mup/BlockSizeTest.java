package muflex.experiments.mup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import muflex.AttentionGradients;
import muflex.AttentionResult;
import muflex.FlexAttention;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMod;
import muflex.engine.Devices;
import muflex.model.CounterRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A block size decides which blocks are skipped, and so no statistic that a parameterization could depend on. */
class BlockSizeTest {

    private static final int LENGTH = 200;
    private static final AttentionShape SHAPE = AttentionShape.of(1, 2, LENGTH, 16);
    private static final MaskMod WINDOW = (b, h, q, kv) -> kv <= q && q - kv < 70;

    private static float[] normal(String name) {
        CounterRandom random = CounterRandom.of(3, name);
        float[] values = new float[2 * LENGTH * 16];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.normal(i);
        }
        return values;
    }

    private record Answer(AttentionResult forward, AttentionGradients backward) {}

    private static Answer answer(int queryBlock, int kvBlock) {
        BlockMask mask = BlockMask.create(WINDOW, 1, 1, LENGTH, LENGTH, queryBlock, kvBlock);
        float[] q = normal("q");
        float[] k = normal("k");
        float[] v = normal("v");
        try (FlexAttention attention = FlexAttention.builder(SHAPE)
                .blockMask(mask)
                .device(Devices.byId("cpu"))
                .build()) {
            AttentionResult result = attention.forward(q, k, v);
            return new Answer(result, attention.backward(q, k, v, result, normal("dOut")));
        }
    }

    @ParameterizedTest
    @CsvSource({"16, 16", "32, 64", "64, 32", "256, 256"})
    void outputsAndGradientsDontDependOnIt(int queryBlock, int kvBlock) {
        Answer expected = answer(128, 128);
        Answer actual = answer(queryBlock, kvBlock);
        assertSame(actual.forward().out(), expected.forward().out());
        assertSame(actual.backward().dq(), expected.backward().dq());
        assertSame(actual.backward().dk(), expected.backward().dk());
        assertSame(actual.backward().dv(), expected.backward().dv());
    }

    /** Up to the order of float sums. */
    private static void assertSame(float[] actual, float[] expected) {
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).isCloseTo(expected[i], within(2e-5f));
        }
    }
}
