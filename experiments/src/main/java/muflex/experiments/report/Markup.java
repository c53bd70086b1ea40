package muflex.experiments.report;

import java.util.Locale;

/** Small helpers for HTML and SVG text. */
final class Markup {

    private Markup() {}

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
