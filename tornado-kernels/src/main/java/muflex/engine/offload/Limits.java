package muflex.engine.offload;

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
        boolean fragments) {

    /**
     * For accelerators, before they reserve memory.
     *
     * @param where names the device and the array
     * @throws IllegalArgumentException for a negative size, which an int that overflowed gives
     * @throws IllegalStateException for one array larger than the device takes
     */
    public void requireArray(String where, long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException(where + ": expected a size of 0 bytes or more, got " + bytes);
        }
        if (bytes > largest) {
            throw new IllegalStateException(where + ": expected at most " + largest
                    + " bytes, the largest array of this device, got " + bytes + "; use smaller sizes");
        }
    }

    /** What kind of device; an FPGA is an ACCELERATOR. */
    public enum Type {
        CPU,
        GPU,
        ACCELERATOR
    }
}
