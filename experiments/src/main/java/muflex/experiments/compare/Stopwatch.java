package muflex.experiments.compare;

import java.util.ArrayList;
import java.util.List;
import muflex.experiments.report.Row;
import muflex.experiments.report.Samples;

/**
 * Times contenders in turns: A B C A B C …, so that whatever else the machine does falls on all alike. Each has called
 * its operation once before.
 */
final class Stopwatch {

    /** The first case of a run warms up the code that all cases share, so it takes this many times as long. */
    private static final int FIRST_CASE = 2;

    /** However slow the first calls are: one alone, not compiled yet, must not end the warm-up. */
    private static final int FEWEST_WARMUPS = 3;

    /** But not for longer than this many times the time for it. */
    private static final int LONGEST_WARMUP = 5;

    /** A core that slept wakes in a millisecond or two, and on a virtual machine two threads may wake on one of them. */
    private static final long WAKE_NANOS = 20_000_000;

    private static final int LAGS = 5;
    private static final double LAG_SECONDS = 2;

    private final Plan plan;
    private final int patience;

    Stopwatch(Plan plan, boolean firstCase) {
        this.plan = plan;
        patience = firstCase ? FIRST_CASE : 1;
    }

    private static final class Lane {
        final Contender contender;
        final List<Long> samples = new ArrayList<>();
        int warmups = 1;
        long warming;
        long spent;

        Lane(Contender contender) {
            this.contender = contender;
        }
    }

    /** Times those whose answer in this direction was right. */
    void time(List<Contender> contenders, Direction direction) {
        List<Lane> lanes = contenders.stream()
                .filter(contender -> contender.has(direction))
                .filter(contender -> contender.attempt(direction).status() == Row.Status.OK)
                .map(Lane::new)
                .toList();
        warmUp(lanes, direction);
        for (int round = 0; round < plan.repeat(); round++) {
            for (Lane lane : lanes) {
                if (round < Plan.FEWEST_SAMPLES || lane.spent < plan.sampleSeconds() * 1e9) {
                    takeTurn(lane, direction);
                }
            }
        }
        for (Lane lane : lanes) {
            Contender.Attempt attempt = lane.contender.attempt(direction);
            long[] nanos = lane.samples.stream().mapToLong(Long::longValue).toArray();
            attempt.timed(
                    Row.Timing.of(new Samples(nanos), lane.warmups, lane.contender.compileNanos(), attempt.first()));
        }
    }

    /** Calls until the cores are awake, whoever had the turn before; how many. */
    private static int wake(Lane lane, Direction direction) {
        int calls = 0;
        for (long awake = 0; awake < WAKE_NANOS; calls++) {
            awake += lane.contender.run(direction);
        }
        return calls;
    }

    private static void takeTurn(Lane lane, Direction direction) {
        wake(lane, direction);
        long nanos = lane.contender.sample(direction);
        lane.samples.add(nanos);
        lane.spent += nanos;
        lane.contender.settle();
    }

    /** Calls until the compiler has had its chance; in turns, so that it works on one while another runs. */
    private void warmUp(List<Lane> lanes, Direction direction) {
        List<Lane> cold = lanes.stream().filter(this::isCold).toList();
        while (!cold.isEmpty()) {
            for (Lane lane : cold) {
                lane.warming += lane.contender.run(direction);
                lane.warmups++;
            }
            cold = cold.stream().filter(this::isCold).toList();
        }
        // On a busy machine the compiler lags behind; calls with what it made may give it more to do.
        for (int pass = 0; pass < LAGS && JustInTime.settle(LAG_SECONDS); pass++) {
            for (Lane lane : lanes) {
                lane.warmups += wake(lane, direction);
            }
        }
    }

    private boolean isCold(Lane lane) {
        double nanos = patience * plan.warmupSeconds() * 1e9;
        boolean shortOfCalls = lane.warmups < FEWEST_WARMUPS && lane.warming < LONGEST_WARMUP * nanos;
        return lane.warmups < patience * plan.warmup() && (lane.warming < nanos || shortOfCalls);
    }
}
