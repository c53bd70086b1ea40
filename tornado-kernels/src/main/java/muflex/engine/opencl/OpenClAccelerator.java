package muflex.engine.opencl;

import static org.lwjgl.opencl.CL10.CL_COMPLETE;
import static org.lwjgl.opencl.CL10.CL_CONTEXT_PLATFORM;
import static org.lwjgl.opencl.CL10.CL_MEM_READ_WRITE;
import static org.lwjgl.opencl.CL10.CL_PROFILING_COMMAND_END;
import static org.lwjgl.opencl.CL10.CL_PROFILING_COMMAND_START;
import static org.lwjgl.opencl.CL10.CL_QUEUE_PROFILING_ENABLE;
import static org.lwjgl.opencl.CL10.clCreateBuffer;
import static org.lwjgl.opencl.CL10.clCreateCommandQueue;
import static org.lwjgl.opencl.CL10.clCreateContext;
import static org.lwjgl.opencl.CL10.clFinish;
import static org.lwjgl.opencl.CL10.clGetEventInfo;
import static org.lwjgl.opencl.CL10.clGetEventProfilingInfo;
import static org.lwjgl.opencl.CL10.clReleaseEvent;
import static org.lwjgl.opencl.CL11.CL_EVENT_COMMAND_EXECUTION_STATUS;

import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import muflex.engine.offload.Accelerator;
import muflex.engine.offload.Code;
import muflex.engine.offload.Limits;
import muflex.engine.offload.Memory;
import muflex.engine.offload.Times;
import org.lwjgl.PointerBuffer;
import org.lwjgl.opencl.CLContextCallback;
import org.lwjgl.system.MemoryStack;
import org.lwjgl.system.MemoryUtil;

/** A context and an in-order queue on one device, kept for the life of the process. */
final class OpenClAccelerator implements Accelerator {

    /** An enqueued command whose end was not yet seen. */
    private record Pending(String name, long event) {}

    /** Commands after which finished ones are looked at, so that their events do not pile up. */
    private static final int MANY = 4096;

    private final OpenClDevice device;
    private final Limits limits;
    private final ReentrantLock lock = new ReentrantLock();
    private final ProgramCache programs;
    private final List<Pending> pending = new ArrayList<>();
    private final Times times = new Times();
    private final Queue<String> driverMessages = new ConcurrentLinkedQueue<>();
    private final CLContextCallback callback;
    private final long context;
    private final long queue;
    private long reserved;

    OpenClAccelerator(OpenClDevice device) {
        this.device = device;
        limits = device.limits();
        // The driver reports asynchronous errors here, from a thread of its own.
        callback = CLContextCallback.create(
                (message, info, size, user) -> driverMessages.add(MemoryUtil.memUTF8(message)));
        try (MemoryStack stack = MemoryStack.stackPush()) {
            IntBuffer code = stack.callocInt(1);
            PointerBuffer properties = stack.mallocPointer(3)
                    .put(0, CL_CONTEXT_PLATFORM)
                    .put(1, device.platform())
                    .put(2, 0);
            context = clCreateContext(properties, device.handle(), callback, 0, code);
            Cl.check(code, device.id() + ": creating a context");
            queue = clCreateCommandQueue(context, device.handle(), CL_QUEUE_PROFILING_ENABLE, code);
            Cl.check(code, device.id() + ": creating a queue");
        }
        programs = new ProgramCache(this, !device.keepsPrograms());
    }

    OpenClDevice device() {
        return device;
    }

    long context() {
        return context;
    }

    long queue() {
        return queue;
    }

    @Override
    public String id() {
        return device.id();
    }

    @Override
    public Limits limits() {
        return limits;
    }

    @Override
    public Memory allocate(String what, long bytes) {
        limits.requireArray(id() + " " + what, bytes);
        lock.lock();
        try (MemoryStack stack = MemoryStack.stackPush()) {
            Limits.requireFree(id() + " " + what, bytes, limits.memory() - reserved, limits.memory());
            IntBuffer code = stack.callocInt(1);
            // Drivers refuse empty buffers, and kernels may take an empty array.
            long buffer = clCreateBuffer(context, CL_MEM_READ_WRITE, Math.max(bytes, 64), code);
            Cl.check(code, id() + " " + what + ", " + bytes + " bytes");
            reserved += bytes;
            return new OpenClMemory(this, what, buffer, bytes);
        } finally {
            lock.unlock();
        }
    }

    void release(long bytes) {
        locked(() -> reserved -= bytes);
    }

    /** Runs something that uses the queue. */
    void locked(Runnable action) {
        lock.lock();
        try {
            action.run();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Code build(String source, String title) {
        lock.lock();
        try {
            return programs.build(source, title);
        } finally {
            lock.unlock();
        }
    }

    /** Remembers an enqueued command, under {@link #locked}. */
    void enqueued(String name, long event) {
        pending.add(new Pending(name, event));
        if (pending.size() > MANY) {
            waitForAll();
        }
    }

    @Override
    public void finish() {
        locked(this::waitForAll);
    }

    private void waitForAll() {
        int code = clFinish(queue);
        String failed = null;
        for (Pending command : pending) {
            int status = (int) Cl.number(
                    (what, value, size) -> clGetEventInfo(command.event, what, value, size),
                    CL_EVENT_COMMAND_EXECUTION_STATUS);
            if (status < 0 && failed == null) {
                failed = "kernel " + command.name + " on " + id() + ": " + Cl.name(status);
            } else if (status == CL_COMPLETE) {
                times.add(
                        command.name,
                        profiled(command, CL_PROFILING_COMMAND_END) - profiled(command, CL_PROFILING_COMMAND_START));
            }
            clReleaseEvent(command.event);
        }
        pending.clear();
        if (failed != null) {
            StringBuilder message = new StringBuilder(failed);
            for (String said = driverMessages.poll(); said != null; said = driverMessages.poll()) {
                message.append("; ").append(said);
            }
            throw new IllegalStateException(message.toString());
        }
        Cl.check(code, id() + ": waiting");
    }

    private static long profiled(Pending command, int what) {
        return Cl.number((w, value, size) -> clGetEventProfilingInfo(command.event, w, value, size), what);
    }

    @Override
    public List<DeviceTime> takeTimes() {
        lock.lock();
        try {
            waitForAll();
            return times.take();
        } finally {
            lock.unlock();
        }
    }
}
