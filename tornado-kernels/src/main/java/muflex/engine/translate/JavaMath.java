package muflex.engine.translate;

import java.lang.constant.MethodTypeDesc;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import muflex.engine.translate.Value.Scalar;

/**
 * Java's mathematical functions in C. A double function of floats, as in {@code (float) Math.exp(x)}, is computed in
 * float: devices are slow at doubles or lack them.
 */
final class JavaMath {
    private static final Set<String> SAME_IN_C = Set.of(
            "exp", "log", "log10", "log1p", "expm1", "sqrt", "cbrt", "sin", "cos", "tan", "asin", "acos", "atan",
            "sinh", "cosh", "tanh", "atan2", "pow", "hypot", "floor", "ceil", "rint", "fma");

    private final Translator program;
    private final Dialect dialect;
    private final Frame frame;

    JavaMath(Translator program, Frame frame) {
        this.program = program;
        this.dialect = program.dialect();
        this.frame = frame;
    }

    Scalar call(String owner, String name, MethodTypeDesc type, Scalar... a) {
        Kind kind = Kind.find(type.returnType().descriptorString());
        if (kind == null) {
            throw frame.error("a call of " + owner.replace('/', '.') + "." + name);
        }
        if (owner.endsWith("Math")) {
            return mathematics(name, kind, a);
        }
        return switch (name) {
            case "floatToRawIntBits", "floatToIntBits", "intBitsToFloat", "doubleToRawLongBits", "longBitsToDouble" ->
                C.call(kind, dialect.reinterpret(kind), a);
            case "max", "min" -> extremum(name, kind, a);
            case "sum" -> C.binary(kind, "+", a[0], a[1]);
            case "isNaN" -> C.binary(Kind.INT, "!=", a[0], a[0]);
            default -> throw frame.error("a call of " + owner.replace('/', '.') + "." + name);
        };
    }

    private Scalar mathematics(String name, Kind kind, Scalar... a) {
        if (SAME_IN_C.contains(name)) {
            return ofFloating(kind, name, a);
        }
        return switch (name) {
            case "max", "min" -> extremum(name, kind, a);
            case "abs" -> kind.integral() ? helper("abs_" + suffix(kind), kind, a) : ofFloating(kind, "fabs", a);
            case "floorDiv", "floorMod" -> {
                if (kind != Kind.INT || a[1].kind() != Kind.INT) {
                    throw frame.error("Math." + name + " of long");
                }
                yield helper(name + "_int", kind, a);
            }
            case "clamp" -> {
                if (a[0].kind() != kind) {
                    yield helper("clamp_int", kind, a);
                }
                yield extremum("min", kind, extremum("max", kind, a[0], a[1]), a[2]);
            }
            case "round" ->
                dialect.toInteger(
                        kind, dialect.math(a[0].kind(), "floor", C.binary(a[0].kind(), "+", a[0], half(a[0].kind()))));
            case "signum" -> helper("signum_" + suffix(kind), kind, a);
            case "toRadians" -> C.binary(kind, "*", a[0], C.constant(0.017453292519943295));
            default -> throw frame.error("Math." + name);
        };
    }

    private static Scalar half(Kind kind) {
        return kind == Kind.FLOAT ? C.constant(0.5f) : C.constant(0.5);
    }

    /** A call of a C function, with its float form where every operand has one. */
    private Scalar ofFloating(Kind kind, String name, Scalar... a) {
        Scalar exact = dialect.math(kind, name, a);
        if (kind != Kind.DOUBLE || Arrays.stream(a).anyMatch(x -> x.single() == null)) {
            return exact;
        }
        Scalar[] singles =
                Arrays.stream(a).map(x -> Objects.requireNonNull(x.single())).toArray(Scalar[]::new);
        return exact.withSingle(dialect.math(Kind.FLOAT, name, singles));
    }

    /** Java's max and min: of integers C's own; of floats with NaN passed on. */
    private Scalar extremum(String name, Kind kind, Scalar... a) {
        if (a[0].constant() instanceof Integer x && a[1].constant() instanceof Integer y) {
            return C.constant(name.equals("max") ? Math.max(x, y) : Math.min(x, y));
        }
        if (kind.integral()) {
            return C.call(kind, name, a);
        }
        Scalar exact = helper(name + "_" + suffix(kind), kind, a);
        return kind == Kind.DOUBLE && a[0].single() != null && a[1].single() != null
                ? exact.withSingle(helper(name + "_float", Kind.FLOAT, a[0].single(), a[1].single()))
                : exact;
    }

    private Scalar helper(String name, Kind kind, Scalar... a) {
        program.useHelper(name);
        return C.call(kind, name, a);
    }

    private static String suffix(Kind kind) {
        return switch (kind) {
            case INT -> "int";
            case LONG -> "long";
            case FLOAT -> "float";
            case DOUBLE -> "double";
            case LANES -> throw new IllegalArgumentException("suffix: expected a scalar kind, got lanes");
        };
    }
}
