package muflex.engine.tornado;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import muflex.engine.offload.Accelerator;
import muflex.engine.offload.Code;
import muflex.engine.offload.JavaKernel;
import muflex.engine.offload.Limits;
import muflex.engine.offload.Memory;
import muflex.engine.offload.Switches;
import muflex.engine.offload.Times;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/**
 * A device of TornadoVM. What is enqueued between two copies becomes one task graph, kept for when the same launches come
 * again: a training step is one graph.
 */
final class TornadoAccelerator implements Accelerator {
    private final String id;
    private final TornadoVm vm;
    private final Prebuilt form;
    private final Limits limits;
    private final ReentrantLock lock = new ReentrantLock();
    private final @Nullable JitRoute jit;
    private final Map<List<TornadoLaunch>, TaskPlan> plans = new HashMap<>();
    private final List<TornadoLaunch> pending = new ArrayList<>();

    /** What ran last, for messages. */
    private List<TornadoLaunch> last = List.of();

    private @Nullable Path folder;
    private int programs;
    private long reserved;
    private final Times times = new Times();
    private final LaunchCounter counter;

    /** Whether the times tell all that was done since they were taken. */
    private boolean timed = true;

    TornadoAccelerator(String id, TornadoVm vm, Limits limits) {
        this.id = id;
        this.vm = vm;
        form = vm.prebuilt().orElseThrow();
        this.limits = limits;
        counter = new LaunchCounter(this);
        boolean compiles = Switches.compilesInTornadoVm();
        jit = compiles && vm.isDefault() ? new JitRoute(this) : null;
        if (compiles && jit == null) {
            JitRoute.tellNotDefault(id);
        }
    }

    TornadoVm vm() {
        return vm;
    }

    /** How it takes the translator's kernels. */
    Prebuilt form() {
        return form;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public Limits limits() {
        return limits;
    }

    @Override
    public Memory allocate(String what, long bytes) {
        limits.requireArray(id + " " + what, bytes);
        lock.lock();
        try {
            long free = limits.memory() - reserved - TornadoNativeArray.ARRAY_HEADER;
            Limits.requireFree(id + " " + what, bytes, free, limits.memory());
            TornadoMemory memory = new TornadoMemory(this, what, bytes);
            reserved += memory.reserved();
            return memory;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Code build(String source, String title) {
        lock.lock();
        try {
            return new TornadoCode(this, source, nextPlace());
        } catch (IOException e) {
            throw new UncheckedIOException(id + ": no folder for generated kernels could be made", e);
        } finally {
            lock.unlock();
        }
    }

    /** A place of its own for one program's files, under {@link #locked}. */
    private Path nextPlace() throws IOException {
        if (folder == null) {
            folder = Files.createTempDirectory("muflex-tornado");
            deleteOnExit(folder);
        }
        return folder.resolve("program" + ++programs);
    }

    /** Writes what TornadoVM made of a kernel to a file, for messages to name. */
    Path keepSource(String kernel, String source) {
        lock.lock();
        try {
            Path place = Files.createDirectories(nextPlace());
            return Files.writeString(place.resolve(kernel + form.extension()), source);
        } catch (IOException e) {
            throw new UncheckedIOException(id + ": no file for a generated kernel could be made", e);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean compilesJava() {
        return jit != null;
    }

    @Override
    public Code.@Nullable Launch bind(JavaKernel kernel, long items, int group, List<Object> arguments) {
        lock.lock();
        try {
            return jit == null ? null : jit.bind(kernel, items, group, arguments);
        } finally {
            lock.unlock();
        }
    }

    /** Says why a kernel comes from the translator, where TornadoVM's compiler was asked for. */
    void tellTranslated(String kernel) {
        locked(() -> {
            if (jit != null) {
                jit.tellTranslated(kernel);
            }
        });
    }

    private static void deleteOnExit(Path folder) {
        if (Boolean.getBoolean("muflex.keepKernels")) {
            return;
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            if (Failures.namedFiles()) {
                return;
            }
            try (var paths = Files.walk(folder)) {
                paths.sorted(java.util.Comparator.reverseOrder())
                        .forEach(path -> path.toFile().delete());
            } catch (IOException e) {
                // The system's own cleaning of temporary files takes them.
            }
        }));
    }

    /** Runs something that touches the pending launches or the plans. */
    void locked(Runnable action) {
        lock.lock();
        try {
            action.run();
        } finally {
            lock.unlock();
        }
    }

    void enqueue(TornadoLaunch launch) {
        locked(() -> {
            pending.add(launch);
            counter.enqueued(Thread.currentThread());
        });
    }

    /** The kernels that ran last and their sources, for the message of an answer that is wrong. */
    String lastKernels() {
        lock.lock();
        try {
            return Failures.names(last);
        } finally {
            lock.unlock();
        }
    }

    /** Runs what is pending. */
    void run() {
        locked(() -> {
            if (pending.isEmpty()) {
                return;
            }
            List<TornadoLaunch> rest = List.copyOf(pending);
            pending.clear();
            last = rest;
            while (!rest.isEmpty()) {
                int count = TornadoVm.fitting(rest);
                run(rest.subList(0, count));
                rest = rest.subList(count, rest.size());
            }
        });
    }

    private void run(List<TornadoLaunch> launches) {
        Failures.explained(() -> Failures.running(id, launches), () -> {
            TaskPlan plan = plans.get(launches);
            if (plan == null) {
                List<TornadoLaunch> key = List.copyOf(launches);
                plan = new TaskPlan(this, key);
                plans.put(key, plan);
            }
            try {
                plan.run();
            } catch (RuntimeException | Error e) {
                drop(launches, e);
                throw e;
            }
            counter.launched(launches);
        });
    }

    /** A plan that failed is not run again: nobody knows what TornadoVM made of it. */
    private void drop(List<TornadoLaunch> launches, Throwable failure) {
        counter.lost(Failures.reason(failure));
        TaskPlan failed = plans.remove(launches);
        try {
            if (failed != null) {
                failed.close();
            }
        } catch (RuntimeException | Error e) {
            failure.addSuppressed(e);
        }
    }

    /** A launch is closed: plans with it won't run again. */
    void forget(TornadoLaunch launch) {
        locked(() -> {
            pending.remove(launch);
            last = last.contains(launch) ? List.of() : last;
            closeWhere(plan -> plan.uses(launch));
        });
    }

    void release(TornadoMemory memory) {
        locked(() -> {
            run();
            closeWhere(plan -> plan.uses(memory));
            reserved -= memory.reserved();
        });
    }

    private void closeWhere(java.util.function.Predicate<TaskPlan> chosen) {
        plans.values().removeIf(plan -> {
            boolean close = chosen.test(plan);
            if (close) {
                plan.close();
            }
            return close;
        });
    }

    /** Runs what is pending, and throws if the driver refused some of what ran since the last call. */
    @Override
    public void finish() {
        locked(() -> {
            run();
            counter.requireAll();
        });
    }

    /** What every launch raises, its last argument. */
    TornadoMemory counter() {
        return counter.memory();
    }

    /** What was measured so far, under {@link #locked}. */
    Times times() {
        return times;
    }

    /**
     * A plan ran.
     *
     * @param first the nanoseconds of its first run, 0 if it was not the first: what it took beyond its commands is compilation, which
     *     TornadoVM's profiler does not count for prebuilt kernels
     */
    void ran(TaskPlan plan, long first) {
        if (!plan.measured()) {
            timed = false;
            return;
        }
        Times run = new Times();
        plan.addTimes(run);
        long commands = 0;
        for (DeviceTime time : run.take()) {
            times.add(time);
            commands += time.nanos();
        }
        if (first > 0) {
            times.add(COMPILE, Math.max(0, first - commands));
        }
    }

    /** By TornadoVM's profiler; null where a plan ran that is not measured, see {@link TaskPlan#measured}. */
    @Override
    public @Nullable List<DeviceTime> takeTimes() {
        lock.lock();
        try {
            finish();
            List<DeviceTime> taken = times.take();
            boolean complete = timed;
            timed = true;
            return complete ? taken : null;
        } finally {
            lock.unlock();
        }
    }
}
