package muflex.graph;

import java.util.Locale;

/** One-line errors: "parameter: expected …, got …; fix". */
final class Checks {

    private Checks() {}

    @SuppressWarnings("AnnotateFormatMethod") // the annotation would be a dependency
    static void that(boolean holds, String format, Object... arguments) {
        if (!holds) {
            throw new IllegalArgumentException(String.format(Locale.ROOT, format, arguments));
        }
    }

    /** The tensor has the same sizes as {@code expected}; axis names may differ. */
    static void sameSizes(String parameter, Tensor tensor, Shape expected, String fix) {
        that(
                tensor.shape().sameSizes(expected),
                "%s: expected shape %s, got %s %s; %s",
                parameter,
                expected,
                tensor.name(),
                tensor.shape(),
                fix);
    }

    static void floats(String parameter, Tensor tensor) {
        that(
                tensor.type() == ElementType.FLOAT,
                "%s: expected a float tensor, got the int tensor %s; use a parameter, a state or input(…)",
                parameter,
                tensor);
    }

    static void ints(String parameter, Tensor tensor) {
        that(
                tensor.type() == ElementType.INT,
                "%s: expected an int tensor, got the float tensor %s; declare it with intInput(…)",
                parameter,
                tensor);
    }

    static void scalar(String parameter, Tensor tensor) {
        that(
                tensor.shape().size() == 1,
                "%s: expected one element, got %s; declare it with scalarInput(…) or reduce it to a scalar",
                parameter,
                tensor);
    }

    static void scalarOrRows(String parameter, Tensor tensor, int rows) {
        that(
                tensor.shape().size() == 1 || tensor.shape().size() == rows,
                "%s: expected one element or %s, one a row, got %s; declare it with scalarInput(…) or that size",
                parameter,
                rows,
                tensor);
    }

    static void rank(String parameter, Tensor tensor, int rank, String axes) {
        that(
                tensor.shape().rank() == rank,
                "%s: expected rank %s %s, got %s; reshape or split its axes first",
                parameter,
                rank,
                axes,
                tensor);
    }
}
