package muflex.experiments.sweep;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import muflex.experiments.report.Environment;
import muflex.experiments.report.Failures;
import muflex.experiments.report.Git;
import muflex.experiments.report.Row;

/** Runs one case of a plan in this process. */
public final class CaseRunner {

    private static final int LOG_LINES = 50;

    private final SweepPlan plan;
    private final CaseArguments commands;
    private final BooleanSupplier stop;

    /** How it went. */
    public enum Outcome {
        /** Its rows are in place. */
        DONE,
        /** They were before. */
        SKIPPED,
        /** Every attempt failed; each left a row with its stack trace. */
        FAILED,
        /** It was asked to stop; it can go on. */
        STOPPED
    }

    /** @param stop asked from time to time */
    public CaseRunner(SweepPlan plan, CaseArguments commands, BooleanSupplier stop) {
        this.plan = plan;
        this.commands = commands;
        this.stop = stop;
    }

    /** @param retries further attempts after a failure */
    public Outcome run(int index, int retries) throws IOException {
        SweepPlan.Case one = plan.at(index);
        CaseFolder folder = plan.folderOf(one);
        if (folder.isDone()) {
            return Outcome.SKIPPED;
        }
        try (CaseFolder.Claim _ = folder.claim()) {
            if (folder.isDone()) {
                return Outcome.SKIPPED;
            }
            for (int attempt = 0; attempt <= retries; attempt++) {
                List<Row> rows = attempt(one, folder);
                if (rows.isEmpty()) {
                    return Outcome.STOPPED;
                }
                if (rows.stream().noneMatch(row -> row.status() == Row.Status.ERROR)) {
                    folder.publish(rows);
                    return Outcome.DONE;
                }
                folder.fail(rows);
            }
            return Outcome.FAILED;
        }
    }

    private List<Row> attempt(SweepPlan.Case one, CaseFolder folder) {
        Row.SweepCase origin = new Row.SweepCase(plan.header().sweep(), one.index(), folder.failures() + 1);
        try {
            List<Row> rows = new ArrayList<>();
            for (Row row : commands.parse(one.arguments()).measure(folder.work(), stop)) {
                rows.add(named(row, one.axes()).of(origin));
            }
            return rows;
        } catch (Exception | LinkageError | OutOfMemoryError e) {
            return List.of(failure(plan, one, Failures.message(e), Failures.stackTrace(e))
                    .of(origin));
        }
    }

    /** The row with those of the case's axes that its command did not name. */
    private static Row named(Row row, Map<String, String> axes) {
        Row named = row;
        for (Map.Entry<String, String> axis : axes.entrySet()) {
            if (!row.axes().containsKey(axis.getKey())) {
                named = named.withAxis(axis.getKey(), axis.getValue());
            }
        }
        return named;
    }

    /**
     * Records an attempt whose process ended without leaving rows: a JVM that crashed, or was killed.
     *
     * @param log what it printed; its end is kept as the stack trace
     */
    public static void crashed(SweepPlan plan, int index, int code, Path log) throws IOException {
        SweepPlan.Case one = plan.at(index);
        CaseFolder folder = plan.folderOf(one);
        String message = "process: expected it to end by itself, got exit code " + code + "; see " + log;
        Row row = failure(plan, one, message, tail(log));
        folder.fail(List.of(row.of(new Row.SweepCase(plan.header().sweep(), index, folder.failures() + 1))));
    }

    /** The end of a log; what a JVM that crashed says of it is there. */
    private static String tail(Path log) throws IOException {
        if (!Files.exists(log)) {
            return "";
        }
        List<String> lines = new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
                .lines()
                .toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
    }

    /** The row of a case that gave none itself. */
    private static Row failure(SweepPlan plan, SweepPlan.Case one, String message, String stackTrace) {
        return new Row(
                Row.SCHEMA,
                plan.header().command(),
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
                Row.Status.ERROR,
                message,
                stackTrace,
                one.axes(),
                "",
                null,
                List.of(),
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                Environment.current(),
                Git.here(),
                Long.parseLong(one.axes().getOrDefault("seed", "0")),
                "scripts/muflex " + String.join(" ", one.arguments()),
                null);
    }
}
