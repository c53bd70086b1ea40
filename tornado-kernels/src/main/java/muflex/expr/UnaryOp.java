package muflex.expr;

/**
 * Operations on one operand, of the operand's type. Each means what the method of {@link Math} with its name
 * means, bit for bit; the transcendental ones are on doubles only, as in Java.
 */
public enum UnaryOp {
    /** {@code -x}: sign bit flipped for floats, two's complement for integers. */
    NEGATE("-", false),
    /** {@code !x}, of a boolean. */
    NOT("!", false),
    ABS("abs", false),
    SIGNUM("signum", false),
    FLOOR("floor", false),
    CEIL("ceil", false),
    RINT("rint", false),
    SQRT("sqrt", false),
    EXP("exp", true),
    EXPM1("expm1", true),
    LOG("log", true),
    LOG1P("log1p", true),
    SIN("sin", true),
    COS("cos", true),
    TAN("tan", true),
    TANH("tanh", true);

    private final String symbol;
    private final boolean transcendental;

    UnaryOp(String symbol, boolean transcendental) {
        this.symbol = symbol;
        this.transcendental = transcendental;
    }

    /** The operator, or the name of the method of {@link Math}. */
    public String symbol() {
        return symbol;
    }

    /** Whether its value is only approximate in Java too, and costly. */
    public boolean isTranscendental() {
        return transcendental;
    }

    /** Whether it is a call of {@link Math} rather than an operator. */
    public boolean isFunction() {
        return this != NEGATE && this != NOT;
    }
}
