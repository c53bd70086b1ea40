package muflex.expr;

import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.Locale;

/** Calls of {@link VectorMath}, their operands already on the Java stack. */
final class VectorCode {
    private static final ClassDesc MATH = VectorMath.class.describeConstable().orElseThrow();

    // By name: this class must load where the module is not there.
    private static final ClassDesc FLOATS = ClassDesc.of("jdk.incubator.vector.FloatVector");
    private static final ClassDesc INTS = ClassDesc.of("jdk.incubator.vector.IntVector");
    private static final ClassDesc MASK = ClassDesc.of("jdk.incubator.vector.VectorMask");

    private static final ClassDesc INT = ConstantDescs.CD_int;
    private static final ClassDesc FLOAT_ARRAY = ConstantDescs.CD_float.arrayType();

    private VectorCode() {}

    /** What the lanes of a value of that type are in. */
    private static ClassDesc vector(Type type) {
        return switch (type) {
            case FLOAT, DOUBLE -> FLOATS;
            case INT -> INTS;
            case BOOLEAN -> MASK;
            case LONG -> throw new IllegalStateException("no vectors of longs");
        };
    }

    private static void call(CodeBuilder code, String name, ClassDesc result, ClassDesc... parameters) {
        code.invokestatic(MATH, name, MethodTypeDesc.of(result, parameters));
    }

    static void length(CodeBuilder code) {
        call(code, "length", INT);
    }

    /** The scalar on the stack to all lanes. */
    static void splat(CodeBuilder code, Type type) {
        ScalarCode.conversion(code, type, type == Type.DOUBLE ? Type.FLOAT : type);
        Type lane = type == Type.DOUBLE ? Type.FLOAT : type;
        call(code, "splat", vector(type), lane.descriptor());
    }

    static void iota(CodeBuilder code) {
        call(code, "iota", INTS, INT);
    }

    static void first(CodeBuilder code) {
        call(code, "first", MASK, INT);
    }

    static void any(CodeBuilder code) {
        call(code, "any", ConstantDescs.CD_boolean, MASK);
    }

    static void not(CodeBuilder code) {
        call(code, "not", MASK, MASK);
    }

    static void and(CodeBuilder code) {
        call(code, "and", MASK, MASK, MASK);
    }

    static void load(CodeBuilder code, Storage storage) {
        call(code, "load", vector(storage.element()), array(storage), INT);
    }

    static void loadActive(CodeBuilder code, Storage storage) {
        call(code, "load", vector(storage.element()), array(storage), INT, MASK);
    }

    static void loadReversed(CodeBuilder code) {
        call(code, "loadReversed", FLOATS, FLOAT_ARRAY, INT);
    }

    static void gather(CodeBuilder code, Storage storage) {
        call(code, "gather", vector(storage.element()), array(storage), INTS, MASK);
    }

    static void gatherRows(CodeBuilder code) {
        call(code, "gather", FLOATS, FLOAT_ARRAY.arrayType(), INTS, INTS, MASK);
    }

    static void row(CodeBuilder code) {
        call(code, "row", FLOAT_ARRAY, FLOAT_ARRAY.arrayType(), INT, MASK);
    }

    /** The array with the elements: a row, of rows. */
    private static ClassDesc array(Storage storage) {
        return storage == Storage.FLOAT_ROWS ? FLOAT_ARRAY : storage.descriptor();
    }

    static void store(CodeBuilder code) {
        // Called itself, not through VectorMath: C2 inlines the Vector API's methods past its limits, ours not, and a
        // vector that is passed to a call is an object.
        code.invokevirtual(FLOATS, "intoArray", MethodTypeDesc.of(ConstantDescs.CD_void, FLOAT_ARRAY, INT));
    }

    static void storeActive(CodeBuilder code) {
        call(code, "store", ConstantDescs.CD_void, FLOATS, FLOAT_ARRAY, INT, MASK);
    }

    static void unary(CodeBuilder code, UnaryOp op, Type type) {
        String name = switch (op) {
            case NEGATE -> "neg";
            case NOT -> "not";
            default -> op.symbol();
        };
        call(code, name, vector(type), vector(type));
    }

    static void binary(CodeBuilder code, BinaryOp op, Type type) {
        String name = switch (op) {
            case SHIFT_LEFT -> "shiftLeft";
            case SHIFT_RIGHT -> "shiftRight";
            case UNSIGNED_SHIFT_RIGHT -> "unsignedShiftRight";
            default -> lower(op);
        };
        call(code, name, vector(type), vector(type), vector(type));
    }

    /** Division of ints, the mask of the active lanes on top. */
    static void divide(CodeBuilder code, BinaryOp op) {
        String name = switch (op) {
            case FLOOR_DIV, FLOOR_MOD -> op.symbol();
            default -> lower(op);
        };
        call(code, name, INTS, INTS, INTS, MASK);
    }

    static void fma(CodeBuilder code) {
        call(code, "fma", FLOATS, FLOATS, FLOATS, FLOATS);
    }

    static void compare(CodeBuilder code, Comparison op, Type type) {
        call(code, op.name().toLowerCase(Locale.ROOT), MASK, vector(type), vector(type));
    }

    static void select(CodeBuilder code, Type type) {
        call(code, "select", vector(type), MASK, vector(type), vector(type));
    }

    /** Between floats and doubles nothing changes: doubles are computed as floats. */
    static void cast(CodeBuilder code, Type from, Type to) {
        if (vector(from).equals(vector(to))) {
            return;
        }
        call(code, to.isFloating() ? "toFloat" : "toInt", vector(to), vector(from));
    }

    private static String lower(BinaryOp op) {
        return op.name().toLowerCase(Locale.ROOT);
    }
}
