package muflex.experiments.report;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Which axes tell rows apart. */
final class AxisColumns {

    private AxisColumns() {}

    /** Axes with more than one value, in order; the first of all if none has. */
    static List<String> varied(List<Row> rows) {
        Set<String> axes = new LinkedHashSet<>();
        rows.forEach(row -> axes.addAll(row.axes().keySet()));
        List<String> varied = axes.stream()
                .filter(axis ->
                        rows.stream().map(row -> row.axis(axis)).distinct().count() > 1)
                .toList();
        return varied.isEmpty() ? axes.stream().limit(1).toList() : varied;
    }
}
