package muflex.engine.opencl;

import static org.lwjgl.opencl.CL10.clEnqueueReadBuffer;
import static org.lwjgl.opencl.CL10.clEnqueueWriteBuffer;
import static org.lwjgl.opencl.CL10.clReleaseMemObject;

import java.nio.ByteBuffer;
import java.util.function.ToIntFunction;
import muflex.engine.offload.Accelerator;
import muflex.engine.offload.Memory;
import org.lwjgl.PointerBuffer;
import org.lwjgl.system.MemoryStack;
import org.lwjgl.system.MemoryUtil;

/** A buffer. Copies block: Java's arrays may move as soon as they return. */
final class OpenClMemory implements Memory {
    private static final String IN = Accelerator.COPY_IN;
    private static final String OUT = Accelerator.COPY_OUT;

    private final OpenClAccelerator accelerator;
    private final String what;
    private final long buffer;
    private final long bytes;
    private boolean closed;

    OpenClMemory(OpenClAccelerator accelerator, String what, long buffer, long bytes) {
        this.accelerator = accelerator;
        this.what = what;
        this.buffer = buffer;
        this.bytes = bytes;
    }

    long buffer() {
        return buffer;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public void write(float[] from) {
        copy(
                IN,
                4L * from.length,
                event -> clEnqueueWriteBuffer(accelerator.queue(), buffer, true, 0, from, null, event));
    }

    @Override
    public void write(int[] from) {
        copy(
                IN,
                4L * from.length,
                event -> clEnqueueWriteBuffer(accelerator.queue(), buffer, true, 0, from, null, event));
    }

    @Override
    public void write(byte[] from) {
        ByteBuffer native_ = MemoryUtil.memAlloc(Math.max(1, from.length)).put(0, from);
        try {
            copy(
                    IN,
                    from.length,
                    event -> clEnqueueWriteBuffer(accelerator.queue(), buffer, true, 0, native_, null, event));
        } finally {
            MemoryUtil.memFree(native_);
        }
    }

    @Override
    public void read(float[] to) {
        copy(OUT, 4L * to.length, event -> clEnqueueReadBuffer(accelerator.queue(), buffer, true, 0, to, null, event));
    }

    @Override
    public void read(int[] to) {
        copy(OUT, 4L * to.length, event -> clEnqueueReadBuffer(accelerator.queue(), buffer, true, 0, to, null, event));
    }

    private void copy(String direction, long size, ToIntFunction<PointerBuffer> command) {
        if (size > bytes) {
            throw new IllegalArgumentException(accelerator.id() + " " + what + ": expected an array of at most " + bytes
                    + " bytes, got " + size + "; pass the array that it was made for");
        }
        if (size == 0) {
            return;
        }
        accelerator.locked(() -> {
            // Not inside the copy, which would keep the garbage collector waiting for the kernels.
            accelerator.finish();
            try (MemoryStack stack = MemoryStack.stackPush()) {
                PointerBuffer event = stack.mallocPointer(1);
                Cl.check(command.applyAsInt(event), accelerator.id() + " " + direction + " of " + what);
                accelerator.enqueued(direction, event.get(0));
            }
        });
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            clReleaseMemObject(buffer);
            accelerator.release(bytes);
        }
    }
}
