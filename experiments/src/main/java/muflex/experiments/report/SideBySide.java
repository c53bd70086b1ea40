package muflex.experiments.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Several result files beside one another, as plain text: a line a case, a column a file. */
public final class SideBySide {

    private SideBySide() {}

    /**
     * Medians of each file, and their ratio to the first file's.
     *
     * @param files rows by the file's label, at least two
     */
    public static String table(Map<String, List<Row>> files) {
        Map<String, Map<String, Row>> lines = new LinkedHashMap<>();
        files.forEach((label, rows) ->
                rows.forEach(row -> lines.computeIfAbsent(Verdicts.key(row), key -> new LinkedHashMap<>())
                        .put(label, row)));
        TextTable table = new TextTable().left("case");
        List<String> labels = List.copyOf(files.keySet());
        for (int i = 0; i < labels.size(); i++) {
            table.right(labels.get(i)).right("±");
            if (i > 0) {
                table.right("× first");
            }
        }
        lines.forEach((key, byLabel) -> {
            List<String> cells = new ArrayList<>(List.of(key));
            Row.Timing first = timing(byLabel.get(labels.getFirst()));
            for (int i = 0; i < labels.size(); i++) {
                Row row = byLabel.get(labels.get(i));
                Row.Timing timing = timing(row);
                cells.add(timing != null ? Units.time(timing.median()) : row == null ? "" : "FAILED");
                cells.add(timing == null ? "" : Units.percent(timing.spread()));
                if (i > 0) {
                    cells.add(
                            timing == null || first == null ? "" : Units.significant(first.median() / timing.median()));
                }
            }
            table.row(cells.toArray(String[]::new));
        });
        return table.toString();
    }

    private static Row.@Nullable Timing timing(@Nullable Row row) {
        return row == null ? null : row.timing();
    }

    /** What changed between two runs. */
    public static String verdicts(List<Verdicts.Verdict> verdicts) {
        TextTable table =
                new TextTable().left("case").right("after/before").right("p").left("verdict");
        for (Verdicts.Verdict verdict : verdicts) {
            boolean known = !Double.isNaN(verdict.ratio());
            table.row(
                    verdict.key(),
                    known ? Units.significant(verdict.ratio()) : "",
                    known ? Units.scientific(verdict.p()) : "",
                    words(verdict.change()));
        }
        return table.toString();
    }

    static String words(Verdicts.Change change) {
        return switch (change) {
            case FASTER -> "faster";
            case SLOWER -> "slower";
            case NONE -> "no change shown";
            case UNKNOWN -> "not timed in both";
        };
    }
}
