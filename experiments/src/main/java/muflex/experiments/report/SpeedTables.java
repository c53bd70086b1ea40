package muflex.experiments.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** The tables of {@code scripts/cpu-table} and {@code muflex costs}: rows of {@code compare} against another library, and rows of {@code speed}. */
public final class SpeedTables {

    private static final String SPEED = "speed";

    private SpeedTables() {}

    /** One table a variant and direction, then one a kind of case. */
    public static String of(List<Row> rows) {
        StringBuilder out = new StringBuilder();
        grouped(rows, false, row -> row.axis("variant") + ", " + row.axis("direction"))
                .forEach((title, group) ->
                        out.append(title).append('\n').append(compared(group)).append('\n'));
        grouped(rows, true, row -> row.axis("kind"))
                .forEach((title, group) ->
                        out.append(title).append('\n').append(timed(group)).append('\n'));
        rows.stream()
                .filter(row -> row.status() != Row.Status.OK)
                .forEach(row -> out.append("FAILED: %s: %s\n".formatted(row.axes(), row.message())));
        return out.toString();
    }

    private static Map<String, List<Row>> grouped(
            List<Row> rows, boolean speed, java.util.function.Function<Row, String> title) {
        return rows.stream()
                .filter(row -> row.experiment().equals(SPEED) == speed)
                .filter(row -> row.timing() != null && row.rates() != null)
                .collect(Collectors.groupingBy(title, LinkedHashMap::new, Collectors.toList()));
    }

    /** A line a shape: the device that is not the other library, and how fast it is over that. */
    private static TextTable compared(List<Row> rows) {
        TextTable table = new TextTable()
                .left("shape")
                .right("time")
                .right("±")
                .right("GFLOP/s")
                .right("× " + Row.against(rows))
                .right("its time")
                .right("±")
                .right("max error");
        for (Row row : rows) {
            Row.Timing timing = Objects.requireNonNull(row.timing());
            Row.Rates rates = Objects.requireNonNull(row.rates());
            String against = Objects.requireNonNullElse(rates.against(), "");
            if (!row.axis("device").equals(against)) {
                Row.Timing other = rows.stream()
                        .filter(peer -> peer.axis("shape").equals(row.axis("shape")))
                        .filter(peer -> peer.axis("device").equals(against))
                        .map(Row::timing)
                        .findFirst()
                        .orElse(null);
                table.row(
                        row.axis("shape"),
                        Units.time(timing.median()),
                        Units.percent(timing.spread()),
                        Units.significant(rates.gflops()),
                        rates.speedup() == null ? "–" : Units.significant(rates.speedup()),
                        other == null ? "–" : Units.time(other.median()),
                        other == null ? "–" : Units.percent(other.spread()),
                        error(row));
            }
        }
        return table;
    }

    /** A line each thing that was timed, with its rate over that of the first of its case. */
    private static TextTable timed(List<Row> rows) {
        TextTable table = new TextTable()
                .left("case")
                .right("time")
                .right("±")
                .right("rate")
                .right("rate over")
                .left("")
                .right("max error");
        boolean memory = rows.stream().anyMatch(row -> row.memory() != null);
        if (memory) {
            table.right("held").right("a call");
        }
        for (Row row : rows) {
            Row.Timing timing = Objects.requireNonNull(row.timing());
            Row.Rates rates = Objects.requireNonNull(row.rates());
            boolean first = rates.against() == null;
            String speedup = first || rates.speedup() == null ? "" : Units.significant(rates.speedup());
            List<String> cells = new ArrayList<>(List.of(
                    label(row, rows),
                    Units.time(timing.median()),
                    Units.percent(timing.spread()),
                    rate(row, timing, rates),
                    speedup,
                    first ? "" : "× " + rates.against(),
                    error(row)));
            if (memory) {
                Row.Memory taken = row.memory();
                cells.add(taken == null ? "" : Units.bytes(taken.held()));
                cells.add(taken == null ? "" : Units.bytes(taken.allocated()));
            }
            table.row(cells.toArray(String[]::new));
        }
        return table;
    }

    private static String rate(Row row, Row.Timing timing, Row.Rates rates) {
        String tokens = row.axis("tokens");
        if (!tokens.isEmpty()) {
            return Units.significant(Long.parseLong(tokens) / timing.median() * 1e9) + " tokens/s";
        }
        return rates.gflops() > 0
                ? Units.significant(rates.gflops()) + " GFLOP/s"
                : rates.gigabytes() > 0 ? Units.significant(rates.gigabytes()) + " GB/s" : "";
    }

    /** Its name, and whatever tells it from others of that name: the case, the device. */
    private static String label(Row row, List<Row> rows) {
        List<Row> alike = rows.stream()
                .filter(other -> other.axis("name").equals(row.axis("name")))
                .toList();
        boolean cases = alike.stream().anyMatch(other -> !other.axis("case").equals(row.axis("case")));
        boolean devices = alike.stream().anyMatch(other -> !other.axis("device").equals(row.axis("device")));
        return row.axis("name")
                + (cases ? ", " + row.axis("case") : "")
                + (devices ? " (" + row.axis("device") + ")" : "");
    }

    private static String error(Row row) {
        return row.accuracy().stream()
                .map(Row.Accuracy::maxError)
                .filter(Objects::nonNull)
                .max(Comparator.naturalOrder())
                .map(Units::scientific)
                .orElse("");
    }
}
