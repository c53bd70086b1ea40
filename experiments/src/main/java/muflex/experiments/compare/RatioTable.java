package muflex.experiments.compare;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.SequencedSet;
import java.util.stream.Collectors;
import muflex.experiments.report.Row;
import muflex.experiments.report.TextTable;
import muflex.experiments.report.Units;

/** Speed-ups over one named device: a line a shape, a column a variant and direction. */
public final class RatioTable {

    private RatioTable() {}

    /** One table for each other device of {@code rows}. */
    public static String of(List<Row> rows) {
        String against = Row.against(rows);
        StringBuilder out = new StringBuilder();
        for (String device : distinct(rows, "device")) {
            if (!device.equals(against)) {
                out.append("speed of %s over %s: median over median, 1 is equal\n".formatted(device, against))
                        .append(table(rows, device));
            }
        }
        return out.toString();
    }

    private static TextTable table(List<Row> rows, String device) {
        SequencedSet<String> variants = distinct(rows, "variant");
        SequencedSet<String> directions = distinct(rows, "direction");
        TextTable table = new TextTable().left("shape");
        for (String direction : directions) {
            variants.forEach(variant -> table.right(variant + " " + direction));
        }
        for (String shape : distinct(rows, "shape")) {
            List<String> cells = new ArrayList<>(List.of(shape));
            for (String direction : directions) {
                for (String variant : variants) {
                    cells.add(speedup(rows, List.of(shape, direction, variant, device)));
                }
            }
            table.row(cells.toArray(String[]::new));
        }
        return table;
    }

    private static String speedup(List<Row> rows, List<String> key) {
        return rows.stream()
                .filter(row -> key.equals(
                        List.of(row.axis("shape"), row.axis("direction"), row.axis("variant"), row.axis("device"))))
                .map(Row::rates)
                .map(rates -> rates == null ? null : rates.speedup())
                .filter(Objects::nonNull)
                .map(Units::significant)
                .findFirst()
                .orElse("–");
    }

    private static SequencedSet<String> distinct(List<Row> rows, String axis) {
        return rows.stream().map(row -> row.axis(axis)).collect(Collectors.toCollection(LinkedHashSet::new));
    }
}
