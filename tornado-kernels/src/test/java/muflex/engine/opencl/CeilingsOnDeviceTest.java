package muflex.engine.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import muflex.attention.AttentionShape;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Ceilings;
import muflex.engine.Devices;
import muflex.engine.offload.Accelerator.DeviceTime;
import muflex.engine.offload.DeviceArray;
import muflex.engine.offload.KernelProgram;
import muflex.engine.offload.Memory;
import muflex.engine.offload.Profile;
import muflex.engine.offload.Switches;
import muflex.engine.translate.Target;
import muflex.engine.translate.Target.Language;
import muflex.engine.translate.Translator.Known;
import muflex.kernels.CeilingKernels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The roofs of a roofline on a device that takes C. */
class CeilingsOnDeviceTest {
    private static final OpenClAccelerator DEVICE = FirstDevice.accelerator();

    /** How high they are is the machine's business. */
    @Test
    void aDeviceMeasuresItsOwn() {
        Ceilings ceilings = Devices.byId(DEVICE.id()).ceilings().orElseThrow();

        assertThat(ceilings.gflops()).isPositive().isFinite();
        assertThat(ceilings.gigabytes()).isPositive().isFinite();
    }

    /** {@code compare --profile} is about the cases. */
    @Test
    void aProfileHasNoKernelsOfCeilings() {
        System.setProperty(Switches.PROFILE, "true");
        try (AttentionOp op = Devices.byId(DEVICE.id()).compile(AttentionSpec.of(AttentionShape.of(1, 1, 4, 4)))) {
            Devices.byId(DEVICE.id()).ceilings();
            op.maxScores(new float[16], new float[16], new float[4]);
        } finally {
            System.clearProperty(Switches.PROFILE);
        }
        assertThat(Profile.byDevice().get(DEVICE.id()))
                .extracting(DeviceTime::name)
                .anyMatch(name -> name.startsWith("AttentionMaxima"))
                .noneMatch(name -> name.startsWith("CeilingKernels"));
    }

    /** Every element once, with as many in an item as a GPU has and as a core has. */
    @ParameterizedTest
    @ValueSource(ints = {4, 256})
    void triadLeavesNothingOut(int span) {
        int size = 4096;
        float[] ones = new float[size];
        Arrays.fill(ones, 1);
        try (Memory a = DEVICE.allocate("test", 4L * size);
                Memory c = DEVICE.allocate("test", 4L * size);
                KernelProgram program =
                        new KernelProgram(DEVICE, new Target(Language.OPENCL, 4, 2, false, true, true), "triad")) {
            a.write(ones);
            DeviceArray in = new DeviceArray(a, size);
            program.launch(
                            program.add(CeilingKernels.class, "triad", Known.NOTHING),
                            size / span,
                            in,
                            in,
                            new DeviceArray(c, size),
                            0.5f,
                            span)
                    .enqueue();
            float[] out = new float[size];
            c.read(out);
            assertThat(out).containsOnly(1.5f);
        }
    }
}
