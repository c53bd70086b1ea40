package muflex.engine.tornado;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import muflex.engine.offload.Accelerator;
import muflex.engine.offload.Times;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoRuntime;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.common.Access;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.profiler.ProfilerType;
import uk.ac.manchester.tornado.api.profiler.TornadoProfiler;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;
import uk.ac.manchester.tornado.runtime.TornadoCoreRuntime;
import uk.ac.manchester.tornado.runtime.analyzer.TaskUtils;
import uk.ac.manchester.tornado.runtime.common.TornadoOptions;
import uk.ac.manchester.tornado.runtime.common.XPUDeviceBufferState;
import uk.ac.manchester.tornado.runtime.graph.TornadoExecutionContext;
import uk.ac.manchester.tornado.runtime.sketcher.Sketch;
import uk.ac.manchester.tornado.runtime.sketcher.TornadoSketcher;
import uk.ac.manchester.tornado.runtime.tasks.PrebuiltTask;
import uk.ac.manchester.tornado.runtime.tasks.TornadoTaskGraph;
import uk.ac.manchester.tornado.runtime.tasks.meta.ScheduleContext;

/**
 * What depends on TornadoVM's release (5.2; later ones have fewer backends and renamed internals): its flags, how it lists
 * devices, the form of prebuilt kernels, and what of its task graphs its API does not show.
 */
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
     * is an error and not run in Java instead; IEEE arithmetic, so that infinities mean what they mean; and no limit on
     * memory but the device's, which {@link TornadoAccelerator} keeps to.
     */
    static void configure() {
        setIfAbsent("tornado.recover.bailout", "False");
        setIfAbsent("tornado.opencl.compiler.flags", "-cl-mad-enable -w");
        setIfAbsent("tornado.device.memory", "1024GB");
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

    /** Whether kernels translated to C can be given to this backend as they are. */
    boolean takesC() {
        return backend == TornadoVMBackendType.OPENCL || backend == TornadoVMBackendType.CUDA;
    }

    /** What the name of a prebuilt kernel's file ends in. */
    String extension() {
        return backend == TornadoVMBackendType.OPENCL ? ".cl" : ".cu";
    }

    PrebuiltSource adapt(String program, String kernel, List<Integer> first) {
        return PrebuiltSource.of(program, kernel, backend, Math.toIntExact(TornadoNativeArray.ARRAY_HEADER), first);
    }

    /** TornadoVM's graphs behind its API. It needs the flag that {@link #OPEN} is. */
    private static final class Internals {
        static final Method GRAPH = method(ImmutableTaskGraph.class, "getTaskGraph");
        static final Method IMPLEMENTATION = method(TaskGraph.class, "getTaskGraphImpl");
        static final Field CONTEXT = field("executionContext");
        static final Field PROFILER = field("timeProfiler");
        static final Field LOG = field("bufferLogProfiler");

        static Method method(Class<?> owner, String name, Class<?>... parameters) {
            try {
                Method method = owner.getDeclaredMethod(name, parameters);
                method.setAccessible(true);
                return method;
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("TornadoVM's task graphs are not those of 5.2", e);
            }
        }

        private static Field field(String name) {
            try {
                Field field = TornadoTaskGraph.class.getDeclaredField(name);
                field.setAccessible(true);
                return field;
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("TornadoVM's task graphs are not those of 5.2", e);
            }
        }
    }

    /** Throws if the flag {@link #OPEN} is missing. */
    static void requireInternals() {
        Internals.GRAPH.getName();
    }

    /**
     * A prebuilt task that is equal to itself, which TornadoVM's is not: it then runs a graph's first kernel for all of its tasks. Its
     * id, under which TornadoVM keeps compiled code, is that of the graph's first task with this kernel, so that each is compiled once;
     * its own id, under which its work groups are known, is its meta data's.
     */
    private static final class Task extends PrebuiltTask {
        private final String code;

        Task(ScheduleContext graph, PrebuiltTask task, String code) {
            super(
                    graph,
                    task.getId().substring(task.getId().indexOf('.') + 1),
                    task.getEntryPoint(),
                    task.getFilename(),
                    task.getArguments(),
                    task.getArgumentsAccess());
            this.code = code;
        }

        @Override
        public String getId() {
            return code;
        }

        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }
    }

    /**
     * Makes the tasks of a graph that has not run distinct, see {@link Task}.
     *
     * @param measured whether TornadoVM's profiler is to run, which fails on tasks that share compiled code
     */
    void distinguish(ImmutableTaskGraph graph, boolean measured) {
        TornadoExecutionContext context = context(graph);
        Map<String, String> firstOf = new HashMap<>();
        context.getTasks().replaceAll(task -> {
            if (!(task instanceof PrebuiltTask prebuilt)) {
                return task;
            }
            String first = measured
                    ? prebuilt.getId()
                    : firstOf.computeIfAbsent(prebuilt.getFilename(), file -> prebuilt.getId());
            return new Task(context.meta(), prebuilt, first);
        });
    }

    /** Whether TornadoVM compiles for this device unless told otherwise, as it is for tasks that it compiles itself. */
    boolean isDefault() {
        TornadoDevice first = TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice();
        return first.getDeviceName().equals(device.getDeviceName())
                && first.getTornadoVMBackend() == device.getTornadoVMBackend();
    }

    /** Adds a task that TornadoVM compiles: the function and its arguments. */
    void addTask(TaskGraph to, String id, Object task, List<Object> arguments) {
        Object[] passed = new Object[arguments.size() + 2];
        passed[0] = id;
        passed[1] = task;
        System.arraycopy(arguments.toArray(), 0, passed, 2, arguments.size());
        Method add = Arrays.stream(TaskGraph.class.getMethods())
                .filter(m -> m.getName().equals("task")
                        && m.getParameterCount() == passed.length
                        && m.getParameterTypes()[1].isInstance(task))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "expected at most 20 arguments, as TornadoVM has it, got " + arguments.size()));
        call(add, to, passed);
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
        addTask(new TaskGraph("look"), "task", task, arguments);
        List<Boolean> written = keepWhatIsNotWritten(task);
        String name = "try" + TRIALS.incrementAndGet();
        TaskGraph tasks = new TaskGraph(name);
        tasks.transferToDevice(DataTransferMode.FIRST_EXECUTION, arrays.toArray());
        addTask(tasks, "task", task, arguments);
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

    /**
     * TornadoVM does not copy an array to the device that it thinks a kernel only writes, even if the kernel writes a part. It is made to
     * think that such kernels read it too. Which arguments a task writes.
     */
    private static List<Boolean> keepWhatIsNotWritten(Object task) {
        Object method = call(
                Internals.method(TornadoCoreRuntime.class, "resolveMethod", Method.class),
                TornadoCoreRuntime.getTornadoRuntime(),
                TaskUtils.resolveMethodHandle(task));
        Method lookup = Arrays.stream(TornadoSketcher.class.getMethods())
                .filter(m -> m.getName().equals("lookup"))
                .findFirst()
                .orElseThrow();
        Access[] accesses = ((Sketch) call(lookup, null, method, 0, 0)).getArgumentsAccess();
        List<Boolean> written = new ArrayList<>();
        for (int i = 0; i < accesses.length; i++) {
            written.add(accesses[i] == Access.WRITE_ONLY || accesses[i] == Access.READ_WRITE);
            if (accesses[i] == Access.WRITE_ONLY) {
                accesses[i] = Access.READ_WRITE;
            }
        }
        return written;
    }

    private static TornadoExecutionContext context(ImmutableTaskGraph graph) {
        return (TornadoExecutionContext) get(Internals.CONTEXT, graph);
    }

    private static Object get(Field field, ImmutableTaskGraph graph) {
        try {
            return field.get(call(Internals.IMPLEMENTATION, call(Internals.GRAPH, graph)));
        } catch (IllegalAccessException e) {
            throw new IllegalStateException("TornadoVM's task graphs are not those of 5.2", e);
        }
    }

    /** Whether copies from the device that follow are measured: TornadoVM knows it for all graphs together. */
    void profile(boolean on) {
        TornadoOptions.TORNADO_PROFILER = on;
    }

    /** Adds what the graph's last run took, by kernel; copies to the device with TornadoVM's own few bytes a task. */
    void addTimes(ImmutableTaskGraph graph, List<String> tasks, List<String> kernels, Times to) {
        TornadoProfiler profiler = (TornadoProfiler) get(Internals.PROFILER, graph);
        to.add(Accelerator.COPY_IN, profiler.getTimer(ProfilerType.COPY_IN_TIME));
        for (int t = 0; t < tasks.size(); t++) {
            to.add(kernels.get(t), profiler.getTaskTimer(ProfilerType.TASK_KERNEL_TIME, tasks.get(t)));
        }
        // TornadoVM keeps what it measured as text, for ever.
        ((StringBuilder) get(Internals.LOG, graph)).setLength(0);
    }

    /** Adds what the graph's last copy from the device took. */
    void addDownload(ImmutableTaskGraph graph, Times to) {
        TornadoProfiler profiler = (TornadoProfiler) get(Internals.PROFILER, graph);
        to.add(Accelerator.COPY_OUT, profiler.getTimer(ProfilerType.COPY_OUT_TIME_SYNC));
        ((StringBuilder) get(Internals.LOG, graph)).setLength(0);
    }

    /** What TornadoVM knows of an array's copy on the device, in this graph: graphs may share a buffer. */
    XPUDeviceBufferState state(ImmutableTaskGraph graph, FloatArray array) {
        return context(graph)
                .getLocalStateObject(array, Access.READ_ONLY)
                .getDataObjectState()
                .getDeviceBufferState(device);
    }

    private static Object call(Method method, @Nullable Object receiver, Object... arguments) {
        try {
            return method.invoke(receiver, arguments);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("TornadoVM's task graphs are not those of 5.2", e);
        }
    }
}
