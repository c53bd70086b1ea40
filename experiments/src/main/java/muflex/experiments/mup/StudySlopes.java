package muflex.experiments.mup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import muflex.experiments.mup.CoordinateCheck.Finding;
import muflex.experiments.report.LineChart;
import muflex.experiments.report.RowFile;
import muflex.experiments.report.TextTable;
import muflex.model.parameterization.Parameterization;
import muflex.model.parameterization.Parameterizations;

/**
 * The blocks of a {@link Study} that coordinate checks fill.
 *
 * @param folder of the report
 */
record StudySlopes(Path folder) {

    /** Every quantity of the files' checks, a column a file, at each step; and a chart of the logits' coordinates. */
    String slopes(List<String> files) throws IOException {
        List<List<Finding>> columns = new ArrayList<>();
        TextTable table = new TextTable().right("step").left("quantity");
        LineChart chart = new LineChart(
                "attention logit at the first step", "width", "mean absolute value", LineChart.Scale.POWERS_OF_TWO);
        for (String file : files) {
            List<CoordinateRow> rows = Study.rows(folder, file, CoordinateRow::parse);
            String name = name(file);
            columns.add(findings(rows));
            table.right(name);
            chart(chart, name, rows);
            RowFile.writeWhole(
                    folder.resolve(name + ".svg"),
                    CoordinateReport.chart(rows.getFirst().rule(), rows));
        }
        RowFile.writeWhole(folder.resolve("attention-logit.svg"), chart.svg());
        for (Finding row : columns.getFirst()) {
            if (columns.stream()
                    .allMatch(column -> find(column, row.step(), row.quantity())
                            .flatMap(Finding::declared)
                            .isEmpty())) {
                continue;
            }
            List<String> cells = new ArrayList<>(
                    List.of(Integer.toString(row.step()), row.quantity().toString()));
            columns.forEach(column -> cells.add(find(column, row.step(), row.quantity())
                    .map(StudySlopes::cell)
                    .orElse("")));
            table.row(cells.toArray(String[]::new));
        }
        return table.toString();
    }

    /**
     * The exponents of coordinate checks, each with that of another measurement in brackets, and the largest difference.
     *
     * @param files a CSV of the other measurement ({@code step,quantity,NAME…}), then rows whose files have those names
     */
    String beside(List<String> files) throws IOException {
        List<List<String>> other = csv(files.getFirst());
        List<String> head = other.getFirst();
        Map<String, List<Finding>> measured = new LinkedHashMap<>();
        TextTable table = new TextTable().right("step").left("quantity");
        for (String file : files.subList(1, files.size())) {
            measured.put(name(file), findings(Study.rows(folder, file, CoordinateRow::parse)));
            table.right(name(file));
        }
        double largest = 0;
        String where = "";
        for (List<String> line : other.subList(1, other.size())) {
            int step = Integer.parseInt(line.get(0));
            Quantity quantity = Quantity.parse(line.get(1));
            List<String> cells = new ArrayList<>(line.subList(0, 2));
            for (Map.Entry<String, List<Finding>> column : measured.entrySet()) {
                int at = head.indexOf(column.getKey());
                Optional<Finding> own = find(column.getValue(), step, quantity);
                if (at < 0 || line.get(at).isEmpty() || own.isEmpty()) {
                    cells.add("");
                    continue;
                }
                double slope = own.orElseThrow().slope().slope();
                double known = Double.parseDouble(line.get(at));
                cells.add(String.format(Locale.ROOT, "%.2f (%.2f)", slope, known));
                if (Math.abs(slope - known) > largest) {
                    largest = Math.abs(slope - known);
                    where = quantity + ", " + column.getKey() + ", step " + step;
                }
            }
            table.row(cells.toArray(String[]::new));
        }
        return table + String.format(Locale.ROOT, "largest difference %.2f (%s)%n", largest, where);
    }

    private List<List<String>> csv(String file) throws IOException {
        Path path = folder.resolve(file);
        if (!Files.isRegularFile(path)) {
            throw new IllegalArgumentException(
                    folder + ": expected the exponents " + file + ", got no such file; correct the block's first line");
        }
        List<List<String>> lines = new ArrayList<>();
        for (String line : Files.readAllLines(path)) {
            List<String> cells = List.of(line.split(",", -1));
            if (cells.size() < 3
                    || !lines.isEmpty() && cells.size() != lines.getFirst().size()) {
                throw new IllegalArgumentException(path + " line " + (lines.size() + 1)
                        + ": expected step,quantity and an exponent for each file, got '" + line + "'; correct it");
            }
            lines.add(cells);
        }
        return lines;
    }

    private static String name(String file) {
        return file.replaceFirst("^.*/", "").replaceFirst("\\.jsonl$", "");
    }

    private static List<Finding> findings(List<CoordinateRow> rows) {
        Parameterization rule = Parameterizations.byName(rows.getFirst().rule());
        return CoordinateCheck.findings(rule, rows);
    }

    private static void chart(LineChart chart, String name, List<CoordinateRow> rows) {
        rows.stream()
                .filter(row -> row.step() == 1)
                .collect(Collectors.groupingBy(
                        CoordinateRow::width,
                        Collectors.averagingDouble(row -> row.values().getOrDefault("attention |logit|", 0.0))))
                .entrySet()
                .stream()
                .sorted(Comparator.comparingInt(Map.Entry::getKey))
                .forEach(point -> chart.add(name, point.getKey(), point.getValue()));
    }

    private static Optional<Finding> find(List<Finding> column, int step, Quantity quantity) {
        return column.stream()
                .filter(finding -> finding.step() == step && finding.quantity().equals(quantity))
                .findFirst();
    }

    /** The slope, and what was declared where it is missed. */
    private static String cell(Finding finding) {
        String slope = finding.vanished()
                ? "vanished"
                : String.format(Locale.ROOT, "%.2f", finding.slope().slope());
        return finding.verdict() == CoordinateCheck.Verdict.FAIL
                ? slope
                        + String.format(
                                Locale.ROOT, " (not %.1f)", finding.declared().orElseThrow())
                : slope;
    }
}
