package muflex.experiments.report;

import java.util.Locale;

/** Small helpers for HTML and SVG text. */
final class Markup {

    /** Colours of the style sheet; further series begin again with the first. */
    static final int COLOURS = 6;

    private Markup() {}

    /** The class that colours a series. */
    static String colour(int series) {
        return "series-" + series % COLOURS;
    }

    /** A whole chart with its title and its values as text, for those who can't see it. */
    static String chart(String id, String title, String text, int width, int height, String body) {
        return "<svg role=\"img\" aria-labelledby=\"" + id + "-title " + id + "-text\" viewBox=\"0 0 " + width + " "
                + height + "\">\n<title id=\"" + id + "-title\">" + escape(title) + "</title>\n<desc id=\"" + id
                + "-text\">" + escape(text) + "</desc>\n" + body + "</svg>\n";
    }

    /** The colours' names, in order. */
    static void legend(StringBuilder out, Iterable<String> names) {
        out.append("<ul class=\"legend\">");
        int i = 0;
        for (String name : names) {
            out.append("<li><i class=\"" + colour(i++) + "\"></i>" + escape(name) + "</li>");
        }
        out.append("</ul>\n");
    }

    /** A name and a value in a list of facts. */
    static void fact(StringBuilder out, String name, String value) {
        out.append("<div><dt>" + escape(name) + "</dt><dd>" + escape(value) + "</dd></div>\n");
    }

    /** Text as it may stand in an element or in a quoted attribute. */
    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /** A coordinate with one decimal, which is finer than a pixel. */
    static String at(double coordinate) {
        return String.format(Locale.ROOT, "%.1f", coordinate);
    }
}
