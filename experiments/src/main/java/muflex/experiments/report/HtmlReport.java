package muflex.experiments.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One self-contained page about rows: charts, sortable tables, the variants' code and masks, how and where it was
 * measured. It loads nothing from anywhere, follows the reader's light or dark scheme, and every chart has its values as
 * text.
 */
public final class HtmlReport {

    private final List<Row> rows;
    private final List<VariantNote> notes;
    private final StringBuilder out = new StringBuilder();

    private HtmlReport(List<Row> rows, List<VariantNote> notes) {
        this.rows = rows;
        this.notes = notes;
    }

    /** @param rows at least one */
    public static String of(List<Row> rows, List<VariantNote> notes) {
        return of(rows, notes, List.of());
    }

    /** @param verdicts on what changed between two runs, if there are two */
    public static String of(List<Row> rows, List<VariantNote> notes, List<Verdicts.Verdict> verdicts) {
        if (rows.isEmpty()) {
            throw new IllegalArgumentException("rows: expected at least one, got none; measure a case first");
        }
        return new HtmlReport(rows, notes).page(verdicts);
    }

    private String page(List<Verdicts.Verdict> verdicts) {
        List<Row> compared = of("compare");
        String title = compared.size() == rows.size() ? "Attention variants compared" : "Results";
        out.append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
                // Else browsers ask the server for one.
                .append("<link rel=\"icon\" href=\"data:,\">\n<title>MuFlex: " + title + "</title>\n<style>\n")
                .append(resource("report.css"))
                .append("</style>\n</head>\n<body>\n<main>\n");
        head(title);
        changes(verdicts);
        if (!compared.isEmpty()) {
            new CompareSection(out, compared).append();
        }
        tables(compared);
        variants();
        method(compared);
        return out.append("</main>\n<script>\n")
                .append(resource("report.js"))
                .append("</script>\n</body>\n</html>\n")
                .toString();
    }

    private List<Row> of(String experiment) {
        return rows.stream().filter(row -> row.experiment().equals(experiment)).toList();
    }

    private void head(String title) {
        long right = rows.stream().filter(row -> row.status() == Row.Status.OK).count();
        out.append("<h1>" + title + "</h1>\n<p class=\"lead\">")
                .append(right + " of " + rows.size()
                        + " rows are good: answers within their error budget, runs that ended.")
                .append("</p>\n<dl class=\"facts\">\n");
        Set<String> machines = new LinkedHashSet<>();
        Set<String> sources = new LinkedHashSet<>();
        for (Row row : rows) {
            machines.add(row.environment().cpu() + ", " + row.environment().cores() + " cores");
            sources.add(row.git().toString());
        }
        Row first = rows.getFirst();
        Markup.fact(out, machines.size() == 1 ? "Processor" : "Processors", String.join("; ", machines));
        Markup.fact(out, "Java", first.environment().jdk());
        Markup.fact(out, "Vectors", first.environment().vectorBits() + " bits");
        Markup.fact(out, "Measured", first.started());
        Markup.fact(out, "Source", String.join("; ", sources));
        Markup.fact(out, "Seed", Long.toString(first.seed()));
        out.append("</dl>\n");
    }

    private void changes(List<Verdicts.Verdict> verdicts) {
        if (verdicts.isEmpty()) {
            return;
        }
        ValueTable table = new ValueTable("Changes from the first run to the second", List.of("case", "verdict"));
        table.number("Before").number("After").number("After / before").number("p");
        for (Verdicts.Verdict verdict : verdicts) {
            Row row = verdict.after() != null ? verdict.after() : verdict.before();
            if (row != null) {
                table.begin(
                        row.withAxis("case", verdict.key()).withAxis("verdict", SideBySide.words(verdict.change())));
                median(table, verdict.before());
                median(table, verdict.after());
                boolean known = !Double.isNaN(verdict.ratio());
                table.value(verdict.ratio(), known ? Units.significant(verdict.ratio()) : "");
                table.value(verdict.p(), known ? Units.scientific(verdict.p()) : "");
                table.end(row);
            }
        }
        table.append(out);
    }

    private static void median(ValueTable table, @Nullable Row row) {
        Row.Timing timing = row == null ? null : row.timing();
        table.value(timing == null ? Double.NaN : timing.median(), timing == null ? "" : Units.time(timing.median()));
    }

    private void tables(List<Row> compared) {
        if (!compared.isEmpty()) {
            ResultTable.append(out, compared);
        }
        List<Row> trained = of("train");
        if (!trained.isEmpty()) {
            TrainSection.append(out, trained);
        }
        List<Row> benchmarks = rows.stream()
                .filter(row ->
                        !row.experiment().equals("compare") && !row.experiment().equals("train"))
                .toList();
        if (!benchmarks.isEmpty()) {
            BenchmarkSection.append(out, benchmarks);
        }
    }

    private void variants() {
        if (notes.isEmpty()) {
            return;
        }
        out.append("<section>\n<h2>The variants</h2>\n<div class=\"variants\">\n");
        for (VariantNote note : notes) {
            out.append("<article>" + note.picture() + "<div><h3>" + Markup.escape(note.name()) + "</h3><p>"
                    + Markup.escape(note.description()) + "</p></div><pre>" + Markup.escape(note.code())
                    + "</pre></article>\n");
        }
        out.append("</div>\n</section>\n");
    }

    private void method(List<Row> compared) {
        out.append("\n<section>\n<h2>How it was measured</h2>\n");
        if (!compared.isEmpty()) {
            out.append(resource("method.html"));
        }
        List<Environment> environments =
                new ArrayList<>(rows.stream().map(Row::environment).distinct().toList());
        for (Environment environment : environments) {
            environment(environment);
        }
        Map<String, String> devices = new LinkedHashMap<>();
        for (Row row : rows) {
            String driver = row.driver() == null ? "" : "; driver: " + row.driver();
            devices.putIfAbsent(row.axis("device"), row.deviceDescription() + driver);
        }
        devices.remove("");
        out.append("<dl class=\"facts\">\n");
        devices.forEach((device, description) -> Markup.fact(out, "Device " + device, description));
        out.append("</dl>\n</section>\n");
    }

    private void environment(Environment environment) {
        out.append("<dl class=\"facts\">\n");
        Markup.fact(out, "Host", environment.host());
        Markup.fact(out, "Processor", environment.cpu() + ", " + environment.cores() + " cores");
        Markup.fact(out, "System", environment.os());
        Markup.fact(out, "Java", environment.jdk());
        Markup.fact(out, "Memory", Units.bytes(environment.memoryBytes()));
        Markup.fact(out, "Heap limit", Units.bytes(environment.maxHeapBytes()));
        String tornado = environment.tornado();
        if (tornado != null) {
            Markup.fact(out, "TornadoVM", tornado);
        }
        Markup.fact(out, "JVM flags", String.join(" ", environment.flags()));
        out.append("</dl>\n");
    }

    private static String resource(String name) {
        try (InputStream in = HtmlReport.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing from the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
