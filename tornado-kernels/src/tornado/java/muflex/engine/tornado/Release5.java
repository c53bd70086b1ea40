package muflex.engine.tornado;

import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import muflex.engine.offload.Accelerator;
import muflex.engine.offload.Limits;
import muflex.engine.offload.Times;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.common.Access;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.profiler.ProfilerType;
import uk.ac.manchester.tornado.api.profiler.TornadoProfiler;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
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

/** Releases 5 of TornadoVM. What its API does not show is read by reflection, which needs the flag {@link TornadoVm#OPEN}. */
final class Release5 implements Release {

    /** TornadoVM's graphs behind its API. It needs the flag that {@link TornadoVm#OPEN} is. */
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
                throw differs(e);
            }
        }

        private static Field field(String name) {
            try {
                Field field = TornadoTaskGraph.class.getDeclaredField(name);
                field.setAccessible(true);
                return field;
            } catch (ReflectiveOperationException e) {
                throw differs(e);
            }
        }
    }

    private static UnknownRelease differs(ReflectiveOperationException missing) {
        return Release.differs(Release.version(), missing);
    }

    @Override
    public void requireInternals() {
        Internals.GRAPH.getName();
    }

    @Override
    public Limits.Type type(TornadoDevice device) {
        return switch (device.getDeviceType()) {
            case GPU -> Limits.Type.GPU;
            case FPGA, ACCELERATOR -> Limits.Type.ACCELERATOR;
            default -> Limits.Type.CPU;
        };
    }

    @Override
    public long memory(TornadoDevice device) {
        return Math.min(device.getMaxGlobalMemory(), TornadoOptions.DEVICE_AVAILABLE_MEMORY);
    }

    @Override
    public void limitMemory(TornadoDevice device, long bytes) {
        Object context = device.getDeviceContext();
        Object provider = call(Internals.method(context.getClass(), "getBufferProvider"), context);
        try {
            Field available = provider.getClass().getSuperclass().getDeclaredField("currentMemoryAvailable");
            available.setAccessible(true);
            available.setLong(provider, bytes);
        } catch (ReflectiveOperationException e) {
            throw differs(e);
        }
    }

    @Override
    public int ptxArchitecture(TornadoDevice device) {
        Object physical = device.getPhysicalDevice();
        String target = String.valueOf(call(Internals.method(physical.getClass(), "getTargetArchitecture"), physical));
        return Integer.parseInt(target.replace("sm_", ""));
    }

    /**
     * A prebuilt task that is equal to itself, which TornadoVM's is not: it then runs a graph's first kernel for all of its tasks. Its
     * id, under which TornadoVM keeps compiled code, is that of the graph's first task with this kernel, so that each is compiled once;
     * its own id, under which its work groups are known, is its meta data's. The graph knows its arguments: of a task of PTX they would
     * be part of the name by which TornadoVM looks for the kernel, with the numbers that are passed, so that it has none.
     */
    private static final class Task extends PrebuiltTask {
        private final String code;

        Task(ScheduleContext graph, PrebuiltTask task, String code, boolean ptx) {
            super(
                    graph,
                    task.getId().substring(task.getId().indexOf('.') + 1),
                    task.getEntryPoint(),
                    ptx
                            ? Ptx.forTask(Path.of(task.getFilename()), code, task.getEntryPoint())
                                    .toString()
                            : task.getFilename(),
                    ptx ? new Object[0] : task.getArguments(),
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

    @Override
    public void distinguish(ImmutableTaskGraph graph, boolean measured) {
        TornadoExecutionContext context = context(graph);
        Map<String, String> firstOf = new HashMap<>();
        context.getTasks().replaceAll(task -> {
            if (!(task instanceof PrebuiltTask prebuilt)) {
                return task;
            }
            String first = measured
                    ? prebuilt.getId()
                    : firstOf.computeIfAbsent(prebuilt.getFilename(), file -> prebuilt.getId());
            return new Task(
                    context.meta(), prebuilt, first, prebuilt.getFilename().endsWith(Prebuilt.PTX.extension()));
        });
    }

    @Override
    public void addTask(TaskGraph to, String id, Object task, List<Object> arguments) {
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

    @Override
    public List<Boolean> keepWhatIsNotWritten(Object task) {
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
            throw differs(e);
        }
    }

    @Override
    public void profile(boolean on) {
        TornadoOptions.TORNADO_PROFILER = on;
        // A plan without a profiler turns this off for all; where it is off, each copy prints what was measured.
        TornadoOptions.TORNADO_PROFILER_LOG = on;
    }

    @Override
    public void addTimes(ImmutableTaskGraph graph, List<String> tasks, List<String> kernels, Times to) {
        TornadoProfiler profiler = (TornadoProfiler) get(Internals.PROFILER, graph);
        to.add(Accelerator.COPY_IN, profiler.getTimer(ProfilerType.COPY_IN_TIME));
        for (int t = 0; t < tasks.size(); t++) {
            to.add(kernels.get(t), profiler.getTaskTimer(ProfilerType.TASK_KERNEL_TIME, tasks.get(t)));
        }
        // TornadoVM keeps what it measured as text, for ever.
        ((StringBuilder) get(Internals.LOG, graph)).setLength(0);
    }

    @Override
    public void addDownload(ImmutableTaskGraph graph, Times to) {
        TornadoProfiler profiler = (TornadoProfiler) get(Internals.PROFILER, graph);
        to.add(Accelerator.COPY_OUT, profiler.getTimer(ProfilerType.COPY_OUT_TIME_SYNC));
        ((StringBuilder) get(Internals.LOG, graph)).setLength(0);
    }

    @Override
    public XPUDeviceBufferState state(TornadoDevice device, ImmutableTaskGraph graph, FloatArray array) {
        return context(graph)
                .getLocalStateObject(array, Access.READ_ONLY)
                .getDataObjectState()
                .getDeviceBufferState(device);
    }

    private static Object call(Method method, @Nullable Object receiver, Object... arguments) {
        try {
            return method.invoke(receiver, arguments);
        } catch (InvocationTargetException e) {
            throw new IllegalStateException(
                    "TornadoVM failed in " + method.getName() + ": " + Failures.reason(e), e.getCause());
        } catch (IllegalAccessException e) {
            throw differs(e);
        }
    }
}
