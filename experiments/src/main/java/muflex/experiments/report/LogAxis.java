package muflex.experiments.report;

import java.util.Locale;
import java.util.function.IntConsumer;

/** A logarithmic axis of whole decades, from a coordinate to another. */
record LogAxis(int first, int last, double from, double to) {

    /** The decades that hold {@code least} to {@code greatest}. */
    static LogAxis around(double least, double greatest, double from, double to) {
        int first = (int) Math.floor(Math.log10(least));
        return new LogAxis(first, Math.max(first + 1, (int) Math.ceil(Math.log10(greatest))), from, to);
    }

    double at(double value) {
        return from + (Math.log10(value) - first) / (last - first) * (to - from);
    }

    double least() {
        return Math.pow(10, first);
    }

    double greatest() {
        return Math.pow(10, last);
    }

    void decades(IntConsumer action) {
        for (int decade = first; decade <= last; decade++) {
            action.accept(decade);
        }
    }

    /** A decade's value as text in SVG: 0.01 to 100 in full, else as a power of ten. */
    static String power(int decade) {
        return decade >= -2 && decade <= 3
                ? String.format(Locale.ROOT, decade < 0 ? "%." + -decade + "f" : "%.0f", Math.pow(10, decade))
                : "10<tspan dy=\"-4\" font-size=\"8\">" + decade + "</tspan>";
    }
}
