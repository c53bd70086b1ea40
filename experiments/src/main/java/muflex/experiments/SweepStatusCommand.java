package muflex.experiments;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import muflex.experiments.report.Json;
import muflex.experiments.report.Row;
import muflex.experiments.sweep.CaseFolder;
import muflex.experiments.sweep.SweepPlan;
import muflex.experiments.sweep.SweepStatus;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code muflex sweep status}. */
@Command(
        name = "status",
        description =
                "Lists which cases of a sweep are done, running, failed or missing, and why those that failed did.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example:", "  muflex sweep status runs/lr"})
final class SweepStatusCommand implements Callable<Integer> {

    private static final int MOST_FAILURES = 20;

    /** As JSON; {@code open}: what a run would run. */
    private record Line(
            String sweep,
            int cases,
            List<Integer> done,
            List<Integer> running,
            List<Integer> failed,
            List<Integer> missing) {}

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Parameters(paramLabel = "FOLDER", description = "The sweep's folder, from `muflex sweep plan`.")
    @SuppressWarnings("NullAway.Init") // picocli requires it
    private Path folder;

    @Option(names = "--open", description = "Print only the numbers of failed and missing cases, one a line.")
    private boolean open;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        SweepPlan plan = SweepPlan.read(folder);
        SweepStatus status = SweepStatus.of(plan);
        PrintWriter to = spec.commandLine().getOut();
        if (open) {
            status.open().forEach(to::println);
        } else if (json) {
            to.println(Json.write(new Line(
                    plan.header().sweep(),
                    plan.cases().size(),
                    status.in(CaseFolder.State.DONE),
                    status.in(CaseFolder.State.RUNNING),
                    status.in(CaseFolder.State.FAILED),
                    status.in(CaseFolder.State.MISSING))));
        } else {
            to.println(plan.header().sweep() + ": " + status.counts() + " of "
                    + plan.cases().size());
            print(to, "running", status.in(CaseFolder.State.RUNNING));
            print(to, "missing", status.in(CaseFolder.State.MISSING));
            failures(to, plan, status.in(CaseFolder.State.FAILED));
        }
        to.flush();
        return 0;
    }

    private static void print(PrintWriter to, String name, List<Integer> cases) {
        if (!cases.isEmpty()) {
            to.println(name + ": " + SweepStatus.ranges(cases));
        }
    }

    private static void failures(PrintWriter to, SweepPlan plan, List<Integer> failed) throws IOException {
        for (int index : failed.subList(0, Math.min(MOST_FAILURES, failed.size()))) {
            CaseFolder folder = plan.folderOf(plan.at(index));
            String message = folder.rows().rows().stream()
                    .filter(row -> row.status() == Row.Status.ERROR)
                    .map(row -> String.valueOf(row.message()).replaceAll("\\s*\\R\\s*", " "))
                    .findFirst()
                    .orElse("its row can't be read");
            int attempts = folder.failures();
            to.println("failed: " + index + " (" + attempts + (attempts == 1 ? " attempt" : " attempts") + "): "
                    + message);
        }
        if (failed.size() > MOST_FAILURES) {
            to.println("failed: " + SweepStatus.ranges(failed.subList(MOST_FAILURES, failed.size())));
        }
    }
}
