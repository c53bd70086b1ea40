package muflex.expr;

import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.Locale;

/** Emits operations on vectors, their operands already on the Java stack. */
final class VectorCode {
    // By name: this class must load where the module is not there.
    private static final ClassDesc FLOATS = ClassDesc.of("jdk.incubator.vector.FloatVector");
    private static final ClassDesc DOUBLES = ClassDesc.of("jdk.incubator.vector.DoubleVector");
    private static final ClassDesc INTS = ClassDesc.of("jdk.incubator.vector.IntVector");
    private static final ClassDesc MASK = ClassDesc.of("jdk.incubator.vector.VectorMask");

    private static final ClassDesc INT = ConstantDescs.CD_int;
    private static final ClassDesc INT_ARRAY = ConstantDescs.CD_int.arrayType();
    private static final ClassDesc FLOAT_ARRAY = ConstantDescs.CD_float.arrayType();

    private final CodeBuilder code;
    private final boolean wide;

    /** In a {@code wide} row doubles have lanes of their own; otherwise they are computed as floats. */
    VectorCode(CodeBuilder code, boolean wide) {
        this.code = code;
        this.wide = wide;
    }

    /** What the lanes of a value of that type are in. */
    private ClassDesc vector(Type type) {
        return switch (type) {
            case FLOAT -> FLOATS;
            case DOUBLE -> wide ? DOUBLES : FLOATS;
            case INT -> INTS;
            case BOOLEAN -> MASK;
            case LONG -> throw new IllegalStateException("no vectors of longs");
        };
    }

    private void call(String name, ClassDesc result, ClassDesc... parameters) {
        VectorHelpers.emit(code, wide, name, MethodTypeDesc.of(result, parameters));
    }

    void length() {
        call("length", INT);
    }

    void scratch() {
        call("scratch", INT_ARRAY);
    }

    /** The scalar on the stack to all lanes. */
    void splat(Type type) {
        Type lane = type == Type.DOUBLE && !wide ? Type.FLOAT : type;
        ScalarCode.conversion(code, type, lane);
        call("splat", vector(type), lane.descriptor());
    }

    void iota() {
        call("iota", INTS, INT);
    }

    void first() {
        call("first", MASK, INT);
    }

    void any() {
        call("any", ConstantDescs.CD_boolean, MASK);
    }

    void not() {
        call("not", MASK, MASK);
    }

    void and() {
        call("and", MASK, MASK, MASK);
    }

    void load(Storage storage) {
        call("load", vector(storage.element()), array(storage), INT);
    }

    void loadActive(Storage storage) {
        call("load", vector(storage.element()), array(storage), INT, MASK);
    }

    void loadReversed() {
        call("loadReversed", FLOATS, FLOAT_ARRAY, INT, MASK, INT_ARRAY);
    }

    void gather(Storage storage) {
        call("gather", vector(storage.element()), array(storage), INTS, MASK, INT_ARRAY);
    }

    /** {@link #gather} of floats whose indices often are the same or consecutive. */
    void gatherRun() {
        call("gatherRun", FLOATS, FLOAT_ARRAY, INTS, MASK, INT_ARRAY);
    }

    /** Lanes, the array they are added to, indices, mask, scratch. */
    void scatterAdd() {
        call("scatterAdd", ConstantDescs.CD_void, FLOATS, FLOAT_ARRAY, INTS, MASK, INT_ARRAY);
    }

    void gatherRows() {
        call("gather", FLOATS, FLOAT_ARRAY.arrayType(), INTS, INTS, MASK, INT_ARRAY);
    }

    void row() {
        call("row", FLOAT_ARRAY, FLOAT_ARRAY.arrayType(), INT, MASK);
    }

    /** The array with the elements: a row, of rows. */
    private static ClassDesc array(Storage storage) {
        return storage == Storage.FLOAT_ROWS ? FLOAT_ARRAY : storage.descriptor();
    }

    void store() {
        call("store", ConstantDescs.CD_void, FLOATS, FLOAT_ARRAY, INT);
    }

    void storeActive() {
        call("store", ConstantDescs.CD_void, FLOATS, FLOAT_ARRAY, INT, MASK);
    }

    void unary(UnaryOp op, Type type) {
        String name = switch (op) {
            case NEGATE -> "neg";
            case NOT -> "not";
            default -> op.symbol();
        };
        call(name, vector(type), vector(type));
    }

    /** Whether values of that type are in lanes of floats. */
    boolean isFloats(Type type) {
        return vector(type).equals(FLOATS);
    }

    /** x on the stack to exp(−2|x|), floats. */
    void decay() {
        call("decay", FLOATS, FLOATS);
    }

    /** x and exp(−2|x|) on the stack, floats. */
    void tanh() {
        call("tanh", FLOATS, FLOATS, FLOATS);
    }

    void binary(BinaryOp op, Type type) {
        String name = switch (op) {
            case SHIFT_LEFT -> "shiftLeft";
            case SHIFT_RIGHT -> "shiftRight";
            case UNSIGNED_SHIFT_RIGHT -> "unsignedShiftRight";
            default -> op.name().toLowerCase(Locale.ROOT);
        };
        call(name, vector(type), vector(type), vector(type));
    }

    /** Division of ints, the mask of the active lanes on top. */
    void divide(BinaryOp op) {
        String name = switch (op) {
            case FLOOR_DIV, FLOOR_MOD -> op.symbol();
            default -> op.name().toLowerCase(Locale.ROOT);
        };
        call(name, INTS, INTS, INTS, MASK);
    }

    void fma(Type type) {
        call("fma", vector(type), vector(type), vector(type), vector(type));
    }

    void compare(Comparison op, Type type) {
        call(op.name().toLowerCase(Locale.ROOT), MASK, vector(type), vector(type));
    }

    void select(Type type) {
        call("select", vector(type), MASK, vector(type), vector(type));
    }

    void cast(Type from, Type to) {
        ClassDesc source = vector(from);
        ClassDesc target = vector(to);
        if (source.equals(target)) {
            return;
        }
        if (from == Type.BOOLEAN && to != Type.INT) {
            cast(from, Type.INT);
            cast(Type.INT, to);
            return;
        }
        String name = target.equals(FLOATS) ? "toFloat" : target.equals(INTS) ? "toInt" : "toDouble";
        call(name, target, source);
    }
}
