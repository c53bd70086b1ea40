package muflex.experiments.mup;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import muflex.experiments.report.LineChart;
import muflex.experiments.report.TextTable;

/** A coordinate check as text and as a chart. */
final class CoordinateReport {

    private CoordinateReport() {}

    /** A row for each slope, with what is declared and the verdict. */
    static String table(List<CoordinateCheck.Finding> findings) {
        TextTable table = new TextTable()
                .right("step")
                .left("quantity")
                .right("slope")
                .right("±")
                .right("declared")
                .left("verdict");
        for (CoordinateCheck.Finding finding : findings) {
            table.row(
                    Integer.toString(finding.step()),
                    finding.quantity().toString(),
                    finding.vanished() ? "-" : number(finding.slope().slope()),
                    number(finding.slope().half()),
                    finding.declared().map(CoordinateReport::number).orElse("-"),
                    switch (finding.verdict()) {
                        case PASS -> "pass";
                        case FAIL -> finding.vanished() ? "FAIL, vanished" : "FAIL";
                        case NONE -> "";
                    });
        }
        return table.toString();
    }

    /** One line: how many slopes are as declared. */
    static String summary(String rule, List<CoordinateCheck.Finding> findings) {
        Map<CoordinateCheck.Verdict, Long> counts = findings.stream()
                .collect(Collectors.groupingBy(CoordinateCheck.Finding::verdict, TreeMap::new, Collectors.counting()));
        long passed = counts.getOrDefault(CoordinateCheck.Verdict.PASS, 0L);
        long failed = counts.getOrDefault(CoordinateCheck.Verdict.FAIL, 0L);
        return String.format(
                Locale.ROOT,
                "%s: %s, %d of %d slopes within %.1f of what is declared",
                rule,
                failed == 0 ? "pass" : "FAIL",
                passed,
                passed + failed,
                CoordinateCheck.TOLERANCE);
    }

    /** Outputs, changes and the attention logit over width, at the last step. */
    static String chart(String rule, List<CoordinateRow> rows) {
        int last = rows.stream().mapToInt(CoordinateRow::step).max().orElseThrow();
        LineChart chart = new LineChart(
                rule + ": coordinates after " + (last - 1) + " updates",
                "width",
                "mean absolute value",
                LineChart.Scale.POWERS_OF_TWO);
        Map<String, Map<Integer, Double>> means = new TreeMap<>();
        for (CoordinateRow row : rows) {
            if (row.step() == last) {
                row.values().forEach((quantity, value) -> {
                    if (quantity.contains("x|") || quantity.contains("logit")) {
                        means.computeIfAbsent(quantity, key -> new TreeMap<>())
                                .merge(row.width(), value / row.settings().seeds(), Double::sum);
                    }
                });
            }
        }
        means.forEach((quantity, points) -> points.forEach((width, value) -> chart.add(quantity, width, value)));
        return chart.svg();
    }

    private static String number(double value) {
        return Double.isInfinite(value) ? "-" : String.format(Locale.ROOT, "%.2f", value);
    }
}
