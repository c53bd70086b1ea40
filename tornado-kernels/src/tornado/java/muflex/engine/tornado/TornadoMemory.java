package muflex.engine.tornado;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import muflex.engine.offload.Memory;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.memory.XPUBuffer;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/**
 * An array in two places, here and on the device, which knows where it is newer: here after {@link #write}, there after a plan
 * wrote to it, the holder. It is copied when a plan or {@link #read} needs the other.
 */
final class TornadoMemory implements Memory {
    private final TornadoAccelerator accelerator;
    private final String what;
    private final long bytes;
    private final FloatArray array;
    private @Nullable XPUBuffer buffer;
    private @Nullable TaskPlan holder;
    private boolean newerHere = true;
    private boolean closed;

    /** The bytes of the largest array: TornadoVM takes less than {@code allocation} with its header, and as many floats as an int counts. */
    static long largest(long allocation) {
        long header = TornadoNativeArray.ARRAY_HEADER;
        return Math.min(allocation - 1, (long) Integer.MAX_VALUE * Float.BYTES) - header;
    }

    TornadoMemory(TornadoAccelerator accelerator, String what, long bytes) {
        this.accelerator = accelerator;
        this.what = what;
        this.bytes = bytes;
        // TornadoVM refuses empty arrays, and kernels may take one.
        array = new FloatArray((int) Math.max(1, Math.ceilDiv(bytes, Float.BYTES)));
    }

    /** Its bytes on the device, with TornadoVM's header. */
    long reserved() {
        return array.getNumBytesOfSegmentWithHeader();
    }

    FloatArray array() {
        return array;
    }

    /** The device's buffer, which all plans share; null before the first plan ran. */
    @Nullable
    XPUBuffer buffer() {
        return buffer;
    }

    /** Whether a plan must copy it to the device first. */
    boolean newerHere() {
        return newerHere;
    }

    /** A plan ran. */
    void ranIn(TaskPlan plan, XPUBuffer used, boolean written) {
        uses(used);
        newerHere = false;
        if (written) {
            holder = plan;
        }
    }

    /** From now on this is its buffer on the device. */
    void uses(XPUBuffer used) {
        buffer = used;
    }

    boolean heldBy(TaskPlan plan) {
        return holder == plan;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public void write(float[] from) {
        write(MemorySegment.ofArray(from));
    }

    @Override
    public void write(int[] from) {
        write(MemorySegment.ofArray(from));
    }

    @Override
    public void write(byte[] from) {
        write(MemorySegment.ofArray(from));
    }

    private void write(MemorySegment from) {
        check(from.byteSize());
        accelerator.locked(() -> {
            accelerator.run();
            if (from.byteSize() < bytes) {
                fetch(true);
            }
            holder = null;
            newerHere = true;
            MemorySegment.copy(from, 0, array.getSegment(), 0, from.byteSize());
        });
    }

    @Override
    public void read(float[] to) {
        read(MemorySegment.ofArray(to));
    }

    @Override
    public void read(int[] to) {
        read(MemorySegment.ofArray(to));
    }

    private void read(MemorySegment to) {
        check(to.byteSize());
        accelerator.locked(() -> {
            accelerator.finish();
            fetch(true);
            MemorySegment.copy(array.getSegment(), 0, to, 0, to.byteSize());
        });
    }

    /** Makes the copy here the newest. */
    void fetch(boolean timed) {
        if (holder != null) {
            holder.download(this, timed);
            holder = null;
        }
    }

    /** Zeros everywhere, whatever was here or on the device. */
    void clear() {
        holder = null;
        newerHere = true;
        array.getSegment().fill((byte) 0);
    }

    /** The newest elements, as ints. */
    int[] ints() {
        fetch(false);
        return array.getSegment().toArray(ValueLayout.JAVA_INT);
    }

    private void check(long size) {
        if (size > bytes) {
            throw new IllegalArgumentException(accelerator.id() + " " + what + ": expected an array of at most " + bytes
                    + " bytes, got " + size + "; pass the array that it was made for");
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            accelerator.release(this);
            XPUBuffer last = buffer;
            buffer = null;
            if (last != null) {
                Failures.explained(() -> accelerator.id() + ": TornadoVM failed to free " + this, () -> {
                    last.markAsFreeBuffer();
                    last.deallocate();
                });
            }
        }
    }

    @Override
    public String toString() {
        return what + ", " + bytes + " bytes";
    }
}
