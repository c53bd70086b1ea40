package muflex.engine.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMods;
import muflex.attention.ScoreMod;
import muflex.attention.ScoreMods;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;
import muflex.engine.Devices;
import muflex.engine.offload.Switches;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** With every access checked, attention accesses nothing out of bounds and gives what it gives on cpu. */
class CheckedKernelsTest {
    private static final AttentionShape SHAPE = new AttentionShape(1, 2, 1, 70, 83, 24, 17);

    @AfterEach
    void uncheck() {
        System.clearProperty(Switches.CHECK);
    }

    private static float[] random(int size, int seed) {
        Random random = new Random(seed);
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static float[][] run(Device device) {
        BlockMask mask = BlockMask.create(MaskMods.causal(), 1, 1, SHAPE.queryLength(), SHAPE.kvLength());
        AttentionSpec spec = AttentionSpec.of(SHAPE)
                .withMask(mask)
                .withScoreMod(ScoreMods.softcap(2))
                .withDropout(0.1f, 7);
        float[] q = random(SHAPE.querySize(), 1);
        float[] k = random(SHAPE.keySize(), 2);
        float[] v = random(SHAPE.valueSize(), 3);
        float[] dOut = random(SHAPE.outSize(), 4);
        float[][] results = {
            new float[SHAPE.outSize()],
            new float[SHAPE.lseSize()],
            new float[SHAPE.querySize()],
            new float[SHAPE.keySize()],
            new float[SHAPE.valueSize()]
        };
        try (AttentionOp op = device.compile(spec)) {
            op.forward(q, k, v, results[0], results[1]);
            op.backward(
                    q, k, v, results[0], results[1], dOut, null, results[2], results[3], results[4], new float[0][]);
        }
        return results;
    }

    private static void forward(ScoreMod mod) {
        System.setProperty(Switches.CHECK, "true");
        AttentionSpec spec = AttentionSpec.of(SHAPE).withScoreMod(mod);
        try (AttentionOp op = Devices.byId(FirstDevice.accelerator().id()).compile(spec)) {
            op.forward(
                    random(SHAPE.querySize(), 1),
                    random(SHAPE.keySize(), 2),
                    random(SHAPE.valueSize(), 3),
                    new float[SHAPE.outSize()],
                    new float[SHAPE.lseSize()]);
        }
    }

    @Test
    void whatAModReadsOutOfRangeIsReported() {
        float[] bias = new float[64];
        assertThatThrownBy(() -> forward((score, b, h, q, kv) -> score + bias[kv]))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessageMatching(
                        ".*: capture 0 of the user's function: expected an index in 0 … 63, got (6[4-9]|7\\d|8[0-2])");
        float[][] rows = {new float[83], new float[50]};
        assertThatThrownBy(() -> forward((score, b, h, q, kv) -> score + rows[h][kv]))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessageMatching(
                        ".*: capture 0 of the user's function: expected an index in 0 … 49, got (5|6|7|8)\\d");
        assertThatThrownBy(() -> forward((score, b, h, q, kv) -> score + rows[h + 1][0]))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessageEndingWith(
                        ": the rows of capture 0 of the user's function: expected an index in 0 … 1, got 2");
    }

    /** The arm that is not taken reads nothing. */
    @Test
    void aReadThatDoesNotHappenIsNotReported() {
        float[] relative = new float[70];
        int[] documents = new int[83];
        forward((score, b, h, q, kv) -> kv <= q && documents[kv] == 0 ? score + relative[q - kv] : score);
    }

    @Test
    void nothingIsOutOfBounds() {
        String id = FirstDevice.accelerator().id();
        System.setProperty(Switches.CHECK, "true");
        float[][] checked = run(Devices.byId(id));
        float[][] expected = run(Devices.byId("cpu"));
        for (int i = 0; i < expected.length; i++) {
            assertThat(checked[i]).containsExactly(expected[i], Offset.offset(1e-5f));
        }
    }
}
