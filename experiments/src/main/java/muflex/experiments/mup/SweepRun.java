package muflex.experiments.mup;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import muflex.engine.Device;
import muflex.model.AttentionVariant;
import muflex.model.data.Corpus;
import muflex.model.parameterization.Parameterization;
import muflex.model.training.DivergedException;
import muflex.model.training.Trainer;
import org.jspecify.annotations.Nullable;

/** Trains one case of a sweep. */
record SweepRun(SweepSettings settings, Corpus corpus, Device device, Origin origin) {

    private static final int WINDOWS = 64;
    private static final int WARM_STEPS = 4;
    private static final int TIMED_STEPS = 4;

    /**
     * Trains and validates at the milestones.
     *
     * @param stop asked before each step
     * @return null if it was stopped before the end
     */
    @Nullable
    SweepRow of(SweepCase which, Parameterization rule, BooleanSupplier stop) {
        String started = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        long before = System.nanoTime();
        List<Integer> marks = SweepSettings.milestones(settings.steps());
        List<SweepRow.Milestone> milestones = new ArrayList<>();
        Double loss = null;
        try (Trainer trainer = trainer(which, rule)) {
            for (int step = 1; step <= settings.steps(); step++) {
                if (stop.getAsBoolean()) {
                    return null;
                }
                trainer.trainStep();
                if (marks.contains(step)) {
                    loss = trainer.evaluate().validationLoss();
                    milestones.add(new SweepRow.Milestone(step, loss));
                }
            }
        } catch (DivergedException _) {
            loss = null;
        }
        boolean ok = loss != null && Double.isFinite(loss);
        return new SweepRow(
                SweepRow.SCHEMA,
                "transfer",
                started,
                ok ? SweepRow.OK : SweepRow.DIVERGED,
                which,
                settings,
                ok ? milestones : List.of(),
                ok ? loss : null,
                Math.round((System.nanoTime() - before) / 1e7) / 100.0,
                null,
                origin);
    }

    /** Seconds a step of this case takes, from a few steps after the first ones. */
    double secondsPerStep(SweepCase which, Parameterization rule) {
        try (Trainer trainer = trainer(which, rule)) {
            for (int i = 0; i < WARM_STEPS; i++) {
                trainer.trainStep();
            }
            double seconds = 0;
            for (int i = 0; i < TIMED_STEPS; i++) {
                seconds += trainer.trainStep().seconds();
            }
            return seconds / TIMED_STEPS;
        }
    }

    private Trainer trainer(SweepCase which, Parameterization rule) {
        return Trainer.start(
                settings.model(rule, which.width(), which.depth()),
                AttentionVariant.CAUSAL,
                settings.training(which.learningRate(), which.seed(), WINDOWS),
                corpus,
                device);
    }
}
