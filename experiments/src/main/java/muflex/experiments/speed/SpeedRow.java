package muflex.experiments.speed;

import org.jspecify.annotations.Nullable;

/**
 * One timed case, a line of JSON.
 *
 * @param who the device, or the peer's name
 * @param device its description
 * @param source the commit
 * @param kernelMillis median time of the kernels on the device's clock, conversion to 16 bits among them, one call right behind
 *     the other on inputs that lie on the device; null if the device does not measure it
 * @param wallMillis median time of the call, with copies
 * @param teraflops 2 (head dim + value dim) · batch · heads · allowed pairs a second of {@link #millis}; backward
 *     6 head dim + 4 value dim
 * @param largestError largest |out − float64| over the rows checked
 * @param meanError mean of the same
 * @param lseError largest error of lse; 0 where it is not known
 */
record SpeedRow(
        String who,
        String device,
        String source,
        String shape,
        String variant,
        String precision,
        String direction,
        @Nullable Double kernelMillis,
        double wallMillis,
        double teraflops,
        double largestError,
        double meanError,
        double lseError) {

    /** The kernels' time, else the call's. */
    double millis() {
        return kernelMillis == null ? wallMillis : kernelMillis;
    }
}
