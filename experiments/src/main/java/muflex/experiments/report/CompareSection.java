package muflex.experiments.report;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;

/** The page's part about rows of {@code compare}: speed, roofline, copies, errors. */
final class CompareSection {

    private final List<Row> rows;
    private final List<String> devices;
    private final StringBuilder out;

    CompareSection(StringBuilder out, List<Row> rows) {
        this.out = out;
        this.rows = rows;
        devices = List.copyOf(distinct("device"));
    }

    void append() {
        for (String shape : distinct("shape")) {
            speed(shape);
        }
        roofline();
        PhaseBars.append(out, rows);
        errors();
    }

    private void speed(String shape) {
        out.append("<section>\n<h2>Speed at " + Markup.escape(shape) + "</h2>\n");
        Markup.legend(out, devices);
        out.append("<div class=\"charts\">\n");
        for (String direction : distinct("direction")) {
            String id = "speed-" + shape.replaceAll("[^0-9a-z]", "-") + "-" + direction;
            BarChart chart = new BarChart(id, "GFLOP/s on live elements, " + direction + ", " + shape, devices);
            for (Row row : rows) {
                if (row.axis("shape").equals(shape) && row.axis("direction").equals(direction) && row.rates() != null) {
                    chart.add(row.axis("variant"), row.axis("device"), bar(row.rates()));
                }
            }
            if (!chart.isEmpty()) {
                out.append("<figure><figcaption>" + direction + ": GFLOP/s (speed-up over "
                                + Markup.escape(Row.against(rows)) + ")</figcaption>\n")
                        .append(chart.svg())
                        .append("</figure>\n");
            }
        }
        out.append("</div>\n</section>\n");
    }

    private static BarChart.Bar bar(Row.Rates rates) {
        String text = Units.significant(rates.gflops());
        Double speedup = rates.speedup();
        return new BarChart.Bar(
                rates.gflops(), speedup == null ? text : text + " (" + Units.significant(speedup) + " ×)");
    }

    private void roofline() {
        Plot plot = Roofline.plot(rows, devices);
        if (plot.isEmpty()) {
            return;
        }
        out.append(
                "<section>\n<h2>Against each device's ceilings</h2>\n<p class=\"note\">Lines are what the device can do"
                        + " at most, measured in the same process: multiply-adds of registers, and a + s · b of arrays larger than"
                        + " its caches. Bytes are inputs and outputs once each.</p>\n");
        Markup.legend(out, devices);
        out.append("<figure><figcaption>Roofline; a dot's tooltip and the table name the case</figcaption>\n")
                .append(plot.svg())
                .append("</figure>\n</section>\n");
    }

    private void errors() {
        DotChart chart = new DotChart("errors", "Mean error as a share of its budget, the worst tensor", devices, 1);
        for (Row row : rows) {
            for (Row.Accuracy accuracy : row.accuracy()) {
                Double error = accuracy.meanError();
                if (error != null) {
                    chart.add(row.axis("variant"), row.axis("device"), error / accuracy.budget());
                }
            }
        }
        if (chart.isEmpty()) {
            return;
        }
        out.append("<section>\n<h2>Error against float64</h2>\n");
        Markup.legend(out, devices);
        out.append("<figure><figcaption>Mean error as a share of its budget: the worst tensor and shape</figcaption>\n")
                .append(chart.svg())
                .append("</figure>\n</section>\n");
    }

    private SequencedSet<String> distinct(String axis) {
        SequencedSet<String> values = new LinkedHashSet<>();
        rows.forEach(row -> values.add(row.axis(axis)));
        return values;
    }
}
