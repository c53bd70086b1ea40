package muflex.experiments.mup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import muflex.experiments.report.Json;
import muflex.experiments.report.Row;
import muflex.experiments.report.RowFile;
import muflex.experiments.report.SpeedTables;

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
 * tables, {@code slopes FILE…} those of coordinate checks, {@code beside REFERENCE FILE…} their exponents beside those
 * of another measurement, {@code audit FILE…} those of ε audits, {@code speed FILE…} those of
 * {@code scripts/cpu-table}. Charts are written beside it. All else is the author's.
 *
 * @param folder holds README.md and the rows
 */
record Study(Path folder) {

    private static final Pattern BLOCK =
            Pattern.compile("(<!-- (\\w+) ([^>]*?) -->\\n).*?(<!-- end -->)", Pattern.DOTALL);
    /** Nats above the best loss that charts show. */
    private static final double CEILING = 0.8;

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
                case "slopes" -> new StudySlopes(folder).slopes(files);
                case "beside" -> new StudySlopes(folder).beside(files);
                case "audit" -> audit(files);
                case "speed" -> speed(files);
                default ->
                    throw new IllegalArgumentException(readme + ": expected a block of transfer, milestones, slopes,"
                            + " beside, audit or speed, got '" + blocks.group(2) + "'; correct it");
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
            rows(folder, file, SweepRow::parse).forEach(row -> rows.add(TrainedRun.of(row)));
        }
        return rows;
    }

    /**
     * The rows of a file beside a report.
     *
     * @throws IllegalArgumentException if it is missing or empty, or a line is no such row: a report rests on all of them
     */
    static <R> List<R> rows(Path folder, String file, Function<String, R> parse) throws IOException {
        Path path = folder.resolve(file);
        if (!Files.isRegularFile(path)) {
            throw new IllegalArgumentException(
                    folder + ": expected the rows " + file + ", got no such file; correct the block's first line");
        }
        RowFile.Contents<R> contents = RowFile.read(path, parse);
        if (!contents.damaged().isEmpty() || contents.rows().isEmpty()) {
            throw new IllegalArgumentException(path + ": expected rows and nothing else, got "
                    + (contents.damaged().isEmpty()
                            ? "none"
                            : "line " + contents.damaged().getFirst() + " (" + contents.firstDamage() + ")")
                    + "; measure them again, or remove the line");
        }
        return contents.rows();
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
            out.append(TransferReport.milestone(step, Transfer.of(rows, step)));
        }
        return out.toString();
    }

    private String speed(List<String> files) throws IOException {
        List<Row> rows = new ArrayList<>();
        for (String file : files) {
            rows.addAll(rows(folder, file, Json::readRow));
        }
        return SpeedTables.of(rows);
    }

    /** Of each file the last step's shares, and the verdict. */
    private String audit(List<String> files) throws IOException {
        StringBuilder out = new StringBuilder();
        for (String file : files) {
            List<EpsRow> rows = rows(folder, file, EpsRow::parse);
            EpsAudit audit = EpsAudit.of(rows);
            out.append(audit.lastTable())
                    .append(audit.verdict(rows.getFirst().rule()))
                    .append('\n');
        }
        return out.toString();
    }
}
