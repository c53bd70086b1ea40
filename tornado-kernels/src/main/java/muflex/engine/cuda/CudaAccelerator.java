package muflex.engine.cuda;

import static org.lwjgl.cuda.CU.CU_EVENT_DEFAULT;
import static org.lwjgl.cuda.CU.CU_STREAM_NON_BLOCKING;
import static org.lwjgl.cuda.CU.cuCtxSetCurrent;
import static org.lwjgl.cuda.CU.cuDevicePrimaryCtxRetain;
import static org.lwjgl.cuda.CU.cuEventCreate;
import static org.lwjgl.cuda.CU.cuEventElapsedTime;
import static org.lwjgl.cuda.CU.cuEventQuery;
import static org.lwjgl.cuda.CU.cuEventRecord;
import static org.lwjgl.cuda.CU.cuMemAlloc;
import static org.lwjgl.cuda.CU.cuMemAllocHost;
import static org.lwjgl.cuda.CU.cuMemGetInfo;
import static org.lwjgl.cuda.CU.cuStreamCreate;
import static org.lwjgl.cuda.CU.cuStreamSynchronize;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;
import muflex.engine.offload.Accelerator;
import muflex.engine.offload.Code;
import muflex.engine.offload.Limits;
import muflex.engine.offload.Memory;
import muflex.engine.offload.Times;
import org.lwjgl.PointerBuffer;
import org.lwjgl.system.MemoryStack;

/** The primary context and one stream of a device, kept for the life of the process. */
final class CudaAccelerator implements Accelerator {

    /** An enqueued command whose end was not yet seen, between two events. */
    private record Pending(String name, long start, long end) {}

    /** Commands after which finished ones are looked at, so that their events do not pile up. */
    private static final int MANY = 4096;

    private static final int STAGING_BYTES = 16 << 20;

    private final CudaDevice device;
    private final ReentrantLock lock = new ReentrantLock();
    private final ModuleCache modules;
    private final List<Pending> pending = new ArrayList<>();
    private final Deque<Long> events = new ArrayDeque<>();
    private final Times times = new Times();
    private final long context;
    private final long stream;
    private final ByteBuffer staging;

    /** Whether commands are part of one that is timed. */
    private boolean together;

    CudaAccelerator(CudaDevice device) {
        this.device = device;
        try (MemoryStack stack = MemoryStack.stackPush()) {
            PointerBuffer pointer = stack.mallocPointer(1);
            Cu.check(cuDevicePrimaryCtxRetain(pointer, device.handle()), id() + ": creating a context");
            context = pointer.get(0);
            Cu.check(cuCtxSetCurrent(context), id() + ": using its context");
            Cu.check(cuStreamCreate(pointer, CU_STREAM_NON_BLOCKING), id() + ": creating a stream");
            stream = pointer.get(0);
            Cu.check(cuMemAllocHost(pointer, STAGING_BYTES), id() + ": page-locking memory for copies");
            staging = pointer.getByteBuffer(0, STAGING_BYTES).order(ByteOrder.nativeOrder());
        }
        modules = new ModuleCache(this);
    }

    CudaDevice device() {
        return device;
    }

    long stream() {
        return stream;
    }

    /** Page-locked memory that copies go through, under {@link #locked}. */
    ByteBuffer staging() {
        return staging;
    }

    @Override
    public String id() {
        return device.id();
    }

    @Override
    public Limits limits() {
        return device.limits();
    }

    @Override
    public Memory allocate(String what, long bytes) {
        limits().requireArray(id() + " " + what, bytes);
        lock.lock();
        try (MemoryStack stack = MemoryStack.stackPush()) {
            use();
            PointerBuffer free = stack.mallocPointer(1);
            PointerBuffer total = stack.mallocPointer(1);
            Cu.check(cuMemGetInfo(free, total), id() + ": asking for free memory");
            Limits.requireFree(id() + " " + what, bytes, free.get(0), total.get(0));
            PointerBuffer address = stack.mallocPointer(1);
            // The driver refuses empty arrays, and kernels may take one.
            Cu.check(cuMemAlloc(address, Math.max(bytes, 64)), id() + " " + what + ", " + bytes + " bytes");
            return new CudaMemory(this, what, address.get(0), bytes);
        } finally {
            lock.unlock();
        }
    }

    /** Runs something that uses the context, which belongs to one thread at a time. */
    void locked(Runnable action) {
        lock.lock();
        try {
            use();
            action.run();
        } finally {
            lock.unlock();
        }
    }

    private void use() {
        Cu.check(cuCtxSetCurrent(context), id() + ": using its context");
    }

    @Override
    public Code build(String source, String title) {
        lock.lock();
        try {
            use();
            return modules.build(source, title);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void together(Runnable launches) {
        locked(() -> enqueue(TOGETHER, () -> {
            together = true;
            try {
                launches.run();
            } finally {
                together = false;
            }
            return Cu.SUCCESS;
        }));
    }

    /** Puts a command on the stream, between two events, under {@link #locked}. */
    void enqueue(String name, IntSupplier command) {
        if (together) {
            Cu.check(command.getAsInt(), "kernel " + name + " on " + id());
            return;
        }
        long start = event();
        long end = event();
        Cu.check(cuEventRecord(start, stream), id() + ": timing " + name);
        Cu.check(command.getAsInt(), "kernel " + name + " on " + id());
        Cu.check(cuEventRecord(end, stream), id() + ": timing " + name);
        pending.add(new Pending(name, start, end));
        if (pending.size() > MANY) {
            waitForAll();
        }
    }

    private long event() {
        Long known = events.poll();
        if (known != null) {
            return known;
        }
        try (MemoryStack stack = MemoryStack.stackPush()) {
            PointerBuffer event = stack.mallocPointer(1);
            Cu.check(cuEventCreate(event, CU_EVENT_DEFAULT), id() + ": creating an event");
            return event.get(0);
        }
    }

    @Override
    public void finish() {
        locked(this::waitForAll);
    }

    private void waitForAll() {
        int code = cuStreamSynchronize(stream);
        if (code != Cu.SUCCESS) {
            // The first command whose end the stream did not pass is the one that failed.
            String failed = pending.stream()
                    .filter(command -> cuEventQuery(command.end) != Cu.SUCCESS)
                    .map(Pending::name)
                    .findFirst()
                    .orElse("waiting");
            pending.clear();
            throw new IllegalStateException("kernel " + failed + " on " + id() + ": " + Cu.name(code));
        }
        for (Pending command : pending) {
            times.add(command.name, nanos(command));
            events.add(command.start);
            events.add(command.end);
        }
        pending.clear();
    }

    private long nanos(Pending command) {
        try (MemoryStack stack = MemoryStack.stackPush()) {
            FloatBuffer milliseconds = stack.mallocFloat(1);
            int code = cuEventElapsedTime(milliseconds, command.start, command.end);
            Cu.check(code, id() + ": the time of " + command.name);
            return (long) (milliseconds.get(0) * 1e6);
        }
    }

    @Override
    public List<DeviceTime> takeTimes() {
        lock.lock();
        try {
            use();
            waitForAll();
            return times.take();
        } finally {
            lock.unlock();
        }
    }
}
