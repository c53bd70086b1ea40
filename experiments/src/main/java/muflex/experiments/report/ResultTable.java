package muflex.experiments.report;

import java.util.Comparator;
import java.util.List;

/** The page's table: a line a row, sortable by its header's buttons. */
final class ResultTable {

    private ResultTable() {}

    static void append(StringBuilder out, List<Row> rows) {
        out.append(
                        "<section>\n<h2>Every result</h2>\n<div class=\"scroll\" tabindex=\"0\">\n<table class=\"sortable\">\n")
                .append("<thead><tr>");
        for (String name : List.of("Variant", "Shape", "Direction", "Device")) {
            heading(out, "", name);
        }
        for (String name : List.of(
                "Median",
                "±",
                "GFLOP/s",
                "× " + Markup.escape(Row.against(rows)),
                "Max error",
                "Of budget",
                "Blocks skipped",
                "Compile")) {
            heading(out, " class=\"number\"", name);
        }
        out.append("<th>Run again</th></tr></thead>\n<tbody>\n");
        rows.forEach(row -> line(out, row));
        out.append("</tbody>\n</table>\n</div>\n</section>\n");
    }

    private static void heading(StringBuilder out, String attributes, String name) {
        out.append("<th" + attributes + "><button type=\"button\">" + name + "</button></th>");
    }

    private static void line(StringBuilder out, Row row) {
        out.append("<tr>");
        for (String axis : List.of("variant", "shape", "direction", "device")) {
            out.append("<td>" + Markup.escape(row.axis(axis)) + "</td>");
        }
        Row.Timing timing = row.timing();
        Row.Rates rates = row.rates();
        if (timing != null && rates != null) {
            number(out, timing.median(), Units.time(timing.median()));
            number(out, timing.spread(), Units.percent(timing.spread()));
            number(out, rates.gflops(), Units.significant(rates.gflops()));
            Double speedup = rates.speedup();
            number(out, speedup == null ? 0 : speedup, speedup == null ? "" : Units.significant(speedup));
        } else {
            out.append("<td class=\"number bad\">failed</td><td></td><td></td><td></td>");
        }
        accuracy(out, row.accuracy());
        Row.Work work = row.work();
        number(out, work == null ? 0 : work.sparsity(), work == null ? "" : Units.significant(work.sparsity()) + " %");
        double compile = timing == null ? 0 : (double) timing.compile();
        number(out, compile, timing == null ? "" : Units.time(compile));
        String message = row.message();
        out.append("<td" + (message == null ? ">" : " class=\"bad\">" + Markup.escape(message))
                + "<details><summary>command</summary><code>" + Markup.escape(row.command())
                + "</code></details></td></tr>\n");
    }

    private static void accuracy(StringBuilder out, List<Row.Accuracy> tensors) {
        double greatest = tensors.stream()
                .map(Row.Accuracy::maxError)
                .mapToDouble(error -> error == null ? Double.NaN : error)
                .max()
                .orElse(Double.NaN);
        double share = tensors.stream()
                .max(Comparator.comparingDouble(ResultTable::share))
                .map(ResultTable::share)
                .orElse(Double.NaN);
        number(out, greatest, Double.isNaN(greatest) ? "–" : Units.scientific(greatest));
        number(out, share, Double.isNaN(share) ? "–" : Units.percent(share));
    }

    private static double share(Row.Accuracy tensor) {
        Double error = tensor.meanError();
        return error == null ? Double.NaN : error / tensor.budget();
    }

    private static void number(StringBuilder out, double value, String text) {
        out.append("<td class=\"number\" data-value=\"" + value + "\">" + text + "</td>");
    }
}
