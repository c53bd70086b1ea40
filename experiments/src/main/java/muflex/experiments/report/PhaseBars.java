package muflex.experiments.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Where one call's time went on the device, as bars of three parts: copies in, kernels, copies out. */
final class PhaseBars {

    private static final List<String> PARTS = List.of("copy in", "kernel", "copy out");
    private static final int WIDTH = 680;
    private static final int LABELS = 290;
    private static final int VALUES = 70;
    private static final int BAR = 18;
    private static final int TOP = 4;

    private PhaseBars() {}

    private record Bar(String name, Row.Phases phases) {
        static Stream<Bar> of(Row row) {
            Row.Phases phases = row.phases();
            String name = row.axis("device") + " " + row.axis("variant") + " " + row.axis("direction") + " "
                    + row.axis("shape");
            return phases == null ? Stream.empty() : Stream.of(new Bar(name, phases));
        }

        double sum() {
            return phases.copyIn() + phases.kernel() + phases.copyOut();
        }
    }

    static void append(StringBuilder out, List<Row> rows) {
        List<Bar> told = rows.stream().flatMap(Bar::of).toList();
        if (told.isEmpty()) {
            return;
        }
        out.append(
                "<section>\n<h2>Copies and kernels</h2>\n<p class=\"note\">One call's time on the device's own clock."
                        + " Devices that compute in the Java heap copy nothing and are not shown.</p>\n");
        Markup.legend(out, PARTS);
        out.append("<figure><figcaption>Mean time of a call</figcaption>\n")
                .append(svg(told))
                .append("</figure>\n</section>\n");
    }

    private static String svg(List<Bar> bars) {
        double longest = bars.stream().mapToDouble(Bar::sum).max().orElse(1);
        double scale = (WIDTH - LABELS - VALUES) / (longest > 0 ? longest : 1);
        StringBuilder body = new StringBuilder();
        List<String> spoken = new ArrayList<>();
        int y = TOP;
        for (Bar bar : bars) {
            Row.Phases phases = bar.phases();
            body.append("<text class=\"label\" x=\"" + (LABELS - 8) + "\" y=\"" + (y + 12) + "\">"
                    + Markup.escape(bar.name()) + "</text>\n");
            double[] parts = {phases.copyIn(), phases.kernel(), phases.copyOut()};
            double x = LABELS;
            for (int i = 0; i < parts.length; i++) {
                body.append("<rect class=\"" + Markup.colour(i) + "\" x=\"" + Markup.at(x) + "\" y=\"" + (y + 2)
                        + "\" width=\"" + Markup.at(parts[i] * scale) + "\" height=\"" + (BAR - 5) + "\"/>\n");
                x += parts[i] * scale;
            }
            body.append("<text class=\"value\" x=\"" + Markup.at(x + 5) + "\" y=\"" + (y + 12) + "\">"
                    + Units.time(bar.sum()) + "</text>\n");
            spoken.add(bar.name() + ": copy in " + Units.time(parts[0]) + ", kernel " + Units.time(parts[1])
                    + ", copy out " + Units.time(parts[2]));
            y += BAR;
        }
        return Markup.chart(
                "phases", "Time of a call by part", String.join("; ", spoken), WIDTH, y + TOP, body.toString());
    }
}
