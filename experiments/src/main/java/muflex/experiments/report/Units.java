package muflex.experiments.report;

import java.util.Locale;

/** Numbers as tables and charts show them; always with a decimal point, whatever the locale. */
public final class Units {

    private Units() {}

    /** Nanoseconds in the unit that gives one to three digits before the point: {@code 1.23 ms}. */
    public static String time(double nanos) {
        if (nanos < 1e3) {
            return significant(nanos) + " ns";
        }
        if (nanos < 1e6) {
            return significant(nanos / 1e3) + " µs";
        }
        return nanos < 1e9 ? significant(nanos / 1e6) + " ms" : significant(nanos / 1e9) + " s";
    }

    /** Seconds as a person counts them: {@code 42 s}, {@code 2 min 5 s}, {@code 1 h 3 min}. */
    public static String duration(double seconds) {
        long whole = Math.round(seconds);
        if (whole < 60) {
            return whole + " s";
        }
        return whole < 3600
                ? whole / 60 + " min " + whole % 60 + " s"
                : whole / 3600 + " h " + whole % 3600 / 60 + " min";
    }

    /** Three significant digits, never in exponent form: {@code 0.0123}, {@code 1.23}, {@code 12.3}, {@code 1234}. */
    public static String significant(double value) {
        double size = Math.abs(value);
        int digits = size >= 99.95 || size == 0 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3;
        return String.format(Locale.ROOT, "%." + digits + "f", value);
    }

    /** An error or a loss of precision: {@code 1.2e-07}. */
    public static String scientific(double value) {
        return value == 0 ? "0" : String.format(Locale.ROOT, "%.1e", value);
    }

    /** A share of one as a percentage: {@code 3 %}. */
    public static String percent(double share) {
        return String.format(Locale.ROOT, "%.0f %%", 100 * share);
    }

    /** Bytes in binary units: {@code 3.5 GiB}. */
    public static String bytes(long bytes) {
        String[] names = {"B", "KiB", "MiB", "GiB", "TiB"};
        int unit = 0;
        double value = bytes;
        while (value >= 1024 && unit < names.length - 1) {
            value /= 1024;
            unit++;
        }
        return (unit == 0 ? String.format(Locale.ROOT, "%.0f", value) : significant(value)) + " " + names[unit];
    }
}
