package muflex.experiments.report;

import java.util.ArrayList;
import java.util.List;

/** A sortable table of the page: a line a row, its axes first, the command that measures it again last. */
final class ValueTable {

    private final String title;
    private final List<String> axes;
    private final List<String> numbers = new ArrayList<>();
    private final StringBuilder body = new StringBuilder();
    private int lines;

    ValueTable(String title, List<String> axes) {
        this.title = title;
        this.axes = axes;
    }

    /** Adds a column of numbers. */
    ValueTable number(String name) {
        numbers.add(name);
        return this;
    }

    void begin(Row row) {
        lines++;
        body.append("<tr>");
        axes.forEach(axis -> body.append("<td>" + Markup.escape(row.axis(axis)) + "</td>"));
    }

    /** A number's cell; NaN sorts last. */
    void value(double value, String text) {
        String sorted = Double.isNaN(value) ? "" : " data-value=\"" + value + "\"";
        body.append("<td class=\"number\"" + sorted + ">" + text + "</td>");
    }

    /** Cells of a row that has no numbers. */
    void failed(int columns) {
        body.append("<td class=\"number bad\">failed</td>").append("<td class=\"number\"></td>".repeat(columns - 1));
    }

    void end(Row row) {
        String message = row.message();
        String trace = row.stackTrace();
        body.append("<td" + (message == null ? ">" : " class=\"bad\">" + Markup.escape(message)))
                .append("<details><summary>command</summary><code>" + Markup.escape(row.command())
                        + "</code></details>");
        if (trace != null) {
            body.append("<details><summary>stack trace</summary><pre>" + Markup.escape(trace) + "</pre></details>");
        }
        body.append("</td></tr>\n");
    }

    void append(StringBuilder out) {
        out.append("<section>\n<h2>" + title + " (" + lines
                + ")</h2>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"" + title
                + "\">\n<table class=\"sortable\">\n<thead><tr>");
        axes.forEach(axis -> heading(out, "", axis));
        numbers.forEach(name -> heading(out, " class=\"number\"", name));
        out.append("<th>Run again</th></tr></thead>\n<tbody>\n")
                .append(body)
                .append("</tbody>\n</table>\n</div>\n</section>\n");
    }

    private static void heading(StringBuilder out, String attributes, String name) {
        out.append("<th" + attributes + "><button type=\"button\">" + Markup.escape(name) + "</button></th>");
    }
}
