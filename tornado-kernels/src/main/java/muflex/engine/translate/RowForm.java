package muflex.engine.translate;

import java.util.Set;
import java.util.TreeSet;
import muflex.engine.translate.Value.Scalar;
import muflex.expr.BinaryOp;
import muflex.expr.Comparison;
import muflex.expr.Storage;
import muflex.expr.Type;
import muflex.expr.UnaryOp;

/**
 * How the nodes of a lifted expression are written in C: for one element, or for a vector of them at once. Both arms of
 * a select are computed, so nothing here may trap: a read out of range gives 0, and so does a division by zero. Java
 * throws there, or does not get there.
 */
abstract class RowForm {
    final Dialect dialect;

    /** Names of the helper functions used. */
    final Set<String> helpers = new TreeSet<>();

    RowForm(Dialect dialect) {
        this.dialect = dialect;
    }

    static Kind kind(Type type) {
        return switch (type) {
            case FLOAT -> Kind.FLOAT;
            case DOUBLE -> Kind.DOUBLE;
            case LONG -> Kind.LONG;
            case INT, BOOLEAN -> Kind.INT;
        };
    }

    /** The C type of a value of this form. */
    abstract String type(Type type);

    /** The suffix of helper functions for this type. */
    abstract String suffix(Type type);

    abstract Scalar compare(Comparison op, Type operands, Scalar a, Scalar b);

    abstract Scalar select(Type type, Scalar condition, Scalar a, Scalar b);

    abstract Scalar cast(Type from, Type to, Scalar a);

    abstract Scalar not(Scalar a);

    abstract Scalar call(Type type, String function, Scalar... arguments);

    abstract Scalar shift(BinaryOp op, Type type, Scalar a, Scalar b);

    /** Integer sums and products that wrap as Java's do. */
    abstract Scalar wrapping(String operator, Type type, Scalar a, Scalar b);

    /** The element at {@code index}, 0 out of range. */
    Scalar gather(Storage storage, String array, Scalar index, String length) {
        String element = element(storage);
        return helper(storage.element(), "read_" + element, "const " + array, index, length);
    }

    static String element(Storage storage) {
        return switch (storage) {
            case FLOATS, FLOAT_ROWS -> "float";
            case INTS -> "int";
            case BYTES -> "byte";
        };
    }

    Scalar helper(Type type, String name, String array, Scalar index, String length) {
        helpers.add(name);
        String text = name + "(" + array.replace("const ", "") + ", " + index.text() + ", " + length + ")";
        return Scalar.of(kind(type), text, C.PRIMARY, index);
    }

    final Scalar helper(Type type, String name, Scalar... arguments) {
        helpers.add(name);
        return C.call(kind(type), name, arguments);
    }

    Scalar unary(UnaryOp op, Type type, Scalar a) {
        return switch (op) {
            case NEGATE -> type.isInteger() ? wrapping("-", type, zero(type), a) : C.negate(a);
            case NOT -> not(a);
            case ABS -> type.isFloating() ? call(type, "fabs", a) : helper(type, "abs_" + suffix(type), a);
            case SIGNUM -> helper(type, "signum_" + suffix(type), a);
            default -> call(type, op.symbol(), a);
        };
    }

    abstract Scalar zero(Type type);

    Scalar binary(BinaryOp op, Type type, Scalar a, Scalar b) {
        return switch (op) {
            case ADD, SUB, MUL ->
                type.isInteger() ? wrapping(op.symbol(), type, a, b) : C.binary(kind(type), op.symbol(), a, b);
            case DIV -> type.isFloating() ? C.binary(kind(type), "/", a, b) : helper(type, "div_" + suffix(type), a, b);
            case REM -> type.isFloating() ? call(type, "fmod", a, b) : helper(type, "rem_" + suffix(type), a, b);
            case FLOOR_DIV -> helper(type, "floorDiv_" + suffix(type), a, b);
            case FLOOR_MOD -> helper(type, "floorMod_" + suffix(type), a, b);
            case MIN, MAX ->
                type.isFloating()
                        ? helper(type, op.symbol() + "_" + suffix(type), a, b)
                        : call(type, op.symbol(), a, b);
            case POW -> call(type, "pow", a, b);
            case AND, OR, XOR -> C.binary(kind(type), op.symbol(), a, b);
            case SHIFT_LEFT, SHIFT_RIGHT, UNSIGNED_SHIFT_RIGHT -> shift(op, type, a, b);
        };
    }

    Scalar fma(Type type, Scalar a, Scalar b, Scalar c) {
        return call(type, "fma", a, b, c);
    }
}
