package muflex.engine.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMods;
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
