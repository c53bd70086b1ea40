package muflex.expr;

/** Operations on two operands of one type (a shift's second is an int), with Java's meaning, bit for bit. */
public enum BinaryOp {
    ADD("+"),
    SUB("-"),
    MUL("*"),
    /** Division; of integers, truncating, and by zero an {@link ArithmeticException}. */
    DIV("/"),
    /** Remainder with the dividend's sign; of integers, by zero an {@link ArithmeticException}. */
    REM("%"),
    /** {@link Math#floorDiv(int, int)}. */
    FLOOR_DIV("floorDiv"),
    /** {@link Math#floorMod(int, int)}. */
    FLOOR_MOD("floorMod"),
    /** {@link Math#min(float, float)}: NaN if either is, and −0 is below +0. */
    MIN("min"),
    /** {@link Math#max(float, float)}: NaN if either is, and −0 is below +0. */
    MAX("max"),
    /** {@link Math#pow(double, double)}. */
    POW("pow"),
    /** Of integers, or of booleans (both operands evaluated). */
    AND("&"),
    OR("|"),
    XOR("^"),
    SHIFT_LEFT("<<"),
    SHIFT_RIGHT(">>"),
    /** Shift that brings in zeros. */
    UNSIGNED_SHIFT_RIGHT(">>>");

    private final String symbol;

    BinaryOp(String symbol) {
        this.symbol = symbol;
    }

    /** The operator, or the name of the method of {@link Math}. */
    public String symbol() {
        return symbol;
    }

    /** Whether it is a call of {@link Math} rather than an operator. */
    public boolean isFunction() {
        return switch (this) {
            case FLOOR_DIV, FLOOR_MOD, MIN, MAX, POW -> true;
            default -> false;
        };
    }

    /** Whether it divides: on integers it throws when the second operand is zero. */
    public boolean isDivision() {
        return switch (this) {
            case DIV, REM, FLOOR_DIV, FLOOR_MOD -> true;
            default -> false;
        };
    }

    /** Whether the second operand is a shift distance, an int. */
    public boolean isShift() {
        return switch (this) {
            case SHIFT_LEFT, SHIFT_RIGHT, UNSIGNED_SHIFT_RIGHT -> true;
            default -> false;
        };
    }
}
