package muflex.experiments.mup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import muflex.experiments.report.LineChart;
import muflex.experiments.report.RowFile;
import muflex.experiments.report.TextTable;
import muflex.model.parameterization.Parameterization;
import muflex.model.parameterization.Parameterizations;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * A written report whose tables and figures are derived from the rows beside it. In its README.md a block
 *
 * <pre>
 * &lt;!-- transfer transfer.jsonl --&gt;
 * …
 * &lt;!-- end --&gt;
 * </pre>
 *
 * holds what the words in the first line stand for: {@code transfer FILE…} and {@code milestones FILE…} a sweep's
 * tables, {@code slopes FILE…} those of coordinate checks. Charts are written beside it. All else is the author's.
 *
 * @param folder holds README.md and the rows
 */
record Study(Path folder) {

    private static final Pattern BLOCK =
            Pattern.compile("(<!-- (\\w+) ([^>]*?) -->\\n).*?(<!-- end -->)", Pattern.DOTALL);
    /** Nats above the best loss that charts show. */
    private static final double CEILING = 0.8;

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    /** Writes README.md's blocks and the charts anew. */
    void regenerate() throws IOException {
        Path readme = folder.resolve("README.md");
        String text = Files.readString(readme);
        Matcher blocks = BLOCK.matcher(text);
        StringBuilder out = new StringBuilder();
        while (blocks.find()) {
            List<String> files = List.of(blocks.group(3).strip().split("\\s+"));
            String content = switch (blocks.group(2)) {
                case "transfer" -> transfer(files);
                case "milestones" -> milestones(files);
                case "slopes" -> slopes(files);
                default ->
                    throw new IllegalArgumentException(readme + ": expected a block of transfer, milestones or"
                            + " slopes, got '" + blocks.group(2) + "'; correct it");
            };
            blocks.appendReplacement(
                    out, Matcher.quoteReplacement(blocks.group(1) + "```text\n" + content + "```\n" + blocks.group(4)));
        }
        blocks.appendTail(out);
        RowFile.writeWhole(readme, out.toString());
    }

    private List<TrainedRun> sweep(List<String> files) throws IOException {
        List<TrainedRun> rows = new ArrayList<>();
        for (String file : files) {
            SweepFile.read(existing(file)).forEach(row -> rows.add(TrainedRun.of(row)));
        }
        return rows;
    }

    private Path existing(String file) {
        Path path = folder.resolve(file);
        if (!Files.isRegularFile(path)) {
            throw new IllegalArgumentException(
                    folder + ": expected the rows " + file + ", got no such file; correct the block's first line");
        }
        return path;
    }

    private String transfer(List<String> files) throws IOException {
        List<Transfer> transfers = Transfer.of(sweep(files));
        double best = transfers.stream()
                .flatMap(transfer -> transfer.sizes().stream())
                .mapToDouble(size -> size.optimum().loss())
                .min()
                .orElseThrow();
        RowFile.writeWhole(folder.resolve("optima.svg"), TransferReport.optima(transfers));
        for (Transfer transfer : transfers) {
            RowFile.writeWhole(
                    folder.resolve("loss-" + transfer.rule() + ".svg"), TransferReport.chart(transfer, best + CEILING));
        }
        return TransferReport.table(transfers) + TransferReport.summary(transfers);
    }

    private String milestones(List<String> files) throws IOException {
        List<TrainedRun> rows = sweep(files);
        StringBuilder out = new StringBuilder();
        for (long step : Transfer.milestones(rows)) {
            out.append("after step ").append(step).append('\n');
            Transfer.of(rows, step)
                    .forEach(transfer -> out.append(String.format(
                            Locale.ROOT,
                            "  %s: %+.2f powers of two a doubling, a factor of %.1f between the ends%n",
                            transfer.rule(),
                            transfer.shiftPerDoubling(),
                            transfer.factor())));
        }
        return out.toString();
    }

    /** Every quantity of the files' checks, a column a file, at each step; and a chart of the logits' coordinates. */
    private String slopes(List<String> files) throws IOException {
        List<List<CoordinateCheck.Finding>> columns = new ArrayList<>();
        TextTable table = new TextTable().right("step").left("quantity");
        LineChart chart = new LineChart(
                "attention logit at the first step", "width", "mean absolute value", LineChart.Scale.POWERS_OF_TWO);
        for (String file : files) {
            List<CoordinateRow> rows = rows(existing(file));
            String name = file.replaceFirst("\\.jsonl$", "");
            Parameterization rule = Parameterizations.byName(rows.getFirst().rule());
            columns.add(CoordinateCheck.findings(rule, rows));
            table.right(name);
            chart(chart, name, rows);
            RowFile.writeWhole(folder.resolve(name + ".svg"), CoordinateReport.chart(rule.name(), rows));
        }
        RowFile.writeWhole(folder.resolve("attention-logit.svg"), chart.svg());
        for (CoordinateCheck.Finding row : columns.getFirst()) {
            if (columns.stream()
                    .noneMatch(column -> find(column, row)
                            .flatMap(CoordinateCheck.Finding::declared)
                            .isPresent())) {
                continue;
            }
            List<String> cells = new ArrayList<>(
                    List.of(Integer.toString(row.step()), row.quantity().toString()));
            columns.forEach(
                    column -> cells.add(find(column, row).map(Study::cell).orElse("")));
            table.row(cells.toArray(String[]::new));
        }
        return table.toString();
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

    private static Optional<CoordinateCheck.Finding> find(
            List<CoordinateCheck.Finding> column, CoordinateCheck.Finding wanted) {
        return column.stream()
                .filter(finding ->
                        finding.step() == wanted.step() && finding.quantity().equals(wanted.quantity()))
                .findFirst();
    }

    /** The slope, and what was declared where it is missed. */
    private static String cell(CoordinateCheck.Finding finding) {
        String slope = String.format(Locale.ROOT, "%.2f", finding.slope().slope());
        return finding.verdict() == CoordinateCheck.Verdict.FAIL
                ? slope
                        + String.format(
                                Locale.ROOT, " (not %.1f)", finding.declared().orElseThrow())
                : slope;
    }

    private static List<CoordinateRow> rows(Path file) throws IOException {
        List<CoordinateRow> rows = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            try {
                rows.add(MAPPER.readValue(line, CoordinateRow.class));
            } catch (JacksonException e) {
                throw new IllegalArgumentException(file.getFileName() + ": expected a row of a coordinate check, got "
                        + e.getOriginalMessage() + "; remove the line");
            }
        }
        if (rows.isEmpty()) {
            throw new IllegalArgumentException(
                    file.getFileName() + ": expected rows of a coordinate check, got none; measure them again");
        }
        return rows;
    }
}
