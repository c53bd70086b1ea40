package muflex.experiments.report;

import java.util.ArrayList;
import java.util.List;

/** Points and lines over two logarithmic axes, as one SVG element whose values are also there as text. */
final class Plot {

    private static final int WIDTH = 520;
    private static final int HEIGHT = 340;
    private static final int LEFT = 56;
    private static final int RIGHT = 14;
    private static final int TOP = 14;
    private static final int BOTTOM = 46;

    /** A place in the plot; {@code text} says what it is. */
    record Point(double x, double y, String text) {}

    private record Series(int index, List<Point> points, boolean line, boolean dots) {}

    private final String id;
    private final String title;
    private final String xName;
    private final String yName;
    private final List<Series> series = new ArrayList<>();
    private final List<String> spoken = new ArrayList<>();

    Plot(String id, String title, String xName, String yName) {
        this.id = id;
        this.title = title;
        this.xName = xName;
        this.yName = yName;
    }

    /** Dots, each with its text as a tooltip; values that are not positive have no place and are left out. */
    void dots(int colour, List<Point> points) {
        add(new Series(colour, points, false, true));
    }

    /** A line through the points, without dots. */
    void line(int colour, List<Point> points) {
        add(new Series(colour, points, true, false));
    }

    /** A line with dots. */
    void curve(int colour, List<Point> points) {
        add(new Series(colour, points, true, true));
    }

    private void add(Series one) {
        List<Point> placed = one.points().stream()
                .filter(point -> point.x() > 0 && point.y() > 0)
                .toList();
        if (!placed.isEmpty()) {
            series.add(new Series(one.index(), placed, one.line(), one.dots()));
        }
    }

    /** Adds to the chart's text. */
    void say(String text) {
        spoken.add(text);
    }

    boolean isEmpty() {
        return series.isEmpty();
    }

    String svg() {
        LogAxis x = LogAxis.around(least(Point::x), greatest(Point::x), LEFT, WIDTH - RIGHT);
        LogAxis y = LogAxis.around(least(Point::y), greatest(Point::y), HEIGHT - BOTTOM, TOP);
        StringBuilder body = new StringBuilder();
        x.decades(decade -> {
            String at = Markup.at(x.at(Math.pow(10, decade)));
            body.append("<line class=\"grid\" x1=\"" + at + "\" x2=\"" + at + "\" y1=\"" + TOP + "\" y2=\""
                    + (HEIGHT - BOTTOM) + "\"/>\n<text class=\"tick\" x=\"" + at + "\" y=\"" + (HEIGHT - BOTTOM + 16)
                    + "\">" + LogAxis.power(decade) + "</text>\n");
        });
        y.decades(decade -> {
            String at = Markup.at(y.at(Math.pow(10, decade)));
            body.append("<line class=\"grid\" x1=\"" + LEFT + "\" x2=\"" + (WIDTH - RIGHT) + "\" y1=\"" + at
                    + "\" y2=\"" + at + "\"/>\n<text class=\"tick end\" x=\"" + (LEFT - 6) + "\" y=\""
                    + Markup.at(y.at(Math.pow(10, decade)) + 4) + "\">" + LogAxis.power(decade) + "</text>\n");
        });
        body.append("<text class=\"tick\" x=\"" + (LEFT + WIDTH - RIGHT) / 2 + "\" y=\"" + (HEIGHT - 8) + "\">"
                + Markup.escape(xName) + "</text>\n<text class=\"tick\" transform=\"translate(13 "
                + (TOP + HEIGHT - BOTTOM) / 2 + ") rotate(-90)\">" + Markup.escape(yName) + "</text>\n");
        series.stream().filter(Series::line).forEach(one -> line(body, one, x, y));
        series.stream().filter(Series::dots).forEach(one -> dots(body, one, x, y));
        return Markup.chart(id, title, String.join("; ", spoken), WIDTH, HEIGHT, body.toString());
    }

    private static void line(StringBuilder body, Series one, LogAxis x, LogAxis y) {
        body.append("<polyline class=\"line-" + one.index() % Markup.COLOURS + "\" points=\"");
        for (Point point : one.points()) {
            body.append(Markup.at(x.at(point.x())) + "," + Markup.at(y.at(point.y())) + " ");
        }
        body.append("\"/>\n");
    }

    private static void dots(StringBuilder body, Series one, LogAxis x, LogAxis y) {
        for (Point point : one.points()) {
            body.append("<circle class=\"" + Markup.colour(one.index()) + "\" cx=\"" + Markup.at(x.at(point.x()))
                    + "\" cy=\"" + Markup.at(y.at(point.y())) + "\" r=\"4\"><title>" + Markup.escape(point.text())
                    + "</title></circle>\n");
        }
    }

    private double least(java.util.function.ToDoubleFunction<Point> coordinate) {
        return series.stream()
                .flatMap(one -> one.points().stream())
                .mapToDouble(coordinate)
                .min()
                .orElse(1);
    }

    private double greatest(java.util.function.ToDoubleFunction<Point> coordinate) {
        return series.stream()
                .flatMap(one -> one.points().stream())
                .mapToDouble(coordinate)
                .max()
                .orElse(10);
    }
}
