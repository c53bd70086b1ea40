package muflex.experiments.cost;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import muflex.experiments.report.Samples;

/**
 * The Java heap that something takes, results among it: what is alive once there is one more of it, less what was
 * before; the median of some, because what a thread pool kept of work that is over goes at any time. Under G1 an array
 * of over half a region counts as whole regions, so use {@code -XX:+UseSerialGC}.
 */
final class Footprint {

    private static final int MORE = 3;

    private Footprint() {}

    /**
     * Bytes that one more of it takes.
     *
     * @param ready makes it and calls it once; what it gives closes it, and keeps it alive until then
     */
    static long of(Supplier<Runnable> ready) {
        List<Runnable> open = new ArrayList<>();
        // What all share is there once the first is: scratch of threads, and what these keep of their last call.
        open.add(ready.get());
        double[] taken = new double[MORE];
        long before = alive();
        for (int i = 0; i < MORE; i++) {
            open.add(ready.get());
            long after = alive();
            taken[i] = after - before;
            before = after;
        }
        open.forEach(Runnable::run);
        return Math.max(0, Math.round(Samples.median(taken)));
    }

    private static long alive() {
        MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
        // The first frees what the second finds unreachable through cleaners and weak references.
        memory.gc();
        memory.gc();
        return memory.getHeapMemoryUsage().getUsed();
    }
}
