package muflex.experiments.mup;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import muflex.experiments.Progress;
import muflex.experiments.RunFailed;
import muflex.model.parameterization.Parameterization;
import org.jspecify.annotations.Nullable;

/**
 * Runs the cases of a sweep, several at a time, each on one thread.
 *
 * @param runs how a case is trained
 * @param rules finds a rule by its name
 * @param threads cases at a time
 */
record Sweep(SweepRun runs, Function<String, Parameterization> rules, int threads) {

    /** Every rule with every width, depth, rate and seed; seeds outermost, so that a part of a sweep is a sweep. */
    static List<SweepCase> cases(
            List<String> rules, List<Integer> widths, List<Integer> depths, List<Double> rates, int seeds) {
        List<SweepCase> cases = new ArrayList<>();
        for (long seed = 1; seed <= seeds; seed++) {
            for (String rule : rules) {
                for (int depth : depths) {
                    for (int width : widths) {
                        for (double rate : rates) {
                            cases.add(new SweepCase(rule, width, depth, rate, seed));
                        }
                    }
                }
            }
        }
        return cases;
    }

    /** Seconds that {@code cases} will take, from a few steps at each size. */
    double estimate(Collection<SweepCase> cases) {
        Map<List<Integer>, Double> perStep = new LinkedHashMap<>();
        double seconds = 0;
        for (SweepCase which : cases) {
            double step = perStep.computeIfAbsent(
                    List.of(which.width(), which.depth()),
                    size -> runs.secondsPerStep(which, rules.apply(which.rule())));
            seconds += step * runs.settings().steps();
        }
        return seconds / threads;
    }

    /**
     * Runs {@code cases} in their order; hands each row over as its run ends.
     *
     * @throws RunFailed if a run fails; the others stop at their next step
     */
    void run(List<SweepCase> cases, Consumer<SweepRow> rows, BooleanSupplier stop, Progress progress) {
        List<Future<?>> futures = new ArrayList<>();
        double whole = cases.stream().mapToDouble(Sweep::weight).sum();
        double[] done = {0};
        AtomicBoolean failed = new AtomicBoolean();
        BooleanSupplier end = () -> failed.get() || stop.getAsBoolean();
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            for (SweepCase which : cases) {
                futures.add(pool.submit(() -> {
                    SweepRow row = end.getAsBoolean() ? null : run(which, end, failed);
                    if (row != null) {
                        rows.accept(row);
                        synchronized (done) {
                            done[0] += weight(which);
                            progress.show(done[0] / whole, which.toString());
                            progress.step(which + ": " + (row.loss() == null ? row.status() : row.loss()));
                        }
                    }
                }));
            }
            futures.forEach(Sweep::await);
        }
    }

    /** Raises {@code failed} if the run fails. Not an interrupt, which would close the files that others write. */
    private @Nullable SweepRow run(SweepCase which, BooleanSupplier end, AtomicBoolean failed) {
        try {
            return runs.of(which, rules.apply(which.rule()), end);
        } catch (RuntimeException | Error e) {
            failed.set(true);
            throw e;
        }
    }

    /** How long a case takes beside others, about. */
    private static double weight(SweepCase which) {
        return which.depth() * (double) which.width() * (which.width() + 64);
    }

    private static void await(Future<?> future) {
        try {
            future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new RunFailed("sweep: " + cause.getMessage(), cause);
        }
    }
}
