package muflex.engine.opencl;

import static org.lwjgl.opencl.CL10.clCreateKernel;
import static org.lwjgl.opencl.CL10.clEnqueueNDRangeKernel;
import static org.lwjgl.opencl.CL10.clReleaseKernel;
import static org.lwjgl.opencl.CL10.clSetKernelArg1d;
import static org.lwjgl.opencl.CL10.clSetKernelArg1f;
import static org.lwjgl.opencl.CL10.clSetKernelArg1i;
import static org.lwjgl.opencl.CL10.clSetKernelArg1l;
import static org.lwjgl.opencl.CL10.clSetKernelArg1p;

import java.nio.IntBuffer;
import java.util.List;
import muflex.engine.offload.Code;
import org.lwjgl.PointerBuffer;
import org.lwjgl.system.MemoryStack;

/** A built program. It belongs to the cache, so closing it does nothing. */
record OpenClCode(OpenClAccelerator accelerator, long program, String source) implements Code {

    @Override
    public Launch bind(String name, long items, int group, List<Object> arguments) {
        try (MemoryStack stack = MemoryStack.stackPush()) {
            IntBuffer code = stack.callocInt(1);
            long kernel = clCreateKernel(program, name, code);
            Cl.check(code, "kernel " + name + " on " + accelerator.id());
            for (int i = 0; i < arguments.size(); i++) {
                Cl.check(set(kernel, i, arguments.get(i)), "kernel " + name + ", argument " + i);
            }
            return new Bound(accelerator, name, kernel, items, group);
        }
    }

    private static int set(long kernel, int i, Object argument) {
        return switch (argument) {
            case OpenClMemory memory -> clSetKernelArg1p(kernel, i, memory.buffer());
            case Integer value -> clSetKernelArg1i(kernel, i, value);
            case Float value -> clSetKernelArg1f(kernel, i, value);
            case Long value -> clSetKernelArg1l(kernel, i, value);
            case Double value -> clSetKernelArg1d(kernel, i, value);
            default ->
                throw new IllegalArgumentException("argument: expected memory of this device or a number, got "
                        + argument.getClass().getSimpleName());
        };
    }

    @Override
    public String listing() {
        return source;
    }

    @Override
    public void close() {}

    private record Bound(OpenClAccelerator accelerator, String name, long kernel, long items, int group)
            implements Launch {

        @Override
        public void enqueue() {
            if (items == 0) {
                return;
            }
            accelerator.locked(() -> {
                try (MemoryStack stack = MemoryStack.stackPush()) {
                    PointerBuffer event = stack.mallocPointer(1);
                    int code = clEnqueueNDRangeKernel(
                            accelerator.queue(),
                            kernel,
                            1,
                            null,
                            stack.pointers(items),
                            stack.pointers(group),
                            null,
                            event);
                    Cl.check(code, "kernel " + name + " on " + accelerator.id());
                    accelerator.enqueued(name, event.get(0));
                }
            });
        }

        @Override
        public void close() {
            clReleaseKernel(kernel);
        }
    }
}
