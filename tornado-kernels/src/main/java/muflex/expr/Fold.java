package muflex.expr;

import org.jspecify.annotations.Nullable;

/** Evaluates one operation on constants, with Java's own operators, so bit for bit what the lambda would compute. */
final class Fold {
    private Fold() {}

    static Object unary(UnaryOp op, Object x) {
        return switch (x) {
            case Float f -> floatUnary(op, f);
            case Double d -> doubleUnary(op, d);
            case Integer i -> intUnary(op, i);
            case Long l -> longUnary(op, l);
            case Boolean b -> !b;
            default -> throw unexpected(x);
        };
    }

    private static Object floatUnary(UnaryOp op, float x) {
        return switch (op) {
            case NEGATE -> -x;
            case ABS -> Math.abs(x);
            case SIGNUM -> Math.signum(x);
            default -> (float) doubleUnary(op, x);
        };
    }

    private static double doubleUnary(UnaryOp op, double x) {
        return switch (op) {
            case NEGATE -> -x;
            case ABS -> Math.abs(x);
            case SIGNUM -> Math.signum(x);
            case FLOOR -> Math.floor(x);
            case CEIL -> Math.ceil(x);
            case RINT -> Math.rint(x);
            case SQRT -> Math.sqrt(x);
            case EXP -> Math.exp(x);
            case EXPM1 -> Math.expm1(x);
            case LOG -> Math.log(x);
            case LOG1P -> Math.log1p(x);
            case SIN -> Math.sin(x);
            case COS -> Math.cos(x);
            case TAN -> Math.tan(x);
            case TANH -> Math.tanh(x);
            case NOT -> throw unexpected(op);
        };
    }

    private static Object intUnary(UnaryOp op, int x) {
        return switch (op) {
            case NEGATE -> -x;
            case ABS -> Math.abs(x);
            default -> throw unexpected(op);
        };
    }

    private static Object longUnary(UnaryOp op, long x) {
        return switch (op) {
            case NEGATE -> -x;
            case ABS -> Math.abs(x);
            default -> throw unexpected(op);
        };
    }

    /** The value, or null where the operation throws. */
    static @Nullable Object binary(BinaryOp op, Object a, Object b) {
        return switch (a) {
            case Float f -> floatBinary(op, f, (Float) b);
            case Double d -> doubleBinary(op, d, (Double) b);
            case Integer i -> op.isDivision() && (Integer) b == 0 ? null : intBinary(op, i, (Integer) b);
            case Long l when op.isShift() -> longShift(op, l, (Integer) b);
            case Long l -> op.isDivision() && (Long) b == 0 ? null : longBinary(op, l, (Long) b);
            case Boolean x -> booleanBinary(op, x, (Boolean) b);
            default -> throw unexpected(a);
        };
    }

    private static Object floatBinary(BinaryOp op, float a, float b) {
        return switch (op) {
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case DIV -> a / b;
            case REM -> a % b;
            case MIN -> Math.min(a, b);
            case MAX -> Math.max(a, b);
            case POW -> (float) Math.pow(a, b);
            default -> throw unexpected(op);
        };
    }

    private static Object doubleBinary(BinaryOp op, double a, double b) {
        return switch (op) {
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case DIV -> a / b;
            case REM -> a % b;
            case MIN -> Math.min(a, b);
            case MAX -> Math.max(a, b);
            case POW -> Math.pow(a, b);
            default -> throw unexpected(op);
        };
    }

    private static Object intBinary(BinaryOp op, int a, int b) {
        return switch (op) {
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case DIV -> a / b;
            case REM -> a % b;
            case FLOOR_DIV -> Math.floorDiv(a, b);
            case FLOOR_MOD -> Math.floorMod(a, b);
            case MIN -> Math.min(a, b);
            case MAX -> Math.max(a, b);
            case AND -> a & b;
            case OR -> a | b;
            case XOR -> a ^ b;
            case SHIFT_LEFT -> a << b;
            case SHIFT_RIGHT -> a >> b;
            case UNSIGNED_SHIFT_RIGHT -> a >>> b;
            case POW -> throw unexpected(op);
        };
    }

    private static Object longBinary(BinaryOp op, long a, long b) {
        return switch (op) {
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case DIV -> a / b;
            case REM -> a % b;
            case FLOOR_DIV -> Math.floorDiv(a, b);
            case FLOOR_MOD -> Math.floorMod(a, b);
            case MIN -> Math.min(a, b);
            case MAX -> Math.max(a, b);
            case AND -> a & b;
            case OR -> a | b;
            case XOR -> a ^ b;
            default -> throw unexpected(op);
        };
    }

    private static Object longShift(BinaryOp op, long a, int b) {
        return switch (op) {
            case SHIFT_LEFT -> a << b;
            case SHIFT_RIGHT -> a >> b;
            case UNSIGNED_SHIFT_RIGHT -> a >>> b;
            default -> throw unexpected(op);
        };
    }

    private static Object booleanBinary(BinaryOp op, boolean a, boolean b) {
        return switch (op) {
            case AND -> a && b;
            case OR -> a || b;
            case XOR -> a ^ b;
            default -> throw unexpected(op);
        };
    }

    static Object fma(Object a, Object b, Object c) {
        return a instanceof Float x
                ? (Object) Math.fma(x, (Float) b, (Float) c)
                : (Object) Math.fma((Double) a, (Double) b, (Double) c);
    }

    static boolean compare(Comparison op, Object a, Object b) {
        return switch (a) {
            case Integer i -> holds(op, Integer.compare(i, (Integer) b));
            case Long l -> holds(op, Long.compare(l, (Long) b));
            // A float's comparison is its double's: widening is exact and keeps NaN.
            default -> compare(op, ((Number) a).doubleValue(), ((Number) b).doubleValue());
        };
    }

    private static boolean holds(Comparison op, int order) {
        return compare(op, order, 0.0);
    }

    private static boolean compare(Comparison op, double a, double b) {
        return switch (op) {
            case EQ -> a == b;
            case NE -> a != b;
            case LT -> a < b;
            case LE -> a <= b;
            case GT -> a > b;
            case GE -> a >= b;
        };
    }

    static Object cast(Type to, Object x) {
        if (x instanceof Boolean b) {
            return cast(to, b ? 1 : 0);
        }
        Number n = (Number) x;
        // Number's conversions of the boxes are Java's casts.
        return switch (to) {
            case FLOAT -> n.floatValue();
            case DOUBLE -> n.doubleValue();
            case INT -> n.intValue();
            case LONG -> n.longValue();
            case BOOLEAN -> throw unexpected(to);
        };
    }

    private static IllegalStateException unexpected(Object what) {
        return new IllegalStateException("no such operation: " + what);
    }
}
