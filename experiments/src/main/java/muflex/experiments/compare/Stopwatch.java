package muflex.experiments.compare;

import java.util.ArrayList;
import java.util.List;
import muflex.experiments.report.Samples;

/**
 * Times several things in turns: A B C A B C …, so that whatever else the machine does falls on all alike. Each has been
 * called once before.
 *
 * @param samples of each
 * @param mostWarmups calls before the first sample at most
 * @param warmupSeconds warming up ends early once it took this long
 * @param sampleSeconds one stops early, with at least {@value #FEWEST_SAMPLES}, once its samples took this long
 */
public record Stopwatch(int samples, int mostWarmups, double warmupSeconds, double sampleSeconds) {

    /** Something that is timed. */
    @FunctionalInterface
    public interface Turn {
        /** One call; its time in nanoseconds. */
        long run();

        /** One call that counts; its time in nanoseconds. */
        default long sample() {
            return run();
        }

        /** Its turn is over: returns once its threads leave the cores to others. */
        default void settle() {}
    }

    /**
     * @param samples in nanoseconds
     * @param warmups calls before the first of them, that before the stopwatch among them
     */
    public record Timed(Samples samples, int warmups) {}

    static final int FEWEST_SAMPLES = 3;

    /** However slow the first calls are: one alone, not compiled yet, must not end the warm-up. */
    private static final int FEWEST_WARMUPS = 3;

    /** But not for longer than this many times the time for it. */
    private static final int LONGEST_WARMUP = 5;

    /** A core that slept wakes in a millisecond or two, and on a virtual machine two threads may wake on one of them. */
    private static final long WAKE_NANOS = 20_000_000;

    private static final int LAGS = 5;
    private static final double LAG_SECONDS = 2;

    private static final class Lane {
        final Turn turn;
        final List<Long> samples = new ArrayList<>();
        int warmups = 1;
        long warming;
        long spent;

        Lane(Turn turn) {
            this.turn = turn;
        }

        /** Calls until the cores are awake, whoever had the turn before; how many. */
        int wake() {
            int calls = 0;
            for (long awake = 0; awake < WAKE_NANOS; calls++) {
                awake += turn.run();
            }
            return calls;
        }

        void sample() {
            wake();
            long nanos = turn.sample();
            samples.add(nanos);
            spent += nanos;
            turn.settle();
        }

        Timed timed() {
            return new Timed(
                    new Samples(samples.stream().mapToLong(Long::longValue).toArray()), warmups);
        }
    }

    /** The times of {@code turns}, in their order. */
    public List<Timed> time(List<Turn> turns) {
        List<Lane> lanes = turns.stream().map(Lane::new).toList();
        warmUp(lanes);
        for (int round = 0; round < samples; round++) {
            for (Lane lane : lanes) {
                if (round < FEWEST_SAMPLES || lane.spent < sampleSeconds * 1e9) {
                    lane.sample();
                }
            }
        }
        return lanes.stream().map(Lane::timed).toList();
    }

    /** Calls until the compiler has had its chance; in turns, so that it works on one while another runs. */
    private void warmUp(List<Lane> lanes) {
        List<Lane> cold = lanes.stream().filter(this::isCold).toList();
        while (!cold.isEmpty()) {
            for (Lane lane : cold) {
                lane.warming += lane.turn.run();
                lane.warmups++;
            }
            cold = cold.stream().filter(this::isCold).toList();
        }
        // On a busy machine the compiler lags behind; calls with what it made may give it more to do.
        for (int pass = 0; pass < LAGS && JustInTime.settle(LAG_SECONDS); pass++) {
            for (Lane lane : lanes) {
                lane.warmups += lane.wake();
            }
        }
    }

    private boolean isCold(Lane lane) {
        double nanos = warmupSeconds * 1e9;
        boolean shortOfCalls = lane.warmups < FEWEST_WARMUPS && lane.warming < LONGEST_WARMUP * nanos;
        return lane.warmups < mostWarmups && (lane.warming < nanos || shortOfCalls);
    }
}
