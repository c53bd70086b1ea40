package muflex.engine;

/**
 * What the device itself took for calls of an operation, in nanoseconds on the device's own clock.
 *
 * @param copyIn copies from the Java heap to the device
 * @param kernel kernels, all of them together
 * @param copyOut copies from the device to the Java heap
 */
public record DeviceTimes(long copyIn, long kernel, long copyOut) {

    /** The two together. */
    public DeviceTimes plus(DeviceTimes other) {
        return new DeviceTimes(copyIn + other.copyIn, kernel + other.kernel, copyOut + other.copyOut);
    }
}
