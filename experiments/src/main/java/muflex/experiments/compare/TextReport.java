package muflex.experiments.compare;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import muflex.experiments.report.Row;
import muflex.experiments.report.TextTable;
import muflex.experiments.report.Units;
import org.jspecify.annotations.Nullable;

/** Rows as a table in plain text: a block a shape, a line a variant and device, both directions side by side. */
public final class TextReport {

    private TextReport() {}

    private record Key(String shape, String variant, String device) {}

    private record Pair(@Nullable Row forward, @Nullable Row backward) {
        Row any() {
            if (forward != null) {
                return forward;
            }
            if (backward != null) {
                return backward;
            }
            throw new IllegalStateException("a pair holds at least one row");
        }
    }

    public static String of(List<Row> rows) {
        Map<String, Map<Key, Pair>> shapes = new LinkedHashMap<>();
        for (Row row : rows) {
            Key key = new Key(row.axis("shape"), row.axis("variant"), row.axis("device"));
            boolean forward = row.axis("direction").equals("forward");
            shapes.computeIfAbsent(key.shape(), shape -> new LinkedHashMap<>())
                    .merge(key, forward ? new Pair(row, null) : new Pair(null, row), TextReport::join);
        }
        StringBuilder out = new StringBuilder();
        String against = Row.against(rows);
        shapes.forEach((shape, lines) -> block(out, shape, lines, against));
        complaints(out, rows);
        return out.toString();
    }

    private static Pair join(Pair a, Pair b) {
        return new Pair(
                a.forward() == null ? b.forward() : a.forward(), a.backward() == null ? b.backward() : a.backward());
    }

    private static void block(StringBuilder out, String shape, Map<Key, Pair> lines, String against) {
        TextTable table = new TextTable().left("variant").right("skipped").left("device");
        for (String direction : List.of("forward", "backward")) {
            table.right(direction)
                    .right("±")
                    .right("GFLOP/s")
                    .right("×" + against)
                    .right("max err");
        }
        String variant = "";
        for (Map.Entry<Key, Pair> line : lines.entrySet()) {
            boolean again = line.getKey().variant().equals(variant);
            variant = line.getKey().variant();
            Row.Work work = line.getValue().any().work();
            List<String> cells = new ArrayList<>();
            cells.add(again ? "" : variant);
            cells.add(again || work == null ? "" : Units.percent(work.sparsity() / 100));
            cells.add(line.getKey().device());
            cells(cells, line.getValue().forward());
            cells(cells, line.getValue().backward());
            table.row(cells.toArray(String[]::new));
        }
        out.append(shape)
                .append("  (batch x heads x length x dim; GFLOP/s on live elements)\n")
                .append(table)
                .append('\n');
    }

    private static void cells(List<String> cells, @Nullable Row row) {
        Row.Timing timing = row == null ? null : row.timing();
        Row.Rates rates = row == null ? null : row.rates();
        if (row == null || timing == null || rates == null) {
            cells.addAll(List.of(row == null ? "" : "FAILED", "", "", "", row == null ? "" : maxError(row)));
            return;
        }
        Double speedup = rates.speedup();
        cells.addAll(List.of(
                Units.time(timing.median()),
                Units.percent(timing.spread()),
                Units.significant(rates.gflops()),
                speedup == null ? "" : Units.significant(speedup),
                maxError(row)));
    }

    /** Of all tensors; empty if there was no answer, NaN if one of them is not finite. */
    private static String maxError(Row row) {
        double greatest = 0;
        for (Row.Accuracy accuracy : row.accuracy()) {
            Double error = accuracy.maxError();
            greatest = Math.max(greatest, error == null ? Double.NaN : error);
        }
        return row.accuracy().isEmpty() ? "" : Double.isNaN(greatest) ? "NaN" : Units.scientific(greatest);
    }

    private static void complaints(StringBuilder out, List<Row> rows) {
        for (Row row : rows) {
            if (row.status() != Row.Status.OK) {
                out.append("FAILED: %s, %s on %s at %s: %s%n"
                        .formatted(
                                row.axis("variant"),
                                row.axis("direction"),
                                row.axis("device"),
                                row.axis("shape"),
                                row.message()));
            }
        }
    }
}
