package muflex.experiments.peers.table;

import muflex.experiments.compare.Stopwatch;
import org.jspecify.annotations.Nullable;

/**
 * One of several things that are timed in turns.
 *
 * @param device what runs it
 * @param name what it is, where one device has several of a case; else that of the case
 * @param work of one call, in {@code unit}s
 * @param unit {@code flop}, {@code byte}, {@code call} or {@code token}
 * @param error the largest |error| of its answer, which was checked; null for what has none
 */
record Entry(
        String device,
        String name,
        double work,
        String unit,
        @Nullable Double error,
        Stopwatch.Turn turn) {

    static final String FLOP = "flop";
    static final String BYTE = "byte";
    static final String CALL = "call";
    static final String TOKEN = "token";

    /** A call that is timed as a whole. */
    static Stopwatch.Turn timed(Runnable call) {
        return () -> {
            long start = System.nanoTime();
            call.run();
            return System.nanoTime() - start;
        };
    }
}
