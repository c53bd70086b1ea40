package muflex.engine.tornado;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import muflex.engine.offload.Switches;
import muflex.engine.offload.Times;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.AccessorParameters;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.common.Access;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.enums.ProfilerMode;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.runtime.common.XPUDeviceBufferState;

/**
 * A sequence of launches as one task graph: compiled when first run, then run any number of times. Its arrays stay on the device,
 * where all plans share them; a run copies those to it that changed here, and {@link #download} copies back what is asked for.
 */
final class TaskPlan implements AutoCloseable {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    /** Plans of so few tasks are always measured, as attention is; TornadoVM then waits for each task. */
    private static final int FEW = 8;

    private final TornadoAccelerator accelerator;
    private final List<TornadoLaunch> launches;
    private final String name = "muflex" + NUMBER.incrementAndGet();

    /** The arrays, and whether the plan writes them. */
    private final Map<TornadoMemory, Boolean> arrays = new LinkedHashMap<>();

    private final Map<TornadoMemory, XPUDeviceBufferState> states = new LinkedHashMap<>();
    private final ImmutableTaskGraph graph;
    private final TornadoExecutionPlan plan;
    private final boolean measured;
    private @Nullable TornadoExecutionResult result;

    TaskPlan(TornadoAccelerator accelerator, List<TornadoLaunch> launches) {
        this.accelerator = accelerator;
        this.launches = launches;
        for (TornadoLaunch launch : launches) {
            for (int i = 0; i < launch.arguments().size(); i++) {
                if (launch.arguments().get(i) instanceof TornadoMemory memory) {
                    arrays.merge(memory, launch.writes(i), Boolean::logicalOr);
                }
            }
        }
        checkHashes();
        GridScheduler grids = new GridScheduler();
        graph = build(grids);
        measured = launches.size() <= FEW || Switches.profiles();
        Release.running().distinguish(graph, measured);
        TornadoExecutionPlan built = new TornadoExecutionPlan(graph)
                .withDevice(accelerator.vm().device())
                .withGridScheduler(grids);
        arrays.keySet()
                .forEach(memory -> states.put(
                        memory, Release.running().state(accelerator.vm().device(), graph, memory.array())));
        plan = measured ? built.withProfiler(ProfilerMode.SILENT) : built;
    }

    /** TornadoVM knows a graph's arrays by their hash codes, which are random: two in 2³¹ may meet. */
    private void checkHashes() {
        Map<Integer, TornadoMemory> seen = new LinkedHashMap<>();
        arrays.keySet().forEach(memory -> {
            TornadoMemory other = seen.put(memory.array().hashCode(), memory);
            if (other != null) {
                throw new IllegalStateException(accelerator.id() + ": TornadoVM would take " + memory + " for " + other
                        + ", whose hash codes are equal by chance; run it again");
            }
        });
    }

    private ImmutableTaskGraph build(GridScheduler grids) {
        TaskGraph tasks = new TaskGraph(name);
        arrays.keySet().forEach(memory -> tasks.transferToDevice(DataTransferMode.FIRST_EXECUTION, memory.array()));
        for (int t = 0; t < launches.size(); t++) {
            TornadoLaunch launch = launches.get(t);
            if (launch.task() == null) {
                tasks.prebuiltTask("t" + t, launch.kernel(), launch.file().toString(), accessors(launch));
            } else {
                Release.running().addTask(tasks, "t" + t, launch.task(), values(launch));
            }
            WorkerGrid1D grid = new WorkerGrid1D(Math.toIntExact(launch.items()));
            grid.setLocalWork(launch.group(), 1, 1);
            grids.addWorkerGrid(name + ".t" + t, grid);
        }
        arrays.forEach((memory, written) -> {
            if (written) {
                tasks.transferToHost(DataTransferMode.UNDER_DEMAND, memory.array());
            }
        });
        return tasks.snapshot();
    }

    private static List<Object> values(TornadoLaunch launch) {
        return launch.arguments().stream()
                .map(argument -> argument instanceof TornadoMemory memory ? memory.array() : argument)
                .toList();
    }

    private AccessorParameters accessors(TornadoLaunch launch) {
        AccessorParameters accessors = new AccessorParameters(launch.arguments().size());
        for (int i = 0; i < launch.arguments().size(); i++) {
            switch (launch.arguments().get(i)) {
                case TornadoMemory memory ->
                    accessors.set(i, memory.array(), writes(memory) ? Access.READ_WRITE : Access.READ_ONLY);
                case Object scalar -> accessors.set(i, scalar, Access.NONE);
            }
        }
        return accessors;
    }

    /** Runs the launches on the newest arrays. */
    @SuppressWarnings("ReferenceEquality") // a buffer is known by identity
    void run() {
        states.forEach((memory, state) -> {
            if (memory.buffer() != null && state.getXPUBuffer() != memory.buffer()) {
                state.setXPUBuffer(memory.buffer());
                state.setLockBuffer(true);
            }
            state.setContents(!memory.newerHere());
        });
        boolean first = result == null;
        long start = System.nanoTime();
        result = plan.execute();
        accelerator.ran(this, first ? System.nanoTime() - start : 0);
        states.forEach((memory, state) -> memory.ranIn(this, state.getXPUBuffer(), writes(memory)));
    }

    /** Whether TornadoVM's profiler is on. */
    boolean measured() {
        return measured;
    }

    /** Adds what the last run took. */
    void addTimes(Times to) {
        List<String> tasks = IntStream.range(0, launches.size())
                .mapToObj(t -> name + ".t" + t)
                .toList();
        Release.running()
                .addTimes(
                        graph,
                        tasks,
                        launches.stream().map(TornadoLaunch::kernel).toList(),
                        to);
    }

    /**
     * Copies an array that this plan wrote back from the device.
     *
     * @param timed whether it counts among the copies of {@link TornadoAccelerator#takeTimes}
     */
    void download(TornadoMemory memory, boolean timed) {
        if (result == null) {
            throw new IllegalStateException(name + ": expected a plan that has run");
        }
        TornadoExecutionResult last = result;
        Failures.explained(
                () -> accelerator.id() + ": TornadoVM failed to copy " + memory + ", from the device", () -> {
                    Release.running().profile(measured && timed);
                    accelerator.vm().enter();
                    last.transferToHost(memory.array());
                    if (measured && timed) {
                        Release.running().addDownload(graph, accelerator.times());
                    }
                });
    }

    private boolean writes(TornadoMemory memory) {
        return Boolean.TRUE.equals(arrays.get(memory));
    }

    boolean uses(TornadoMemory memory) {
        return arrays.containsKey(memory);
    }

    boolean uses(TornadoLaunch launch) {
        return launches.contains(launch);
    }

    /** The arrays' buffers stay: they are the arrays' own. */
    @Override
    public void close() {
        states.forEach((memory, state) -> {
            if (memory.heldBy(this)) {
                memory.fetch(true);
            }
            state.setXPUBuffer(null);
        });
        Failures.explained(() -> accelerator.id() + ": TornadoVM failed to close " + name, () -> {
            try {
                accelerator.vm().enter();
                plan.close();
            } catch (TornadoExecutionPlanException e) {
                throw new IllegalStateException(e);
            }
        });
    }
}
