package muflex.engine.offload;

import muflex.engine.DeviceMemoryException;

/**
 * What a device has.
 *
 * @param memory bytes in all
 * @param largest bytes of the largest array
 * @param local bytes that a work group can share
 * @param group work items in the largest work group
 * @param units compute units
 * @param vector floats in the device's own vectors
 * @param doubles whether it computes in double
 * @param fragments whether it has the matrix fragments of {@link muflex.kernels.Mma}
 * @param wide whether it has the products of {@link muflex.kernels.WideMma}
 */
public record Limits(
        Type type,
        long memory,
        long largest,
        long local,
        int group,
        int units,
        int vector,
        boolean doubles,
        boolean fragments,
        boolean wide) {
    /** Of the 8 MiB of a thread's stack on Linux; with 9 MB PoCL crashed, with 4.7 it ran. */
    private static final int GROUP_STACK = 6 << 20;

    /**
     * For accelerators, before they reserve memory.
     *
     * @param where names the device and the array
     * @throws IllegalArgumentException for a negative size, which an int that overflowed gives
     * @throws DeviceMemoryException for one array larger than the device takes
     */
    public void requireArray(String where, long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException(where + ": expected a size of 0 bytes or more, got " + bytes);
        }
        if (bytes > largest) {
            throw new DeviceMemoryException(where + ": expected at most " + largest
                    + " bytes, the largest array of this device, got " + bytes + "; use smaller sizes");
        }
    }

    /**
     * For accelerators, before they reserve memory.
     *
     * @param where names the device and the array
     * @param free bytes of the device's {@code memory}
     * @throws DeviceMemoryException for an array that is larger than what is free
     */
    public static void requireFree(String where, long bytes, long free, long memory) {
        if (bytes > free) {
            throw new DeviceMemoryException(
                    where + ": expected at most " + free + " bytes, what is free of this device's " + memory + ", got "
                            + bytes + "; use smaller sizes or close other operations");
        }
    }

    /**
     * For launches, before they are made: what is too large crashes the process on some drivers.
     *
     * @param where names the device and the kernel
     * @param items work items in a work group
     * @param itemBytes that each has for itself: on a CPU, OpenCL's drivers keep those of a group on a thread's stack
     * @param sharedBytes that they share
     * @throws IllegalArgumentException for a group that the device has not the memory for
     */
    public void requireGroup(String where, int items, int itemBytes, int sharedBytes) {
        if (items > group) {
            throw new IllegalArgumentException(
                    where + ": expected work groups of at most " + group + ", got " + items + "; use another form");
        }
        if (sharedBytes > local) {
            throw new IllegalArgumentException(where + ": expected at most " + local
                    + " bytes that a work group shares, got " + sharedBytes + "; use another form");
        }
        if (type == Type.CPU && (long) items * itemBytes > GROUP_STACK) {
            throw new IllegalArgumentException(where + ": expected at most " + GROUP_STACK
                    + " bytes of a work group's items on a thread's stack, got " + items + " items of " + itemBytes
                    + "; use another form");
        }
    }

    /** What kind of device; an FPGA is an ACCELERATOR. */
    public enum Type {
        CPU,
        GPU,
        ACCELERATOR
    }
}
