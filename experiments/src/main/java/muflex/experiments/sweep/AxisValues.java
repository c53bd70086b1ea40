package muflex.experiments.sweep;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import muflex.experiments.BadInput;

/**
 * The values of one axis. A text is itself, {@code 1..5} the numbers from 1 to 5, {@code 0..1+0.25} those in steps of
 * 0.25, {@code 2^-10..2^-4*2} those that double.
 */
final class AxisValues {

    private static final int MOST = 10_000;
    private static final String NUMBER = "(-?[0-9.]+(?:[eE][-+]?\\d+)?(?:\\^-?\\d+)?)";
    private static final Pattern RANGE = Pattern.compile(NUMBER + "\\.\\." + NUMBER + "(?:([+*])" + NUMBER + ")?");
    private static final Pattern POWER = Pattern.compile("(-?[0-9.]+)\\^(-?\\d+)");

    private AxisValues() {}

    /** All values of the axis {@code name}, ranges expanded; none twice. */
    static List<String> expand(String name, List<String> texts) {
        List<String> values = new ArrayList<>();
        for (String text : texts) {
            values.addAll(expand(name, text.strip()));
        }
        if (values.isEmpty()) {
            throw BadInput.of("axis " + name, "at least one value", "none", "give one, or leave the axis out");
        }
        Set<Object> seen = new HashSet<>();
        for (String value : values) {
            if (!seen.add(identity(value))) {
                throw BadInput.of("axis " + name, "values that differ", value + " twice", "leave one out");
            }
        }
        return values;
    }

    /** Numbers are equal if their values are: {@code 0.1} and {@code 1e-1}. */
    private static Object identity(String value) {
        try {
            return new BigDecimal(value).stripTrailingZeros();
        } catch (NumberFormatException e) {
            return value;
        }
    }

    private static List<String> expand(String name, String text) {
        if (POWER.matcher(text).matches()) {
            return List.of(plain(number(name, text, text)));
        }
        // A path such as ../data begins with no digit.
        if (!text.matches("-?\\d.*\\.\\..*")) {
            return List.of(text);
        }
        Matcher range = RANGE.matcher(text);
        if (!range.matches()) {
            throw bad(name, text);
        }
        double first = number(name, text, range.group(1));
        double last = number(name, text, range.group(2));
        double step = range.group(4) == null ? 1 : number(name, text, range.group(4));
        boolean factor = "*".equals(range.group(3));
        if (last < first || step <= (factor ? 1 : 0) || factor && first <= 0) {
            throw bad(name, text);
        }
        return values(name, text, first, last, step, factor);
    }

    private static List<String> values(
            String name, String text, double first, double last, double step, boolean factor) {
        List<String> values = new ArrayList<>();
        // The last value is taken in spite of rounding.
        double end = last + Math.abs(last) * 1e-9;
        double value = first;
        while (value <= end) {
            values.add(plain(value));
            value = factor ? first * Math.pow(step, values.size()) : first + step * values.size();
            if (values.size() > MOST) {
                throw BadInput.of("axis " + name, "at most " + MOST + " values", text, "take larger steps");
            }
        }
        return values;
    }

    private static double number(String name, String whole, String text) {
        try {
            Matcher power = POWER.matcher(text);
            return power.matches()
                    ? Math.pow(Double.parseDouble(power.group(1)), Integer.parseInt(power.group(2)))
                    : Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw bad(name, whole);
        }
    }

    private static BadInput bad(String name, String text) {
        return BadInput.of(
                "axis " + name,
                "a range FIRST..LAST, FIRST..LAST+STEP or FIRST..LAST*FACTOR that goes up",
                text,
                "write 1..5, 0..1+0.25 or 2^-10..2^-4*2");
    }

    /** Whole numbers without a point, others as short as they can be told apart. */
    private static String plain(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString((double) (float) value == value ? value : rounded(value));
    }

    /** Twelve digits: 0.1 · 3 is meant to be 0.3. */
    private static double rounded(double value) {
        return new BigDecimal(value).round(new java.math.MathContext(12)).doubleValue();
    }
}
