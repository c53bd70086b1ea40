package muflex.experiments;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import muflex.experiments.compare.TextReport;
import muflex.experiments.report.HtmlReport;
import muflex.experiments.report.JmhFile;
import muflex.experiments.report.Json;
import muflex.experiments.report.Row;
import muflex.experiments.report.RowFile;
import muflex.experiments.report.SideBySide;
import muflex.experiments.report.Verdicts;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code muflex report}. */
@Command(
        name = "report",
        description = {
            "Tables and one page about rows that were measured before, from one file or several, of one machine or several.",
            "With two files, says of each case whether it changed (U test)."
        },
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  muflex report runs/compare-20260102-030405.jsonl",
            "  muflex report laptop.jsonl server.jsonl --out both.html",
            "  muflex report before.jsonl after.jsonl --guard 1.25"
        })
final class ReportCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "Rows (JSON Lines), or JMH's JSON.")
    private List<Path> files = List.of();

    @Option(names = "--out", paramLabel = "FILE", description = "The page (default: beside the first file).")
    private @Nullable Path out;

    @Option(
            names = "--guard",
            paramLabel = "FACTOR",
            description =
                    "Exit with 1 if a case of the second file takes over FACTOR times as long as in the first, both"
                            + " relative to the device that their speed-ups are over: ratios, which a faster machine leaves alone;"
                            + " or has no time in the second. Not judged where the machines' vectors differ in width.")
    private @Nullable Double guard;

    @Option(names = "--json", description = "Print the rows of all files as JSON Lines instead of tables.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        if (guard != null && (files.size() != 2 || !(guard >= 1))) {
            throw BadInput.of(
                    "--guard", "a factor of at least 1 and two files", guard + " and " + files.size(), "name both");
        }
        if (files.stream().distinct().count() < files.size()) {
            throw BadInput.of("FILE", "files that differ", "one twice", "name each once");
        }
        Map<String, List<Row>> read = new LinkedHashMap<>();
        for (Path file : files) {
            read.put(label(file, read), read(file));
        }
        PrintWriter to = spec.commandLine().getOut();
        List<List<Row>> runs = List.copyOf(read.values());
        List<Verdicts.Verdict> verdicts = runs.size() == 2 ? Verdicts.of(runs.get(0), runs.get(1)) : List.of();
        List<Row> all = labelled(read);
        if (json) {
            all.forEach(row -> to.println(Json.write(row)));
        } else {
            text(to, read, verdicts);
            Path page =
                    out != null ? out : Path.of(files.getFirst().toString().replaceFirst("\\.jsonl?$", "") + ".html");
            RowFile.writeWhole(page, HtmlReport.of(all, List.of(), verdicts));
            to.println("page: " + page);
        }
        int code = guard == null ? 0 : guarded(to, runs.get(0), runs.get(1), guard);
        to.flush();
        return code;
    }

    private List<Row> read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw BadInput.of("FILE", "a file of rows", file, "write one with muflex compare or muflex sweep collect");
        }
        String text = new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.UTF_8);
        if (JmhFile.isJmh(text)) {
            String written = Files.getLastModifiedTime(file)
                    .toInstant()
                    .truncatedTo(ChronoUnit.SECONDS)
                    .toString();
            return BadInput.check(() -> JmhFile.rows(text, written));
        }
        RowFile.Contents<Row> contents = RowFile.read(file);
        String complaint = contents.complaint(file);
        if (complaint != null) {
            spec.commandLine().getErr().println(complaint);
            spec.commandLine().getErr().flush();
        }
        if (contents.rows().isEmpty()) {
            throw BadInput.of("FILE", "at least one row", file + " with none", "measure a case first");
        }
        return contents.rows();
    }

    /** The file's name; with its folder where two have the same. */
    private static String label(Path file, Map<String, List<Row>> taken) {
        String name = file.getFileName().toString().replaceFirst("\\.jsonl?$", "");
        return taken.containsKey(name) ? file.toString() : name;
    }

    /** All rows; of several files, with the file beside the device. */
    private static List<Row> labelled(Map<String, List<Row>> read) {
        List<Row> all = new ArrayList<>();
        read.forEach((label, rows) -> rows.forEach(row -> all.add(
                read.size() == 1
                        ? row
                        : row.withAxis("device", (row.axis("device") + " · " + label).replaceFirst("^ · ", "")))));
        return all;
    }

    private static void text(PrintWriter to, Map<String, List<Row>> read, List<Verdicts.Verdict> verdicts) {
        if (read.size() > 1) {
            to.println(SideBySide.table(read));
        } else {
            List<Row> rows = read.values().iterator().next();
            List<Row> compared = rows.stream()
                    .filter(row -> row.experiment().equals("compare"))
                    .toList();
            if (!compared.isEmpty()) {
                to.println(TextReport.of(compared));
            }
            to.println(rows.size() + " rows");
        }
        if (!verdicts.isEmpty()) {
            to.println(SideBySide.verdicts(verdicts));
        }
    }

    private static int guarded(PrintWriter to, List<Row> before, List<Row> after, double factor) {
        int was = vectorBits(before);
        int is = vectorBits(after);
        if (was != is) {
            to.println("guard: NOT JUDGED: vectors of " + was + " bits before, of " + is
                    + " now, which changes every ratio; measure the first file on such a machine");
            return 0;
        }
        List<Verdicts.Verdict> relative = Verdicts.relative(before, after);
        long known = relative.stream()
                .filter(one -> one.change() != Verdicts.Change.UNKNOWN)
                .count();
        List<Verdicts.Verdict> worse = relative.stream()
                .filter(one -> one.change() == Verdicts.Change.SLOWER && one.ratio() > factor)
                .toList();
        worse.forEach(one -> to.println(String.format(
                java.util.Locale.ROOT,
                "SLOWER: %s: %.2f times as long as before, relative to %s",
                one.key(),
                one.ratio(),
                Row.against(after))));
        List<Verdicts.Verdict> lost =
                relative.stream().filter(ReportCommand::isLost).toList();
        lost.forEach(one -> to.println("LOST: " + one.key() + ": timed before, now " + fate(one.after())));
        to.println("guard: " + worse.size() + " of " + known + " cases over " + factor + " times their time before, "
                + lost.size() + " timed before and not now");
        if (known == 0) {
            throw BadInput.of("--guard", "cases that both files timed", "none", "measure the same cases");
        }
        return worse.isEmpty() && lost.isEmpty() ? 0 : 1;
    }

    private static int vectorBits(List<Row> rows) {
        return rows.getFirst().environment().vectorBits();
    }

    private static boolean isLost(Verdicts.Verdict one) {
        Row before = one.before();
        Row after = one.after();
        return before != null && before.timing() != null && (after == null || after.timing() == null);
    }

    private static String fate(@Nullable Row after) {
        if (after == null) {
            return "absent";
        }
        String status = after.status().name().toLowerCase(java.util.Locale.ROOT);
        return after.message() == null ? status : status + ": " + after.message();
    }
}
