package muflex.experiments.mup;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import muflex.experiments.report.Git;
import muflex.experiments.report.Json;
import org.jspecify.annotations.Nullable;

/**
 * The result of one run, a line of JSON.
 *
 * @param schema 2; rows of schema 1 had no origin but {@code git}
 * @param experiment {@code transfer}
 * @param started when, ISO 8601, UTC
 * @param status {@code ok} or {@code diverged}: a loss that isn't finite
 * @param run what was trained
 * @param settings what the whole sweep shares
 * @param milestones validations on the way; empty after a divergence
 * @param loss the last validation, in nats a byte; null after a divergence
 * @param seconds that training and validation took
 * @param git the source, in rows of schema 1
 * @param origin machine, JVM, device, source and command; null in rows of schema 1
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
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
        @Nullable Git git,
        @Nullable Origin origin) {

    static final int SCHEMA = 2;
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

    /** @throws IllegalArgumentException if the line is no such row */
    static SweepRow parse(String line) {
        SweepRow row = Json.read(line, SweepRow.class);
        if (row.schema() < 1 || row.schema() > SCHEMA || row.settings() == null || row.run() == null) {
            throw new IllegalArgumentException("row: expected a run of transfer, of schema 1 or 2, got "
                    + row.experiment() + " of schema " + row.schema());
        }
        return row;
    }
}
