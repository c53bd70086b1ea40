package muflex.engine.tornado;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import muflex.engine.offload.Accelerator;
import muflex.engine.offload.Code;
import muflex.engine.offload.Memory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.exceptions.TornadoMemoryException;
import uk.ac.manchester.tornado.api.memory.XPUBuffer;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** On the first OpenCL device of a real TornadoVM; skipped where there is none. */
class TornadoDeviceTest {
    private static final String PROGRAM = """

        // Test.add, line 1
        kernel void add(const global float *restrict x, global float *restrict y, float by) {
          y[get_global_id(0)] = x[get_global_id(0)] + by;
        }

        // Test.square, line 5
        kernel void square(const global float *restrict x, global float *restrict y) {
          y[get_global_id(0)] = x[get_global_id(0)] * x[get_global_id(0)];
        }
        """;

    private TornadoAccelerator accelerator;

    @BeforeEach
    void open() {
        TornadoEngine engine = new TornadoEngine();
        assumeTrue(!engine.devices().isEmpty(), () -> String.valueOf(engine.problem()));
        TornadoVm vm = TornadoVm.devices().getFirst().vm();
        assumeTrue(vm.prebuilt().equals(Optional.of(Prebuilt.OPENCL)), "a backend that takes OpenCL C");
        accelerator = new TornadoAccelerator(
                "tornado:0:0", vm, DeviceFacts.of(vm.device(), vm.backend()).limits());
    }

    /** TornadoVM 5.2 itself runs the first kernel of a graph for all of its prebuilt tasks. */
    @Test
    void eachTaskOfAGraphRunsItsOwnKernel() {
        try (Memory x = accelerator.allocate("x", 16);
                Memory y = accelerator.allocate("y", 16);
                Memory z = accelerator.allocate("z", 16)) {
            Code code = accelerator.build(PROGRAM, "test");
            Code.Launch add = code.bind("add", 4, 1, List.of(x, y, 1f));
            Code.Launch square = code.bind("square", 4, 1, List.of(y, z));
            float[] result = new float[4];
            for (int round = 0; round < 3; round++) {
                x.write(new float[] {round, 1, 2, 3});
                add.enqueue();
                square.enqueue();
                accelerator.finish();
                z.read(result);
                assertThat(result).containsExactly((round + 1) * (round + 1), 4, 9, 16);
            }
            add.close();
            square.close();
        }
    }

    @Test
    void plansShareTheArraysOnTheDevice() {
        try (Memory x = accelerator.allocate("x", 16)) {
            Code code = accelerator.build(PROGRAM, "test");
            Code.Launch one = code.bind("add", 4, 1, List.of(x, x, 1f));
            Code.Launch ten = code.bind("add", 4, 1, List.of(x, x, 10f));
            x.write(new float[] {0, 1, 2, 3});
            one.enqueue();
            accelerator.finish();
            ten.enqueue();
            accelerator.finish();
            one.enqueue();
            accelerator.finish();
            one.close();
            float[] result = new float[4];
            x.read(result);
            assertThat(result).containsExactly(12, 13, 14, 15);
            ten.close();
        }
    }

    /** A plan's first run has compilation too, a copy back is its own. */
    @Test
    void timesAreByKernelAndCopy() {
        try (Memory x = accelerator.allocate("x", 4 << 20);
                Memory y = accelerator.allocate("y", 4 << 20)) {
            Code code = accelerator.build(PROGRAM, "test");
            Code.Launch add = code.bind("add", 1 << 20, 64, List.of(x, y, 1f));
            Code.Launch square = code.bind("square", 1 << 20, 64, List.of(y, y));
            x.write(new float[1 << 20]);
            add.enqueue();
            square.enqueue();
            y.read(new float[1 << 20]);
            assertThat(accelerator.takeTimes())
                    .extracting(Accelerator.DeviceTime::name)
                    .containsExactlyInAnyOrder(
                            Accelerator.COPY_IN, "add", "square", Accelerator.COMPILE, Accelerator.COPY_OUT);
            x.write(new float[1 << 20]);
            add.enqueue();
            square.enqueue();
            y.read(new float[1 << 20]);
            assertThat(accelerator.takeTimes())
                    .hasSize(4)
                    .allSatisfy(time -> assertThat(time.nanos()).isBetween(1_000L, 1_000_000_000L));
            assertThat(accelerator.takeTimes()).isEmpty();
            add.close();
            square.close();
        }
    }

    @Test
    void refusesMoreMemoryThanThereIs() {
        long largest = accelerator.limits().largest();
        assertThatThrownBy(() -> accelerator.allocate("q", largest + 1))
                .hasMessageContaining("tornado:0:0 q: expected at most " + largest)
                .hasMessageContaining("got " + (largest + 1));
    }

    /** A local size that does not divide the global one: TornadoVM prints OpenCL's −54 and goes on. */
    @Test
    void aLaunchThatTheDriverRefusesIsAnError() {
        try (Memory x = accelerator.allocate("x", 16);
                Memory y = accelerator.allocate("y", 16)) {
            Code code = accelerator.build(PROGRAM, "test");
            Code.Launch square = code.bind("square", 4, 1, List.of(x, y));
            Code.Launch refused = code.bind("add", 4, 3, List.of(x, y, 1f));
            x.write(new float[] {1, 2, 3, 4});
            square.enqueue();
            refused.enqueue();
            assertThatThrownBy(() -> y.read(new float[4]))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("tornado:0:0: the driver refused 1 of 2 launches of square (")
                    .hasMessageContaining("add.cl)");
            square.enqueue();
            float[] result = new float[4];
            y.read(result);
            assertThat(result).containsExactly(1, 4, 9, 16);
            refused.enqueue();
            assertThatThrownBy(accelerator::takeTimes).hasMessageContaining("refused 1 of 1 launches of add (");
            refused.enqueue();
            assertThatThrownBy(accelerator::finish).hasMessageContaining("refused 1 of 1 launches of add (");
            refused.close();
            square.close();
        }
    }

    /** Nobody knows whose launch the driver refused: the thread that did not make the check hears of it too, once. */
    @Test
    void everyThreadThatLaunchedHearsOfARefusal() throws Exception {
        try (Memory x = accelerator.allocate("x", 16);
                Memory y = accelerator.allocate("y", 16);
                ExecutorService other = Executors.newSingleThreadExecutor()) {
            Code code = accelerator.build(PROGRAM, "test");
            Code.Launch refused = code.bind("add", 4, 3, List.of(x, y, 1f));
            other.submit(refused::enqueue).get();
            accelerator.run();
            Code.Launch square = code.bind("square", 4, 1, List.of(x, y));
            square.enqueue();
            assertThatThrownBy(accelerator::finish).hasMessageContaining("the driver refused 1 of 2 launches");
            accelerator.finish();
            Future<?> check = other.submit(accelerator::finish);
            assertThatThrownBy(check::get).hasMessageContaining("the driver refused 1 of 2 launches");
            other.submit(accelerator::finish).get();
            refused.close();
            square.close();
        }
    }

    @Test
    void theCudaBackendTellsTheComputeCapability() {
        assertThat(DeviceFacts.architecture("Device vendor    : NVIDIA\nDevice version   : CUDA 9.0\n"))
                .isEqualTo(90);
        assertThat(DeviceFacts.architecture("Device version   : CUDA 12.0\n")).isEqualTo(120);
        assertThat(DeviceFacts.architecture("Device version   : OpenCL 3.0 CUDA\n"))
                .isZero();
    }

    @Test
    void aPlanThatFailedIsMadeAnew() throws IOException {
        try (Memory x = accelerator.allocate("x", 16);
                Memory y = accelerator.allocate("y", 16)) {
            Code code = accelerator.build(PROGRAM.replace("+ by", "+ unknown"), "test");
            TornadoLaunch launch = (TornadoLaunch) code.bind("add", 4, 1, List.of(x, y, 1f));
            x.write(new float[] {1, 2, 3, 4});
            launch.enqueue();
            assertThatThrownBy(accelerator::finish).hasMessageContaining("failed to run add");
            Files.writeString(launch.file(), Files.readString(launch.file()).replace("+ unknown", "+ by"));
            launch.enqueue();
            float[] result = new float[4];
            y.read(result);
            assertThat(result).containsExactly(2, 3, 4, 5);
            launch.close();
        }
    }

    /** TornadoVM's buffer, of which one kind of method fails. */
    private static XPUBuffer failing(XPUBuffer buffer, String begin) {
        return (XPUBuffer) Proxy.newProxyInstance(
                XPUBuffer.class.getClassLoader(), new Class<?>[] {XPUBuffer.class}, (proxy, method, arguments) -> {
                    if (method.getName().startsWith(begin)) {
                        throw new TornadoMemoryException("no " + begin);
                    }
                    return method.invoke(buffer, arguments);
                });
    }

    @Test
    void aCopyThatFailsIsOneErrorThatNamesTheArray() {
        try (TornadoMemory x = (TornadoMemory) accelerator.allocate("x", 16)) {
            Code code = accelerator.build(PROGRAM, "test");
            Code.Launch launch = code.bind("add", 4, 1, List.of(x, x, 1f));
            launch.enqueue();
            accelerator.finish();
            XPUBuffer buffer = Objects.requireNonNull(x.buffer());
            x.uses(failing(buffer, "read"));
            launch.enqueue();
            accelerator.finish();
            assertThatThrownBy(() -> x.read(new float[4]))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("tornado:0:0: TornadoVM failed to copy x, 16 bytes, from the device: "
                            + "uk.ac.manchester.tornado.api.exceptions.TornadoMemoryException: no read");
            x.clear();
            launch.close();
        }
    }

    @Test
    void aBufferThatCannotBeFreedIsOneErrorThatNamesTheArray() {
        TornadoMemory x = (TornadoMemory) accelerator.allocate("x", 16);
        Code code = accelerator.build(PROGRAM, "test");
        Code.Launch launch = code.bind("add", 4, 1, List.of(x, x, 1f));
        launch.enqueue();
        accelerator.finish();
        x.uses(failing(Objects.requireNonNull(x.buffer()), "deallocate"));
        assertThatThrownBy(x::close)
                .hasMessage("tornado:0:0: TornadoVM failed to free x, 16 bytes: "
                        + "uk.ac.manchester.tornado.api.exceptions.TornadoMemoryException: no deallocate");
        launch.close();
    }

    /** TornadoVM keeps to the device's memory too: here to less of it. */
    @Test
    void tornadoVmsOwnLimitIsTheDevices() {
        TornadoDevice device = accelerator.vm().device();
        Release.running().limitMemory(device, 1 << 20);
        try (Memory x = accelerator.allocate("x", 2 << 20)) {
            Code.Launch launch = accelerator.build(PROGRAM, "test").bind("add", 1 << 19, 1, List.of(x, x, 1f));
            launch.enqueue();
            assertThatThrownBy(accelerator::finish)
                    .hasMessageContaining("TornadoVM failed to run add (")
                    .hasMessageContaining("Unable to allocate " + ((2 << 20) + TornadoNativeArray.ARRAY_HEADER));
            Release.running().limitMemory(device, accelerator.limits().memory());
            launch.enqueue();
            x.read(new float[1]);
            launch.close();
        } finally {
            Release.running().limitMemory(device, accelerator.limits().memory());
        }
    }

    @Test
    void aKernelThatDoesNotCompileIsOneErrorThatNamesItsSource() {
        try (Memory x = accelerator.allocate("x", 16);
                Memory y = accelerator.allocate("y", 16)) {
            Code code = accelerator.build(PROGRAM.replace("+ by", "+ unknown"), "test");
            Code.Launch broken = code.bind("add", 4, 1, List.of(x, y, 1f));
            broken.enqueue();
            assertThatThrownBy(accelerator::finish)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("tornado:0:0: TornadoVM failed to run add (")
                    .hasMessageContaining("add.cl)")
                    .message()
                    .doesNotContain("\n");
            broken.close();
        }
    }
}
