package muflex.expr;

/** A lifted function, compiled. Any number of threads may call it at once. */
@FunctionalInterface
public interface ScalarFunction {
    /**
     * The function's value.
     *
     * @param arguments one for each parameter, in order: numbers as they are (exact but for longs beyond 2⁵³),
     *     booleans as 1 or 0
     * @return the value, a boolean as 1 or 0
     */
    double evaluate(double... arguments);

    /** The function as it is written: bit for bit what the lambda returns. */
    static ScalarFunction asWritten(Lifted function) {
        return ScalarCompiler.compile(function, function.body());
    }

    /** The function in float64: every float in it is a double, arguments and constants included. */
    static ScalarFunction inFloat64(Lifted function) {
        return ScalarCompiler.compile(function, Widening.widen(function.body()));
    }
}
