package muflex.engine.tornado;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoRuntime;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;
import uk.ac.manchester.tornado.runtime.common.TornadoXPUDevice;

/** A device of TornadoVM, and its flags: how devices are listed, the form of prebuilt kernels, trials of tasks. */
final class TornadoVm {
    /** The JVM flag that opens TornadoVM's task graphs to us. */
    static final String OPEN = "--add-opens tornado.api/uk.ac.manchester.tornado.api=ALL-UNNAMED";

    /** TornadoVM takes 1024 nodes in a graph: at most three a task and two for each of its arguments. */
    private static final int MOST_NODES = 1000;

    private static final int TASK_NODES = 3;
    private static final int ARGUMENT_NODES = 2;

    private static final String PRINTED = "tornado.print.kernel.dir";

    private static final AtomicInteger TRIALS = new AtomicInteger();

    private final TornadoDevice device;
    private final TornadoVMBackendType backend;

    TornadoVm(TornadoDevice device, TornadoVMBackendType backend) {
        this.device = device;
        this.backend = backend;
    }

    /** A device as {@code tornado:backend:index} has it. */
    record Found(int backend, int index, TornadoVm vm) {}

    /**
     * Sets the flags that must be set before TornadoVM's classes are loaded, where the user did not set them: a kernel that fails
     * is an error and not run in Java instead; IEEE arithmetic, so that infinities mean what they mean; and a limit on
     * memory above any device's, each of which then gets its own, {@link Release#limitMemory}.
     */
    static void configure() {
        setIfAbsent("tornado.recover.bailout", "False");
        setIfAbsent("tornado.opencl.compiler.flags", "-cl-mad-enable -w");
        setIfAbsent("tornado.device.memory", "1024GB");
        // TornadoVM reads it before it knows its devices. On PoCL fused scalars halved the speed of kernels; GPUs want
        // them.
        setIfAbsent("tornado.enable.fma", hasGpu() ? "True" : "False");
        // A graph's code, 4 KiB by default, and the lists that it clears before each run, 128 KiB a task by default.
        setIfAbsent("tornado.tvm.maxbytecodesize", "1048576");
        setIfAbsent("tornado.max.events", "4096");
        // Where it writes what it compiled, if asked: one file, whatever the name says. See runOnce.
        setIfAbsent(
                PRINTED,
                Path.of(
                                System.getProperty("java.io.tmpdir"),
                                "muflex-" + ProcessHandle.current().pid() + ".tornado")
                        .toString());
    }

    /** Whether TornadoVM's compiler makes one rounding of a scalar product and a sum. */
    static boolean fuses() {
        return Boolean.parseBoolean(System.getProperty("tornado.enable.fma"));
    }

    /** Whether a GPU's driver has made its device: NVIDIA's, or AMD's for computing. */
    private static boolean hasGpu() {
        return Files.exists(Path.of("/dev/nvidiactl")) || Files.exists(Path.of("/dev/kfd"));
    }

    private static void setIfAbsent(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    /** Every device of every backend. */
    static List<Found> devices() {
        TornadoRuntime runtime = TornadoRuntimeProvider.getTornadoRuntime();
        List<Found> found = new ArrayList<>();
        for (int b = 0; b < runtime.getNumBackends(); b++) {
            for (int d = 0; d < runtime.getBackend(b).getNumDevices(); d++) {
                found.add(
                        new Found(b, d, new TornadoVm(runtime.getBackend(b).getDevice(d), runtime.getBackendType(b))));
            }
        }
        return found;
    }

    /** How many of the launches fit one graph, from the first on. */
    static int fitting(List<TornadoLaunch> launches) {
        int nodes = 0;
        int count = 0;
        while (count < launches.size()) {
            nodes += TASK_NODES
                    + ARGUMENT_NODES * launches.get(count).arguments().size();
            if (nodes > MOST_NODES && count > 0) {
                break;
            }
            count++;
        }
        return count;
    }

    TornadoDevice device() {
        return device;
    }

    TornadoVMBackendType backend() {
        return backend;
    }

    /** The backends that this TornadoVM has, with devices or without. */
    static List<TornadoVMBackendType> backends() {
        TornadoRuntime runtime = TornadoRuntimeProvider.getTornadoRuntime();
        return IntStream.range(0, runtime.getNumBackends())
                .mapToObj(runtime::getBackendType)
                .toList();
    }

    /** Backend and device, as TornadoVM names them. */
    String name() {
        return backend + " " + device.getPhysicalDevice().getDeviceName();
    }

    /** How it takes the translator's kernels; empty if it doesn't. */
    Optional<Prebuilt> prebuilt() {
        return Prebuilt.of(backend);
    }

    /** The file of one kernel of a program, and which of its arguments it writes. */
    PrebuiltSource adapt(String program, String kernel, List<Integer> first) {
        Prebuilt form = prebuilt().orElseThrow();
        PrebuiltSource source =
                PrebuiltSource.of(program, kernel, form, Math.toIntExact(TornadoNativeArray.ARRAY_HEADER), first);
        return form == Prebuilt.PTX
                ? new PrebuiltSource(
                        Ptx.compile(source.text(), Release.running().ptxArchitecture(device), kernel), source.written())
                : source;
    }

    /** Lets this thread use the device: TornadoVM does that where a plan runs, but not where it copies back or is closed. */
    void enter() {
        ((TornadoXPUDevice) device).enableThreadSharing();
    }

    /** Whether TornadoVM compiles for this device unless told otherwise, as it is for tasks that it compiles itself. */
    boolean isDefault() {
        TornadoDevice first = TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice();
        return first.getDeviceName().equals(device.getDeviceName())
                && first.getTornadoVMBackend() == device.getTornadoVMBackend();
    }

    /**
     * A task that TornadoVM compiled and ran.
     *
     * @param written for each argument, whether it writes it
     * @param source what TornadoVM's compiler wrote
     */
    record Ran(List<Boolean> written, String source) {}

    /** Runs one task of TornadoVM's on these arrays. */
    Ran runOnce(Object task, List<Object> arguments, List<FloatArray> arrays, long items, int group) {
        // A graph that is not run: so TornadoVM looks at the function.
        Release.running().addTask(new TaskGraph("look"), "task", task, arguments);
        List<Boolean> written = Release.running().keepWhatIsNotWritten(task);
        String name = "try" + TRIALS.incrementAndGet();
        TaskGraph tasks = new TaskGraph(name);
        tasks.transferToDevice(DataTransferMode.FIRST_EXECUTION, arrays.toArray());
        Release.running().addTask(tasks, "task", task, arguments);
        tasks.transferToHost(DataTransferMode.EVERY_EXECUTION, arrays.toArray());
        WorkerGrid1D grid = new WorkerGrid1D(Math.toIntExact(items));
        grid.setLocalWork(group, 1, 1);
        try (TornadoExecutionPlan plan = new TornadoExecutionPlan(tasks.snapshot())
                .withDevice(device)
                .withGridScheduler(new GridScheduler(name + ".task", grid))
                .withPrintKernel()) {
            plan.execute();
        } catch (TornadoExecutionPlanException e) {
            throw new IllegalStateException(name, e);
        }
        return new Ran(written, takePrinted());
    }

    /** What was compiled since the last call. */
    private static String takePrinted() {
        Path file = Path.of(System.getProperty(PRINTED));
        try {
            String text = Files.exists(file) ? Files.readString(file) : "";
            Files.deleteIfExists(file);
            return text;
        } catch (IOException e) {
            throw new UncheckedIOException("TornadoVM's kernels could not be read from " + file, e);
        }
    }
}
