package muflex.engine.cuda;

import static org.lwjgl.cuda.CU.cuMemFree;
import static org.lwjgl.cuda.CU.ncuMemcpyDtoHAsync;
import static org.lwjgl.cuda.CU.ncuMemcpyHtoDAsync;

import java.nio.ByteBuffer;
import java.util.function.IntBinaryOperator;
import muflex.engine.offload.Accelerator;
import muflex.engine.offload.Memory;
import org.lwjgl.system.MemoryUtil;

/** Memory of the device. Copies go through a page-locked buffer, a piece at a time, and block. */
final class CudaMemory implements Memory {
    private static final String IN = Accelerator.COPY_IN;
    private static final String OUT = Accelerator.COPY_OUT;

    private final CudaAccelerator accelerator;
    private final String what;
    private final long address;
    private final long bytes;
    private boolean closed;

    CudaMemory(CudaAccelerator accelerator, String what, long address, long bytes) {
        this.accelerator = accelerator;
        this.what = what;
        this.address = address;
        this.bytes = bytes;
    }

    long address() {
        return address;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    /** Moves {@code count} elements from {@code first} between a Java array and the start of the staging buffer. */
    @FunctionalInterface
    private interface Piece {
        void move(ByteBuffer staging, int first, int count);
    }

    @Override
    public void write(float[] from) {
        in(from.length, 4, (staging, first, count) -> staging.asFloatBuffer().put(from, first, count));
    }

    @Override
    public void write(int[] from) {
        in(from.length, 4, (staging, first, count) -> staging.asIntBuffer().put(from, first, count));
    }

    @Override
    public void write(byte[] from) {
        in(from.length, 1, (staging, first, count) -> staging.put(0, from, first, count));
    }

    @Override
    public void read(float[] to) {
        out(to.length, (staging, first, count) -> staging.asFloatBuffer().get(to, first, count));
    }

    @Override
    public void read(int[] to) {
        out(to.length, (staging, first, count) -> staging.asIntBuffer().get(to, first, count));
    }

    private void in(int length, int elementBytes, Piece piece) {
        copy(IN, length, elementBytes, (first, count) -> {
            piece.move(accelerator.staging(), first, count);
            long from = MemoryUtil.memAddress(accelerator.staging());
            long to = address + (long) first * elementBytes;
            return ncuMemcpyHtoDAsync(to, from, (long) count * elementBytes, accelerator.stream());
        });
    }

    private void out(int length, Piece piece) {
        copy(
                OUT,
                length,
                4,
                (first, count) -> {
                    long to = MemoryUtil.memAddress(accelerator.staging());
                    return ncuMemcpyDtoHAsync(to, address + 4L * first, 4L * count, accelerator.stream());
                },
                piece);
    }

    private void copy(String direction, int length, int elementBytes, IntBinaryOperator command) {
        copy(direction, length, elementBytes, command, (staging, first, count) -> {});
    }

    private void copy(String direction, int length, int elementBytes, IntBinaryOperator command, Piece after) {
        long size = (long) length * elementBytes;
        if (size > bytes) {
            throw new IllegalArgumentException(accelerator.id() + " " + what + ": expected an array of at most " + bytes
                    + " bytes, got " + size + "; pass the array that it was made for");
        }
        accelerator.locked(() -> {
            int most = accelerator.staging().capacity() / elementBytes;
            for (int first = 0; first < length; first += most) {
                int start = first;
                int count = Math.min(most, length - first);
                accelerator.enqueue(direction, () -> command.applyAsInt(start, count));
                accelerator.finish();
                after.move(accelerator.staging(), start, count);
            }
        });
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            accelerator.locked(() -> cuMemFree(address));
        }
    }
}
