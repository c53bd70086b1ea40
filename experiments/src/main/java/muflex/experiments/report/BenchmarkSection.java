package muflex.experiments.report;

import java.util.List;

/** The page's part about JMH's benchmarks. */
final class BenchmarkSection {

    private BenchmarkSection() {}

    static void append(StringBuilder out, List<Row> rows) {
        ValueTable table = new ValueTable("Benchmarks", AxisColumns.varied(rows));
        table.number("Median").number("95 % interval").number("±").number("Samples");
        for (Row row : rows) {
            table.begin(row);
            Row.Timing timing = row.timing();
            if (timing == null) {
                table.failed(4);
            } else {
                Long lower = timing.lowerBound();
                Long upper = timing.upperBound();
                table.value(timing.median(), Units.time(timing.median()));
                table.value(
                        lower == null ? Double.NaN : (double) lower,
                        lower == null || upper == null ? "" : Units.time(lower) + " – " + Units.time(upper));
                table.value(timing.spread(), Units.percent(timing.spread()));
                table.value(
                        timing.samples().size(),
                        Integer.toString(timing.samples().size()));
            }
            table.end(row);
        }
        table.append(out);
    }
}
