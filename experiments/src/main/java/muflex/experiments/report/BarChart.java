package muflex.experiments.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Horizontal bars in groups, as one SVG element: a group a variant, a bar a series, the value written at its end.
 * Colours come from the page's style sheet by the classes {@code series-0}, {@code series-1}, …
 */
final class BarChart {

    private static final int WIDTH = 520;
    private static final int LABELS = 112;
    private static final int VALUES = 116;
    private static final int BAR = 13;
    private static final int GROUP_GAP = 10;
    private static final int TOP = 8;

    /** One bar: its length's value and the text at its end. */
    record Bar(double value, String text) {}

    private final String id;
    private final String title;
    private final List<String> series;
    private final Map<String, Map<String, Bar>> groups = new LinkedHashMap<>();

    BarChart(String id, String title, List<String> series) {
        this.id = id;
        this.title = title;
        this.series = List.copyOf(series);
    }

    void add(String group, String seriesName, Bar bar) {
        groups.computeIfAbsent(group, key -> new LinkedHashMap<>()).put(seriesName, bar);
    }

    boolean isEmpty() {
        return groups.isEmpty();
    }

    String svg() {
        double longest = groups.values().stream()
                .flatMap(bars -> bars.values().stream())
                .mapToDouble(Bar::value)
                .max()
                .orElse(1);
        double scale = (WIDTH - LABELS - VALUES) / (longest > 0 ? longest : 1);
        StringBuilder body = new StringBuilder();
        List<String> spoken = new ArrayList<>();
        int y = TOP;
        for (Map.Entry<String, Map<String, Bar>> group : groups.entrySet()) {
            y = group(body, spoken, group.getKey(), group.getValue(), y, scale);
        }
        body.append("<line class=\"axis\" x1=\"" + LABELS + "\" x2=\"" + LABELS + "\" y1=\"" + TOP + "\" y2=\""
                + (y - GROUP_GAP) + "\"/>\n");
        return Markup.chart(id, title, String.join("; ", spoken), WIDTH, y + TOP - GROUP_GAP, body.toString());
    }

    private int group(
            StringBuilder body, List<String> spoken, String name, Map<String, Bar> bars, int top, double scale) {
        double middle = top + bars.size() * BAR / 2.0 + 4;
        body.append("<text class=\"label\" x=\"" + (LABELS - 8) + "\" y=\"" + Markup.at(middle) + "\">"
                + Markup.escape(name) + "</text>\n");
        List<String> values = new ArrayList<>();
        int y = top;
        for (String seriesName : series) {
            Bar bar = bars.get(seriesName);
            if (bar == null) {
                continue;
            }
            double length = Math.max(1, bar.value() * scale);
            body.append("<rect class=\"" + Markup.colour(series.indexOf(seriesName)) + "\" x=\"" + LABELS + "\" y=\""
                    + (y + 1) + "\" width=\"" + Markup.at(length) + "\" height=\"" + (BAR - 2) + "\"/>\n");
            body.append("<text class=\"value\" x=\"" + Markup.at(LABELS + length + 5) + "\" y=\"" + (y + 10) + "\">"
                    + Markup.escape(bar.text()) + "</text>\n");
            values.add(seriesName + " " + bar.text());
            y += BAR;
        }
        spoken.add(name + ": " + String.join(", ", values));
        return y + GROUP_GAP;
    }
}
