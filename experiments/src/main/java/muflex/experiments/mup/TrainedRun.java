package muflex.experiments.mup;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import muflex.experiments.report.Row;

/**
 * What a transfer's analysis needs of a training run, whoever ran it: {@code muflex transfer}, or {@code muflex sweep} on
 * a cluster.
 *
 * @param run what was trained
 * @param milestones validations on the way, the last at the end; empty after a divergence
 */
record TrainedRun(SweepCase run, List<SweepRow.Milestone> milestones) {

    /** What the runs of one transfer may differ in; heads follow width. */
    private static final Set<String> VARIED = Set.of("rule", "width", "depth", "heads", "lr", "seed", "device");

    static TrainedRun of(SweepRow row) {
        return new TrainedRun(row.run(), row.milestones());
    }

    /**
     * Of rows of {@code train} that a sweep collected; those that failed are left out.
     *
     * @throws IllegalArgumentException if the runs differ in more than rule, size, rate and seed
     */
    static List<TrainedRun> of(List<Row> rows) {
        List<Row> trained = rows.stream().filter(row -> row.training() != null).toList();
        Map<String, Set<String>> others = new LinkedHashMap<>();
        trained.forEach(row -> row.axes().forEach((axis, value) -> {
            if (!VARIED.contains(axis)) {
                others.computeIfAbsent(axis, key -> new LinkedHashSet<>()).add(value);
            }
        }));
        others.forEach((axis, values) -> {
            if (values.size() > 1) {
                throw new IllegalArgumentException("--report: expected runs that differ in rule, width, depth, lr and"
                        + " seed only, got " + axis + " " + String.join(" and ", values)
                        + "; give the rows of one such sweep");
            }
        });
        return trained.stream().map(TrainedRun::ofRow).toList();
    }

    private static TrainedRun ofRow(Row row) {
        Map<String, String> axes = row.axes();
        SweepCase run = new SweepCase(
                axes.getOrDefault("rule", ""),
                Integer.parseInt(axes.getOrDefault("width", "0")),
                Integer.parseInt(axes.getOrDefault("depth", "0")),
                Double.parseDouble(axes.getOrDefault("lr", "NaN")),
                row.seed());
        Row.Training training = row.training();
        Double loss = training == null ? null : training.validationLoss();
        return new TrainedRun(
                run,
                training == null || loss == null ? List.of() : List.of(new SweepRow.Milestone(training.steps(), loss)));
    }
}
