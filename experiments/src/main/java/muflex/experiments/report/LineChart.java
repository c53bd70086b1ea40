package muflex.experiments.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoubleFunction;

/**
 * Lines through points, as an SVG file of its own: a horizontal axis in powers of two, a vertical one that is linear
 * or in powers of two, a line a series with its name at its end. It carries its own style, light and dark.
 */
public final class LineChart {

    private static final int WIDTH = 640;
    private static final int HEIGHT = 360;
    private static final int LEFT = 64;
    private static final int RIGHT = 150;
    private static final int TOP = 34;
    private static final int BOTTOM = 46;
    private static final int LABEL_GAP = 13;
    private static final List<String> COLOURS =
            List.of("#1b6ca8", "#c8553d", "#2e8b57", "#8e5ea2", "#b8860b", "#4a4a4a", "#d1477f", "#3a9d9d", "#7a6f5d");
    private static final String STYLE = "<style>text{font:11px sans-serif;fill:#333}.title{font-size:13px;"
            + "font-weight:600}.grid{stroke:#8884;stroke-width:1}.mark{stroke-width:1;stroke:#8888;"
            + "stroke-dasharray:4 3}@media(prefers-color-scheme:dark){svg{background:#111}text{fill:#ddd}}</style>\n";

    /** How the vertical axis counts. */
    public enum Scale {
        LINEAR,
        POWERS_OF_TWO
    }

    private record Point(double x, double y) {}

    private final String title;
    private final String xName;
    private final String yName;
    private final Scale scale;
    private final Map<String, List<Point>> series = new LinkedHashMap<>();
    private double ceiling = Double.POSITIVE_INFINITY;

    /**
     * An empty chart.
     *
     * @param xName what the horizontal axis shows
     * @param yName what the vertical axis shows
     */
    public LineChart(String title, String xName, String yName, Scale scale) {
        this.title = title;
        this.xName = xName;
        this.yName = yName;
        this.scale = scale;
    }

    /** Adds a point to the line of {@code name}; x is positive, and so is y on an axis of powers. */
    public void add(String name, double x, double y) {
        if (Double.isFinite(y) && x > 0 && (scale == Scale.LINEAR || y > 0)) {
            series.computeIfAbsent(name, key -> new ArrayList<>()).add(new Point(log2(x), y(y)));
        }
    }

    /** Leaves out what lies above {@code y}: a linear axis shows the part that matters. */
    public LineChart upTo(double y) {
        ceiling = y(y);
        return this;
    }

    /** The file's content. */
    public String svg() {
        List<Point> all = series.values().stream()
                .flatMap(List::stream)
                .filter(point -> point.y() <= ceiling)
                .toList();
        if (all.isEmpty()) {
            throw new IllegalStateException("chart '" + title + "': expected at least one point, got none");
        }
        Axis x = Axis.of(all.stream().mapToDouble(Point::x).toArray());
        Axis y = Axis.of(all.stream().mapToDouble(Point::y).toArray());
        StringBuilder out = new StringBuilder();
        out.append("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 " + WIDTH + " " + HEIGHT
                + "\">\n<title>" + Markup.escape(title) + "</title>\n" + STYLE);
        out.append(text(LEFT, 16, "start", title, "title"));
        out.append(text((LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 8, "middle", xName, "axis"));
        out.append(text(LEFT, TOP - 6, "start", yName, "axis"));
        grid(out, x, y);
        lines(out, x, y);
        return out.append("</svg>\n").toString();
    }

    private void grid(StringBuilder out, Axis x, Axis y) {
        for (double tick : x.ticks(true)) {
            double at = across(x, tick);
            out.append(line(at, TOP, at, HEIGHT - BOTTOM));
            out.append(text(at, HEIGHT - BOTTOM + 16, "middle", power(tick), "tick"));
        }
        DoubleFunction<String> label = scale == Scale.LINEAR ? LineChart::decimal : LineChart::power;
        for (double tick : y.ticks(scale == Scale.POWERS_OF_TWO)) {
            double at = down(y, tick);
            out.append(line(LEFT, at, WIDTH - RIGHT, at));
            out.append(text(LEFT - 6, at + 4, "end", label.apply(tick), "tick"));
        }
    }

    private void lines(StringBuilder out, Axis x, Axis y) {
        Map<String, Double> ends = new LinkedHashMap<>();
        int index = 0;
        for (Map.Entry<String, List<Point>> entry : series.entrySet()) {
            String colour = COLOURS.get(index++ % COLOURS.size());
            List<Point> points = entry.getValue().stream()
                    .filter(point -> point.y() <= ceiling)
                    .sorted((a, b) -> Double.compare(a.x(), b.x()))
                    .toList();
            if (points.isEmpty()) {
                continue;
            }
            StringBuilder path = new StringBuilder();
            for (Point point : points) {
                path.append(path.isEmpty() ? "M" : " L")
                        .append(Markup.at(across(x, point.x())))
                        .append(' ')
                        .append(Markup.at(down(y, point.y())));
                out.append("<circle cx=\"" + Markup.at(across(x, point.x())) + "\" cy=\""
                        + Markup.at(down(y, point.y())) + "\" r=\"2.5\" fill=\"" + colour + "\"/>\n");
            }
            out.append("<path d=\"" + path + "\" fill=\"none\" stroke=\"" + colour + "\" stroke-width=\"1.6\"/>\n");
            ends.put(entry.getKey(), down(y, points.getLast().y()));
        }
        labels(out, ends);
    }

    /** Names at the lines' ends, moved apart where they would overlap. */
    private void labels(StringBuilder out, Map<String, Double> ends) {
        List<String> names = new ArrayList<>(series.keySet());
        double last = Double.NEGATIVE_INFINITY;
        List<Map.Entry<String, Double>> sorted =
                ends.entrySet().stream().sorted(Map.Entry.comparingByValue()).toList();
        for (Map.Entry<String, Double> end : sorted) {
            double at = Math.max(end.getValue() + 4, last + LABEL_GAP);
            last = at;
            String colour = COLOURS.get(names.indexOf(end.getKey()) % COLOURS.size());
            out.append("<text x=\"" + (WIDTH - RIGHT + 8) + "\" y=\"" + Markup.at(at) + "\" style=\"fill:" + colour
                    + "\">" + Markup.escape(end.getKey()) + "</text>\n");
        }
    }

    private record Axis(double low, double high) {

        static Axis of(double[] values) {
            double low = Double.POSITIVE_INFINITY;
            double high = Double.NEGATIVE_INFINITY;
            for (double value : values) {
                low = Math.min(low, value);
                high = Math.max(high, value);
            }
            double room = Math.max(1e-9, 0.04 * (high - low));
            return new Axis(low - room, high + room);
        }

        double share(double value) {
            return (value - low) / (high - low);
        }

        List<Double> ticks(boolean whole) {
            double step = 1;
            double wanted = (high - low) / 6;
            double[] steps = {1, 2, 2.5, 5, 10};
            double unit = Math.pow(10, Math.floor(Math.log10(wanted)));
            for (double candidate : steps) {
                step = candidate * unit;
                if (step >= wanted) {
                    break;
                }
            }
            step = whole ? Math.max(1, Math.rint(step)) : step;
            List<Double> ticks = new ArrayList<>();
            for (double tick = Math.ceil(low / step) * step; tick <= high; tick += step) {
                ticks.add(tick);
            }
            return ticks;
        }
    }

    private static double across(Axis axis, double value) {
        return LEFT + axis.share(value) * (WIDTH - LEFT - RIGHT);
    }

    private static double down(Axis axis, double value) {
        return HEIGHT - BOTTOM - axis.share(value) * (HEIGHT - TOP - BOTTOM);
    }

    private static String line(double x1, double y1, double x2, double y2) {
        return "<line class=\"grid\" x1=\"" + Markup.at(x1) + "\" y1=\"" + Markup.at(y1) + "\" x2=\"" + Markup.at(x2)
                + "\" y2=\"" + Markup.at(y2) + "\"/>\n";
    }

    private static String text(double x, double y, String anchor, String words, String kind) {
        return "<text class=\"" + kind + "\" x=\"" + Markup.at(x) + "\" y=\"" + Markup.at(y) + "\" text-anchor=\""
                + anchor + "\">" + Markup.escape(words) + "</text>\n";
    }

    private double y(double value) {
        return scale == Scale.LINEAR ? value : log2(value);
    }

    private static double log2(double value) {
        return Math.log(value) / Math.log(2);
    }

    private static String power(double exponent) {
        long whole = Math.round(exponent);
        return whole >= 0 && whole <= 13 ? Long.toString(1L << whole) : "2^" + whole;
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.4g", value).replaceAll("0+$", "").replaceAll("\\.$", "");
    }
}
