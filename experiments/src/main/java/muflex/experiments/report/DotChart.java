package muflex.experiments.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Values on a logarithmic axis, as one SVG element: a line a variant, a dot a series, and a limit that the values must
 * stay to the left of.
 */
final class DotChart {

    private static final int WIDTH = 520;
    private static final int LABELS = 112;
    private static final int RIGHT = 16;
    private static final int LINE = 20;
    private static final int TOP = 24;

    private final String id;
    private final String title;
    private final List<String> series;
    private final double limit;
    private final Map<String, Map<String, Double>> lines = new LinkedHashMap<>();

    DotChart(String id, String title, List<String> series, double limit) {
        this.id = id;
        this.title = title;
        this.series = List.copyOf(series);
        this.limit = limit;
    }

    /** Adds a dot; of several for one line and series the greatest is shown. */
    void add(String line, String seriesName, double value) {
        lines.computeIfAbsent(line, key -> new LinkedHashMap<>()).merge(seriesName, value, Math::max);
    }

    boolean isEmpty() {
        return lines.isEmpty();
    }

    String svg() {
        List<Double> values = lines.values().stream()
                .flatMap(dots -> dots.values().stream())
                .filter(v -> v > 0)
                .toList();
        double least = values.stream().mapToDouble(v -> v).min().orElse(limit / 10);
        double greatest =
                Math.max(limit * 2, values.stream().mapToDouble(v -> v).max().orElse(limit));
        LogAxis axis = LogAxis.around(least, greatest, LABELS, WIDTH - RIGHT);
        int bottom = TOP + LINE * lines.size();
        StringBuilder body = new StringBuilder();
        axis.decades(decade -> {
            String x = Markup.at(axis.at(Math.pow(10, decade)));
            body.append("<line class=\"grid\" x1=\"" + x + "\" x2=\"" + x + "\" y1=\"" + TOP + "\" y2=\"" + bottom
                    + "\"/>\n<text class=\"tick\" x=\"" + x + "\" y=\"" + (bottom + 15) + "\">" + LogAxis.power(decade)
                    + "</text>\n");
        });
        String x = Markup.at(axis.at(limit));
        body.append("<line class=\"limit\" x1=\"" + x + "\" x2=\"" + x + "\" y1=\"" + TOP + "\" y2=\"" + bottom
                + "\"/>\n<text class=\"tick\" x=\"" + x + "\" y=\"" + (TOP - 8) + "\">budget</text>\n");
        List<String> spoken = dots(body, axis);
        return Markup.chart(id, title, String.join("; ", spoken), WIDTH, bottom + 24, body.toString());
    }

    private List<String> dots(StringBuilder body, LogAxis axis) {
        List<String> spoken = new ArrayList<>();
        int y = TOP + LINE / 2;
        for (Map.Entry<String, Map<String, Double>> line : lines.entrySet()) {
            body.append("<text class=\"label\" x=\"" + (LABELS - 8) + "\" y=\"" + (y + 4) + "\">"
                    + Markup.escape(line.getKey()) + "</text>\n");
            List<String> values = new ArrayList<>();
            for (Map.Entry<String, Double> dot : line.getValue().entrySet()) {
                double at = axis.at(Math.max(dot.getValue(), axis.least()));
                body.append(
                        "<circle class=\"" + Markup.colour(series.indexOf(dot.getKey())) + "\" cx=\"" + Markup.at(at)
                                + "\" cy=\"" + Markup.at(y + apart(series.indexOf(dot.getKey()))) + "\" r=\"4\"/>\n");
                values.add(dot.getKey() + " " + String.format(Locale.ROOT, "%.2g", dot.getValue()));
            }
            spoken.add(line.getKey() + ": " + String.join(", ", values));
            y += LINE;
        }
        return spoken;
    }

    /** Series stand a little above one another, so that equal values stay apart. */
    private double apart(int index) {
        return (index - (series.size() - 1) / 2.0) * Math.min(4, (LINE - 8.0) / series.size());
    }
}
