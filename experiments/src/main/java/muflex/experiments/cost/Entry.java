package muflex.experiments.cost;

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
 * @param held bytes of the Java heap that it takes; null where that was not measured
 */
public record Entry(
        String device,
        String name,
        double work,
        String unit,
        @Nullable Double error,
        @Nullable Long held,
        Stopwatch.Turn turn) {

    public static final String FLOP = "flop";
    public static final String BYTE = "byte";
    public static final String CALL = "call";
    public static final String TOKEN = "token";

    /** Something whose memory was not measured. */
    public Entry(String device, String name, double work, String unit, @Nullable Double error, Stopwatch.Turn turn) {
        this(device, name, work, unit, error, null, turn);
    }

    /** A call that is timed as a whole. */
    public static Stopwatch.Turn timed(Runnable call) {
        return () -> {
            long start = System.nanoTime();
            call.run();
            return System.nanoTime() - start;
        };
    }
}
