package muflex.experiments;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import muflex.experiments.report.HtmlReport;
import muflex.experiments.report.Json;
import muflex.experiments.report.Row;
import muflex.experiments.report.RowFile;
import muflex.experiments.sweep.CaseFolder;
import muflex.experiments.sweep.SweepPlan;
import muflex.experiments.sweep.SweepStatus;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code muflex sweep collect}. */
@Command(
        name = "collect",
        description = {
            "Merges the rows of all cases, in order, into FOLDER/rows.jsonl and one page, FOLDER/report.html.",
            "Cases that failed are there with their stack trace; exit code 1 if any case is not done."
        },
        mixinStandardHelpOptions = true,
        footer = {"", "Example:", "  muflex sweep collect runs/lr"})
final class SweepCollectCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Parameters(paramLabel = "FOLDER", description = "The sweep's folder, from `muflex sweep plan`.")
    @SuppressWarnings("NullAway.Init") // picocli requires it
    private Path folder;

    @Override
    public Integer call() throws IOException {
        SweepPlan plan = SweepPlan.read(folder);
        PrintWriter to = spec.commandLine().getOut();
        List<Row> rows = new ArrayList<>();
        boolean damaged = false;
        for (SweepPlan.Case one : plan.cases()) {
            CaseFolder from = plan.folderOf(one);
            RowFile.Contents<Row> contents = from.rows();
            String complaint = contents.complaint(Path.of("case " + one.index()));
            if (complaint != null) {
                to.println(complaint + "; delete " + from.rowsFile() + " and run the sweep again to measure them anew");
                damaged = true;
            }
            rows.addAll(contents.rows());
        }
        Path file = folder.resolve("rows.jsonl");
        RowFile.writeWhole(
                file, rows.stream().map(row -> Json.write(row) + "\n").collect(Collectors.joining()));
        SweepStatus status = SweepStatus.of(plan);
        to.println(status.counts() + " of " + plan.cases().size());
        to.println("rows: " + file + " (" + rows.size() + ")");
        if (!rows.isEmpty()) {
            Path page = folder.resolve("report.html");
            RowFile.writeWhole(page, HtmlReport.of(rows, List.of()));
            to.println("page: " + page);
        }
        to.flush();
        return status.isComplete() && !damaged ? 0 : 1;
    }
}
