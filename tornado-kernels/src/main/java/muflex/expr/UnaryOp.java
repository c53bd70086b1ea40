package muflex.expr;

/**
 * Operations on one operand, of the operand's type. Each means what the method of {@link Math} with its name
 * means, bit for bit; the transcendental ones are on doubles only, as in Java.
 */
public enum UnaryOp {
    /** {@code -x}: sign bit flipped for floats, two's complement for integers. */
    NEGATE("-"),
    /** {@code !x}, of a boolean. */
    NOT("!"),
    ABS("abs"),
    SIGNUM("signum"),
    FLOOR("floor"),
    CEIL("ceil"),
    RINT("rint"),
    SQRT("sqrt"),
    EXP("exp"),
    EXPM1("expm1"),
    LOG("log"),
    LOG1P("log1p"),
    SIN("sin"),
    COS("cos"),
    TAN("tan"),
    TANH("tanh");

    private final String symbol;

    UnaryOp(String symbol) {
        this.symbol = symbol;
    }

    /** The operator, or the name of the method of {@link Math}. */
    public String symbol() {
        return symbol;
    }

    /** Whether it is a call of {@link Math} rather than an operator. */
    public boolean isFunction() {
        return this != NEGATE && this != NOT;
    }
}
