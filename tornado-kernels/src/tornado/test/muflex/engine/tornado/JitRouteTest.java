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
import muflex.kernels.AttentionBackward;
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
        return new JavaKernel(owner, method, ModFunctions.NONE, 8);
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

    /** A helper with a loop, spans that end within a vector; out is b. */
    @Test
    void aKernelWithHelpersRuns() {
        try (Memory a = accelerator.allocate("a", 4 * 30);
                Memory b = accelerator.allocate("b", 4 * 30)) {
            Code.Launch launch =
                    accelerator.bind(kernel(ElementKernels.class, "add"), 2, 1, List.of(a, b, b, 30, 17, 0, 2));
            assertThat(launch).isNotNull();
            float[] values = new float[30];
            float[] sums = new float[30];
            for (int i = 0; i < values.length; i++) {
                values[i] = i;
                sums[i] = 2 * i;
            }
            a.write(values);
            b.write(values);
            launch.enqueue();
            float[] result = new float[30];
            b.read(result);
            assertThat(result).containsExactly(sums);
            launch.close();
        }
    }

    /** The length of dLse says whether there is one. */
    @Test
    void lengthsOfArraysAreKnown() {
        try (Memory out = accelerator.allocate("out", 4 * 6);
                Memory dOut = accelerator.allocate("dOut", 4 * 6);
                Memory none = accelerator.allocate("dLse", 0);
                Memory delta = accelerator.allocate("delta", 4 * 3)) {
            Code.Launch launch = accelerator.bind(
                    kernel(AttentionBackward.class, "delta"), 3, 1, List.of(out, dOut, none, delta, 2, 0, 3));
            assertThat(launch).isNotNull();
            out.write(new float[] {1, 2, 3, 4, 5, 6});
            dOut.write(new float[] {1, 1, 2, 2, 3, 3});
            launch.enqueue();
            float[] result = new float[3];
            delta.read(result);
            assertThat(result).containsExactly(3, 14, 33);
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

    /** Arrays of floats and ints, a scalar; reads out of range, which give 0. */
    @Test
    void capturesAreRead() {
        float[] slope = {0.5f, 0.25f, 0.125f, 0.0625f};
        int[] documents = new int[70];
        java.util.Arrays.setAll(documents, i -> i / 20);
        float[] few = {1, 2, 3};
        float scale = 1.5f;
        AttentionSpec spec = AttentionSpec.of(new AttentionShape(1, 4, 4, 70, 70, 16, 16))
                .withScoreMod((s, b, h, q, kv) -> s * scale - slope[h] * (q - kv))
                .withMask(BlockMask.create((b, h, q, kv) -> documents[q] == documents[kv], 1, 1, 70, 70, 32, 32));
        Device device = TornadoDevice.of(TornadoVm.devices().getFirst());
        float[][] expected = forward(Devices.byId("loops"), spec);
        float[][] got = forward(device, spec);
        assertThat(Agreement.error(got[0], expected[0])).isLessThan(1e-5);
        assertThat(Agreement.error(got[1], expected[1])).isLessThan(1e-5);
        AttentionSpec beyond = AttentionSpec.of(new AttentionShape(1, 1, 1, 9, 9, 16, 16))
                .withScoreMod((s, b, h, q, kv) -> s + few[kv]);
        AttentionSpec same = beyond.withScoreMod((s, b, h, q, kv) -> s + (kv < 3 ? few[kv] : 0f));
        System.setProperty("muflex.verify", "false"); // loops throws where devices read 0
        try {
            assertThat(forward(device, beyond)[0]).containsExactly(forward(device, same)[0]);
        } finally {
            System.clearProperty("muflex.verify");
        }
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
