package muflex.experiments.cost;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;

/**
 * The Java heap that something takes: what is alive in it now, compared with when this was made. The JVM's own objects count too, some
 * ten thousand bytes; and under G1 an array of over half a region counts as whole regions, so use {@code -XX:+UseSerialGC}.
 */
final class Footprint {

    private final long before = alive();

    private static long alive() {
        MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
        // The first frees what the second finds unreachable through cleaners and weak references.
        memory.gc();
        memory.gc();
        return memory.getHeapMemoryUsage().getUsed();
    }

    /** Bytes that are alive and were not before. */
    long held() {
        return Math.max(0, alive() - before);
    }
}
