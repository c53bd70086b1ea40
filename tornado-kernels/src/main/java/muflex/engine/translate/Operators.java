package muflex.engine.translate;

import java.lang.classfile.Opcode;
import muflex.engine.translate.Value.Comparison;
import muflex.engine.translate.Value.Comparison.NotANumber;
import muflex.engine.translate.Value.Scalar;

/** Arithmetic, comparison and conversion instructions. */
final class Operators {
    private final Frame frame;
    private final Dialect dialect;
    private final boolean wraps;

    Operators(Frame frame, Dialect dialect, boolean wraps) {
        this.frame = frame;
        this.dialect = dialect;
        this.wraps = wraps;
    }

    void apply(Opcode opcode) {
        if (opcode.name().endsWith("NEG")) {
            Scalar a = frame.popScalar();
            frame.push(
                    a.kind().integral() && (wraps || a.constant() != null)
                            ? arithmetic("-", C.constant(a.kind() == Kind.INT ? (Number) 0 : (Number) 0L), a)
                            : C.negate(a));
            return;
        }
        Scalar b = frame.popScalar();
        Scalar a = frame.popScalar();
        frame.push(
                switch (opcode) {
                    case LCMP -> new Comparison(a, b, NotANumber.NONE);
                    case FCMPL, DCMPL -> new Comparison(a, b, NotANumber.LESS);
                    case FCMPG, DCMPG -> new Comparison(a, b, NotANumber.GREATER);
                    case IADD, LADD, FADD, DADD -> arithmetic("+", a, b);
                    case ISUB, LSUB, FSUB, DSUB -> arithmetic("-", a, b);
                    case IMUL, LMUL, FMUL, DMUL -> arithmetic("*", a, b);
                    case IDIV, LDIV, FDIV, DDIV -> arithmetic("/", a, b);
                    case IREM, LREM -> arithmetic("%", a, b);
                    case FREM, DREM -> dialect.math(a.kind(), "fmod", a, b);
                    case IAND, LAND -> arithmetic("&", a, b);
                    case IOR, LOR -> arithmetic("|", a, b);
                    case IXOR, LXOR -> arithmetic("^", a, b);
                    case ISHL, LSHL -> shift("<<", a, b);
                    case ISHR, LSHR -> shift(">>", a, b);
                    case IUSHR, LUSHR -> unsignedShift(a, b);
                    default -> throw frame.error("the instruction " + opcode);
                });
    }

    /** {@code a operator b}; folded where both are integer constants, unsigned where integers must wrap. */
    Scalar arithmetic(String operator, Scalar a, Scalar b) {
        if (a.constant() instanceof Integer x && b.constant() instanceof Integer y && foldable(operator, y)) {
            return C.constant((int) fold(operator, x, y));
        }
        if (a.constant() instanceof Long x && b.constant() instanceof Long y && foldable(operator, y)) {
            return C.constant(fold(operator, x, y));
        }
        if (wraps && a.kind().integral() && "+-*".contains(operator)) {
            String unsigned = a.kind() == Kind.INT ? "uint" : "ulong";
            Scalar sum = C.binary(a.kind(), operator, C.cast(a.kind(), unsigned, a), C.cast(a.kind(), unsigned, b));
            return C.cast(a.kind(), dialect.type(a.kind()), sum);
        }
        return C.binary(a.kind(), operator, a, b);
    }

    private static boolean foldable(String operator, long right) {
        return !"/%".contains(operator) || right != 0;
    }

    private static long fold(String operator, long x, long y) {
        return switch (operator) {
            case "+" -> x + y;
            case "-" -> x - y;
            case "*" -> x * y;
            case "/" -> x / y;
            case "%" -> x % y;
            case "&" -> x & y;
            case "|" -> x | y;
            default -> x ^ y;
        };
    }

    private Scalar shift(String operator, Scalar a, Scalar b) {
        if (a.constant() instanceof Integer x && b.constant() instanceof Integer n) {
            return C.constant(operator.equals("<<") ? x << n : x >> n);
        }
        if (operator.equals("<<")) {
            Scalar bits = C.cast(a.kind(), a.kind() == Kind.INT ? "uint" : "ulong", a);
            return C.cast(a.kind(), dialect.type(a.kind()), C.binary(a.kind(), "<<", bits, distance(a, b)));
        }
        return C.binary(a.kind(), operator, a, distance(a, b));
    }

    private Scalar unsignedShift(Scalar a, Scalar b) {
        Scalar bits = C.cast(a.kind(), a.kind() == Kind.INT ? "uint" : "ulong", a);
        return C.cast(a.kind(), dialect.type(a.kind()), C.binary(a.kind(), ">>", bits, distance(a, b)));
    }

    /** Java takes the low 5 or 6 bits of a shift's distance. */
    private static Scalar distance(Scalar a, Scalar b) {
        int mask = a.kind() == Kind.INT ? 31 : 63;
        return b.constant() instanceof Integer n ? C.constant(n & mask) : C.binary(Kind.INT, "&", b, C.constant(mask));
    }

    Scalar convert(Opcode opcode, Scalar a) {
        return switch (opcode) {
            case I2L ->
                a.constant() instanceof Integer i
                        ? C.constant((long) i)
                        : C.cast(Kind.LONG, dialect.type(Kind.LONG), a);
            case L2I -> C.cast(Kind.INT, dialect.type(Kind.INT), a);
            case I2F, L2F -> C.cast(Kind.FLOAT, dialect.type(Kind.FLOAT), a);
            case I2D, L2D -> C.cast(Kind.DOUBLE, dialect.type(Kind.DOUBLE), a);
            case F2D -> C.cast(Kind.DOUBLE, dialect.type(Kind.DOUBLE), a).withSingle(a);
            case D2F -> a.single() != null ? a.single() : C.cast(Kind.FLOAT, dialect.type(Kind.FLOAT), a);
            case F2I, D2I -> dialect.toInteger(Kind.INT, a);
            case F2L, D2L -> dialect.toInteger(Kind.LONG, a);
            case I2B -> narrow(Element.BYTE, a);
            case I2S -> narrow(Element.SHORT, a);
            case I2C -> narrow(Element.CHAR, a);
            default -> throw frame.error("the instruction " + opcode);
        };
    }

    private Scalar narrow(Element element, Scalar a) {
        return C.cast(Kind.INT, dialect.type(element), a);
    }
}
