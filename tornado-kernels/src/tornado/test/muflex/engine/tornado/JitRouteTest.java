package muflex.engine.tornado;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;
import muflex.engine.Devices;
import muflex.engine.offload.Code;
import muflex.engine.offload.JavaKernel;
import muflex.engine.offload.Memory;
import muflex.engine.offload.Switches;
import muflex.engine.translate.ModFunctions;
import muflex.kernels.ElementKernels;
import muflex.kernels.MatMulKernels;
import muflex.kernels.ReduceKernels;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Kernels that TornadoVM compiles itself, on the first device of a real one; skipped where there is none. */
class JitRouteTest {
    private TornadoAccelerator accelerator;

    @BeforeEach
    void open() {
        System.setProperty(Switches.TORNADO_ROUTE, "jit");
        TornadoEngine engine = new TornadoEngine();
        assumeTrue(!engine.devices().isEmpty(), () -> String.valueOf(engine.problem()));
        TornadoVm vm = TornadoVm.devices().getFirst().vm();
        accelerator = new TornadoAccelerator(
                "tornado:0:0", vm, DeviceFacts.of(vm.device(), vm.backend()).limits());
    }

    @AfterEach
    void close() {
        System.clearProperty(Switches.TORNADO_ROUTE);
    }

    private static JavaKernel kernel(Class<?> owner, String method) {
        return new JavaKernel(owner, method, ModFunctions.SCORE, ModFunctions.SCORE);
    }

    /** Whole vectors and a rest; out is a. */
    @Test
    void aKernelWithVectorsRuns() {
        int columns = 13;
        try (Memory a = accelerator.allocate("a", 8L * columns);
                Memory row = accelerator.allocate("row", 4L * columns)) {
            Code.Launch launch =
                    accelerator.bind(kernel(ElementKernels.class, "addRow"), 2, 1, List.of(a, row, a, columns, 0, 2));
            assertThat(launch).isNotNull();
            float[] values = new float[2 * columns];
            float[] sums = new float[2 * columns];
            for (int i = 0; i < values.length; i++) {
                values[i] = i;
                sums[i] = i + 10f * (i % columns);
            }
            a.write(values);
            float[] tens = new float[columns];
            for (int c = 0; c < columns; c++) {
                tens[c] = 10f * c;
            }
            row.write(tens);
            launch.enqueue();
            float[] result = new float[2 * columns];
            a.read(result);
            assertThat(result).containsExactly(sums);
            launch.close();
        }
    }

    /** TornadoVM would not copy an array that it thinks is only written; the elements that no item writes must stay. */
    @Test
    void whatAKernelDoesNotWriteStays() {
        try (Memory x = accelerator.allocate("x", 40);
                Memory partial = accelerator.allocate("partial", 16)) {
            Code.Launch launch =
                    accelerator.bind(kernel(ReduceKernels.class, "sum"), 1, 1, List.of(x, partial, 2, 10, 4096, 0, 1));
            assertThat(launch).isNotNull();
            x.write(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
            partial.write(new float[] {7, 7, 7, 7});
            launch.enqueue();
            float[] result = new float[4];
            partial.read(result);
            assertThat(result).containsExactly(7, 7, 55, 7);
            launch.close();
        }
    }

    /** Its tiles are too large for TornadoVM's compiler, which inlines everything. */
    @Test
    void whatTornadoVmCannotCompileIsLeftToTheTranslator() {
        try (Memory a = accelerator.allocate("a", 4096);
                Memory b = accelerator.allocate("b", 4096);
                Memory c = accelerator.allocate("c", 4096)) {
            assertThat(accelerator.bind(kernel(MatMulKernels.class, "multiply"), 1, 1, List.of(a, b, c, 8, 8, 8, 0, 1)))
                    .isNull();
        }
    }

    /** In strips: rests of queries and keys, a score mod and a mask without captures. */
    @Test
    void attentionAgreesWithLoops() {
        AttentionShape shape = new AttentionShape(2, 4, 2, 77, 75, 24, 40);
        AttentionSpec spec = AttentionSpec.of(shape)
                .withScoreMod((s, b, h, q, kv) -> s + 0.1f * (h + 1) * (kv - q))
                .withMask(BlockMask.create((b, h, q, kv) -> q + 3 >= kv, 1, 1, 77, 75, 32, 32));
        Device device = TornadoDevice.of(TornadoVm.devices().getFirst());
        float[][] expected = forward(Devices.byId("loops"), spec);
        float[][] got = forward(device, spec);
        assertThat(Agreement.error(got[0], expected[0])).isLessThan(1e-5);
        assertThat(Agreement.error(got[1], expected[1])).isLessThan(1e-5);
    }

    private static float[][] forward(Device device, AttentionSpec spec) {
        java.util.SplittableRandom random = new java.util.SplittableRandom(3);
        AttentionShape shape = spec.shape();
        float[] out = new float[shape.outSize()];
        float[] lse = new float[shape.lseSize()];
        try (AttentionOp op = device.compile(spec)) {
            op.forward(
                    normal(random, shape.querySize()),
                    normal(random, shape.keySize()),
                    normal(random, shape.valueSize()),
                    out,
                    lse);
        }
        return new float[][] {out, lse};
    }

    private static float[] normal(java.util.SplittableRandom random, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
