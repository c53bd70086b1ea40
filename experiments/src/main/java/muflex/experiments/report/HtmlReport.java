package muflex.experiments.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;

/**
 * One self-contained page about rows of {@code compare}: charts, a sortable table, the variants' code and masks, how
 * it was measured. It loads nothing from anywhere, follows the reader's light or dark scheme, and every chart has its
 * values as text.
 */
public final class HtmlReport {

    private final List<Row> rows;
    private final List<VariantNote> notes;
    private final List<String> devices;
    private final StringBuilder out = new StringBuilder();

    private HtmlReport(List<Row> rows, List<VariantNote> notes) {
        this.rows = rows;
        this.notes = notes;
        devices = List.copyOf(distinct("device"));
    }

    /** @param rows at least one */
    public static String of(List<Row> rows, List<VariantNote> notes) {
        if (rows.isEmpty()) {
            throw new IllegalArgumentException("rows: expected at least one, got none; measure a case first");
        }
        return new HtmlReport(rows, notes).page();
    }

    private String page() {
        out.append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
                .append("<title>MuFlex: attention variants compared</title>\n<style>\n")
                .append(resource("report.css"))
                .append("</style>\n</head>\n<body>\n<main>\n");
        head();
        for (String shape : distinct("shape")) {
            speed(shape);
        }
        errors();
        ResultTable.append(out, rows);
        variants();
        method();
        return out.append("</main>\n<script>\n")
                .append(resource("report.js"))
                .append("</script>\n</body>\n</html>\n")
                .toString();
    }

    private void head() {
        Row first = rows.getFirst();
        long right = rows.stream().filter(row -> row.status() == Row.Status.OK).count();
        out.append("<h1>Attention variants compared</h1>\n<p class=\"lead\">")
                .append(right + " of " + rows.size())
                .append(
                        " configurations within their error budget against float64, then timed.</p>\n<dl class=\"facts\">\n");
        fact("Processor", first.environment().cpu() + ", " + first.environment().cores() + " cores");
        fact("Java", first.environment().jdk());
        fact("Vectors", first.environment().vectorBits() + " bits");
        fact("Measured", first.started());
        fact("Source", first.git().toString());
        fact("Seed", Long.toString(first.seed()));
        out.append("</dl>\n");
    }

    private void fact(String name, String value) {
        out.append("<div><dt>" + name + "</dt><dd>" + Markup.escape(value) + "</dd></div>\n");
    }

    private void speed(String shape) {
        out.append("<section>\n<h2>Speed at " + Markup.escape(shape) + "</h2>\n");
        legend();
        out.append("<div class=\"charts\">\n");
        for (String direction : distinct("direction")) {
            String id = "speed-" + shape.replaceAll("[^0-9a-z]", "-") + "-" + direction;
            BarChart chart = new BarChart(id, "GFLOP/s on live elements, " + direction + ", " + shape, devices);
            for (Row row : rows) {
                if (row.axis("shape").equals(shape) && row.axis("direction").equals(direction) && row.rates() != null) {
                    chart.add(row.axis("variant"), row.axis("device"), bar(row.rates()));
                }
            }
            if (!chart.isEmpty()) {
                out.append("<figure><figcaption>" + direction + ": GFLOP/s (speed-up over "
                                + Markup.escape(Row.against(rows)) + ")</figcaption>\n")
                        .append(chart.svg())
                        .append("</figure>\n");
            }
        }
        out.append("</div>\n</section>\n");
    }

    private static BarChart.Bar bar(Row.Rates rates) {
        String text = Units.significant(rates.gflops());
        Double speedup = rates.speedup();
        return new BarChart.Bar(
                rates.gflops(), speedup == null ? text : text + " (" + Units.significant(speedup) + " ×)");
    }

    private void errors() {
        DotChart chart = new DotChart("errors", "Mean error as a share of its budget, the worst tensor", devices, 1);
        for (Row row : rows) {
            for (Row.Accuracy accuracy : row.accuracy()) {
                Double error = accuracy.meanError();
                if (error != null) {
                    chart.add(row.axis("variant"), row.axis("device"), error / accuracy.budget());
                }
            }
        }
        if (chart.isEmpty()) {
            return;
        }
        out.append("<section>\n<h2>Error against float64</h2>\n");
        legend();
        out.append("<figure><figcaption>Mean error as a share of its budget: the worst tensor and shape</figcaption>\n")
                .append(chart.svg())
                .append("</figure>\n</section>\n");
    }

    private void legend() {
        out.append("<ul class=\"legend\">");
        for (int i = 0; i < devices.size(); i++) {
            out.append("<li><i class=\"series-" + i + "\"></i>" + Markup.escape(devices.get(i)) + "</li>");
        }
        out.append("</ul>\n");
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

    private void method() {
        out.append(resource("method.html"));
        out.append("<dl class=\"facts\">\n");
        Environment environment = rows.getFirst().environment();
        fact("System", environment.os());
        fact("Memory", Units.bytes(environment.memoryBytes()));
        fact("Heap limit", Units.bytes(environment.maxHeapBytes()));
        fact("JVM flags", String.join(" ", environment.flags()));
        for (String device : devices) {
            rows.stream()
                    .filter(row -> row.axis("device").equals(device))
                    .findFirst()
                    .ifPresent(row -> fact("Device " + device, row.deviceDescription()));
        }
        out.append("</dl>\n</section>\n");
    }

    private SequencedSet<String> distinct(String axis) {
        SequencedSet<String> values = new LinkedHashSet<>();
        rows.forEach(row -> values.add(row.axis(axis)));
        return values;
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
