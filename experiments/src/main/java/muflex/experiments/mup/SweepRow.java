package muflex.experiments.mup;

import java.util.List;
import muflex.experiments.report.Git;
import org.jspecify.annotations.Nullable;

/**
 * The result of one run, a line of JSON.
 *
 * @param schema 1
 * @param experiment {@code transfer}
 * @param started when, ISO 8601, UTC
 * @param status {@code ok} or {@code diverged}: a loss that isn't finite
 * @param run what was trained
 * @param settings what the whole sweep shares
 * @param milestones validations on the way; empty after a divergence
 * @param loss the last validation, in nats a byte; null after a divergence
 * @param seconds that training and validation took
 * @param git the source
 */
record SweepRow(
        int schema,
        String experiment,
        String started,
        String status,
        SweepCase run,
        SweepSettings settings,
        List<Milestone> milestones,
        @Nullable Double loss,
        double seconds,
        Git git) {

    static final int SCHEMA = 1;
    static final String OK = "ok";
    static final String DIVERGED = "diverged";

    /**
     * A validation on the way.
     *
     * @param step after which
     * @param loss in nats a byte
     */
    record Milestone(long step, double loss) {}

    SweepRow {
        milestones = List.copyOf(milestones);
    }
}
