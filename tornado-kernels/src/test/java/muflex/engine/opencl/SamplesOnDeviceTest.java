package muflex.engine.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import muflex.engine.offload.Code.Launch;
import muflex.engine.offload.DeviceArray;
import muflex.engine.offload.KernelProgram;
import muflex.engine.offload.Memory;
import muflex.engine.translate.Kernel;
import muflex.engine.translate.Target;
import muflex.engine.translate.Target.Language;
import muflex.engine.translate.Translator.Known;
import muflex.engine.translate.samples.Samples;
import muflex.kernels.WorkGroup;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every construct of the dialect gives on a device what it gives in Java. */
class SamplesOnDeviceTest {
    private static final OpenClAccelerator DEVICE = FirstDevice.accelerator();

    private static KernelProgram program(int lanes, boolean checked) {
        return new KernelProgram(DEVICE, new Target(Language.OPENCL, lanes, 2, checked, true, true), "samples");
    }

    private static DeviceArray put(float[] array) {
        Memory memory = DEVICE.allocate("test", 4L * array.length);
        memory.write(array);
        return new DeviceArray(memory, array.length);
    }

    private static DeviceArray put(int[] array) {
        Memory memory = DEVICE.allocate("test", 4L * array.length);
        memory.write(array);
        return new DeviceArray(memory, array.length);
    }

    private static float[] floats(DeviceArray array) {
        float[] values = new float[array.length()];
        array.memory().read(values);
        return values;
    }

    private static int[] ints(DeviceArray array) {
        int[] values = new int[array.length()];
        array.memory().read(values);
        return values;
    }

    @ParameterizedTest
    @CsvSource({"16,false", "8,false", "4,false", "16,true"})
    void softmaxByLanes(int lanes, boolean checked) {
        for (int width : new int[] {1, 3, 16, 17, 63, 64}) {
            int rows = 5;
            float[] x = new float[rows * width];
            Random random = new Random(width);
            for (int i = 0; i < x.length; i++) {
                x[i] = random.nextFloat(-9, 9);
            }
            float[] expected = new float[x.length];
            Samples.softmax(x, expected, width, 0, rows);
            try (KernelProgram program = program(lanes, checked)) {
                Kernel kernel = program.add(Samples.class, "softmax", Known.NOTHING);
                DeviceArray y = put(new float[x.length]);
                program.launch(kernel, rows, put(x), y, width).enqueue();
                program.check();
                assertThat(floats(y)).as("width %d", width).containsExactly(expected, Offset.offset(1e-6f));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void controlFlow(boolean checked) {
        int n = 100;
        int[] in = new Random(1).ints(n, -5000, 5000).toArray();
        float[] expected = new float[n];
        Samples.torture(in, expected, 60, 0, n);
        try (KernelProgram program = program(8, checked)) {
            Kernel kernel = program.add(Samples.class, "torture", Known.NOTHING);
            DeviceArray out = put(new float[n]);
            program.launch(kernel, n, put(in), out, 60).enqueue();
            program.check();
            assertThat(floats(out)).containsExactly(expected, Offset.offset(2e-3f));
        }
    }

    @Test
    void edgesOfArithmetic() {
        float[] x = {
            0f,
            -0f,
            1f,
            -1.5f,
            2.5f,
            1e20f,
            -1e20f,
            Float.NaN,
            1e-40f,
            7.99f,
            Float.POSITIVE_INFINITY,
            Float.NEGATIVE_INFINITY,
            5f,
            123456.7f
        };
        int[] n = {0, 1, -1, 7, -7, 13, -13, Integer.MAX_VALUE, Integer.MIN_VALUE, 0x12345678, -99999, 255, 65535, 3};
        int[] expected = new int[12 * x.length];
        Samples.edges(x, n, expected, 3, 0, x.length);
        try (KernelProgram program = program(8, false)) {
            Kernel kernel = program.add(Samples.class, "edges", Known.NOTHING);
            DeviceArray out = put(new int[expected.length]);
            program.launch(kernel, x.length, put(x), put(n), out, 3).enqueue();
            int[] actual = ints(out);
            for (int i = 0; i < x.length; i++) {
                assertThat(Arrays.copyOfRange(actual, 12 * i, 12 * i + 12))
                        .as("x = %s, n = %d", x[i], n[i])
                        .containsExactly(Arrays.copyOfRange(expected, 12 * i, 12 * i + 12));
            }
        }
    }

    @Test
    void divisionsByWhateverNumber() {
        int[] n = {0, 1, -1, 7, -7, 13, -13, Integer.MAX_VALUE, Integer.MIN_VALUE, 0x12345678, -99999};
        try (KernelProgram program = program(8, false)) {
            Kernel kernel = program.add(Samples.class, "divide", Known.NOTHING);
            DeviceArray out = put(new int[n.length]);
            for (int by : n) {
                program.launch(kernel, n.length, put(n), out, by).enqueue();
                int[] expected = new int[n.length];
                if (by != 0) { // by which Java does not divide, and devices give 0
                    Samples.divide(n, expected, by, 0, n.length);
                }
                assertThat(ints(out)).as("divided by %d", by).containsExactly(expected);
            }
        }
    }

    @Test
    void workGroupsAndBarriers() {
        int groups = 7;
        float[] x = new float[groups * 16];
        for (int i = 0; i < x.length; i++) {
            x[i] = i * i % 31;
        }
        float[] y = new float[x.length];
        float[] sums = new float[groups];
        WorkGroup.run(groups, 16, () -> Samples.reverse(x, y, sums));
        try (KernelProgram program = program(8, true)) {
            Kernel kernel = program.add(Samples.class, "reverse", Known.NOTHING);
            DeviceArray outY = put(new float[x.length]);
            DeviceArray outSums = put(new float[groups]);
            program.launchGroups(kernel, groups, 16, put(x), outY, outSums).enqueue();
            program.check();
            assertThat(floats(outY)).containsExactly(y);
            assertThat(floats(outSums)).containsExactly(sums);
        }
    }

    @Test
    void aCheckedProgramNamesArrayIndexAndLine() {
        try (KernelProgram program = program(8, true)) {
            Kernel kernel = program.add(Samples.class, "tooFar", Known.NOTHING);
            Launch launch = program.launch(kernel, 10, put(new float[10]), put(new float[10]));
            launch.enqueue();
            assertThatThrownBy(program::check)
                    .isInstanceOf(IndexOutOfBoundsException.class)
                    .hasMessageMatching(
                            DEVICE.id() + ": x in .*Samples\\.tooFar, line \\d+: expected an index in 0 … 9, got 10");
            Launch shorter = program.launch(kernel, 9, put(new float[10]), put(new float[10]));
            shorter.enqueue();
            program.check();
        }
    }

    @Test
    void anExceptionInAKernelIsReported() {
        try (KernelProgram program = program(8, false)) {
            Kernel kernel = program.add(Samples.class, "refuses", Known.NOTHING);
            program.launch(kernel, 3, put(new int[] {1, -1, 2}), put(new float[3]))
                    .enqueue();
            assertThatThrownBy(program::check)
                    .hasMessageMatching(
                            DEVICE.id()
                                    + ": IllegalArgumentException in .*Samples\\.refuses, line \\d+; run it on cpu for the message");
        }
    }

    @Test
    void timesAreKeptByKernel() {
        try (KernelProgram program = program(8, false)) {
            Kernel kernel = program.add(Samples.class, "axpy", Known.NOTHING);
            DeviceArray y = put(new float[] {1, 2, 3});
            Launch launch = program.launch(kernel, 3, 2f, put(new float[] {1, 1, 1}), y);
            DEVICE.takeTimes();
            launch.enqueue();
            launch.enqueue();
            assertThat(floats(y)).containsExactly(5, 6, 7);
            var times = DEVICE.takeTimes();
            assertThat(times).anySatisfy(time -> {
                assertThat(time.name()).isEqualTo("Samples_axpy");
                assertThat(time.count()).isEqualTo(2);
                assertThat(time.nanos()).isPositive();
            });
            assertThat(times).anySatisfy(time -> assertThat(time.name()).isEqualTo("copy from device"));
        }
    }

    @Test
    void memoryIsRefusedBeforeItIsAskedFor() {
        long largest = DEVICE.limits().largest();
        assertThatThrownBy(() -> DEVICE.allocate("scores", largest + 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(DEVICE.id() + " scores: expected at most " + largest
                        + " bytes, the largest array of this device, got " + (largest + 1) + "; use smaller sizes");
    }

    @Test
    void aProgramThatTheDriverRefusesIsShown() {
        assertThatThrownBy(
                        () -> DEVICE.build("kernel void wrong(global float *x) { x[0] = nothing; }", "wrong program"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("wrong program on " + DEVICE.id() + ": CL_BUILD_PROGRAM_FAILURE")
                .hasMessageContaining("nothing");
    }
}
