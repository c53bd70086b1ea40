package muflex.experiments.report;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The page's table of {@code compare}'s rows. */
final class ResultTable {

    private static final int NUMBERS = 16;

    private ResultTable() {}

    static void append(StringBuilder out, List<Row> rows) {
        List<String> axes = List.of("variant", "shape", "direction", "device");
        ValueTable table = new ValueTable("Every result", axes);
        List.of("Median", "95 % interval", "±", "GFLOP/s", "Of roof", "GB/s", "× " + Row.against(rows))
                .forEach(table::number);
        List.of(
                        "Copy in",
                        "Kernel",
                        "Copy out",
                        "Energy",
                        "Compile",
                        "First call",
                        "Max error",
                        "Of budget",
                        "Blocks skipped")
                .forEach(table::number);
        for (Row row : rows) {
            table.begin(row);
            times(table, row);
            accuracy(table, row.accuracy());
            Row.Work work = row.work();
            table.value(
                    work == null ? Double.NaN : work.sparsity(),
                    work == null ? "" : Units.significant(work.sparsity()) + " %");
            table.end(row);
        }
        table.append(out);
    }

    private static void times(ValueTable table, Row row) {
        Row.Timing timing = row.timing();
        Row.Rates rates = row.rates();
        if (timing == null || rates == null) {
            table.failed(NUMBERS - 3);
            return;
        }
        table.value(timing.median(), Units.time(timing.median()));
        Long lower = timing.lowerBound();
        Long upper = timing.upperBound();
        table.value(
                lower == null ? Double.NaN : (double) lower,
                lower == null || upper == null ? "" : Units.time(lower) + " – " + Units.time(upper));
        table.value(timing.spread(), Units.percent(timing.spread()));
        table.value(rates.gflops(), Units.significant(rates.gflops()));
        optional(table, Roofline.share(row), Units::percent);
        table.value(rates.gigabytes(), Units.significant(rates.gigabytes()));
        optional(table, rates.speedup(), Units::significant);
        Row.Phases phases = row.phases();
        optional(table, phases == null ? null : phases.copyIn(), Units::time);
        optional(table, phases == null ? null : phases.kernel(), Units::time);
        optional(table, phases == null ? null : phases.copyOut(), Units::time);
        optional(table, rates.joules(), joules -> Units.significant(1000 * joules) + " mJ");
        nanos(table, (double) timing.compile());
        nanos(table, (double) timing.first());
    }

    private static void nanos(ValueTable table, double nanos) {
        table.value(nanos, Units.time(nanos));
    }

    private static void optional(
            ValueTable table, @Nullable Double value, java.util.function.Function<Double, String> text) {
        table.value(value == null ? Double.NaN : value, value == null ? "" : text.apply(value));
    }

    private static void accuracy(ValueTable table, List<Row.Accuracy> tensors) {
        double greatest = tensors.stream()
                .map(Row.Accuracy::maxError)
                .mapToDouble(error -> error == null ? Double.NaN : error)
                .max()
                .orElse(Double.NaN);
        double share = tensors.stream().mapToDouble(ResultTable::share).max().orElse(Double.NaN);
        table.value(greatest, Double.isNaN(greatest) ? "–" : Units.scientific(greatest));
        table.value(share, Double.isNaN(share) ? "–" : Units.percent(share));
    }

    private static double share(Row.Accuracy tensor) {
        Double error = tensor.meanError();
        return error == null ? Double.NaN : error / tensor.budget();
    }
}
