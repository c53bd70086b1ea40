package muflex.engine.translate;

import muflex.engine.translate.Value.Scalar;
import muflex.expr.BinaryOp;
import muflex.expr.Comparison;
import muflex.expr.Storage;
import muflex.expr.Type;

/** A vector of elements at a time, in OpenCL C. Booleans are masks, 0 and −1; doubles are computed in float. */
final class RowVectors extends RowForm {
    private final int lanes;

    RowVectors(Dialect dialect) {
        super(dialect);
        lanes = dialect.lanes;
    }

    @Override
    String type(Type type) {
        return switch (type) {
            case FLOAT, DOUBLE -> "float" + lanes;
            case LONG -> "long" + lanes;
            case INT, BOOLEAN -> "int" + lanes;
        };
    }

    @Override
    String suffix(Type type) {
        return type(type);
    }

    @Override
    Scalar zero(Type type) {
        return splat(type, C.constant(type == Type.LONG ? (Number) 0L : (Number) 0));
    }

    /** All elements {@code a}, a value of one element. */
    Scalar splat(Type type, Scalar a) {
        Scalar value = type == Type.BOOLEAN ? C.negate(a) : a;
        return C.cast(kind(type), type(type), Scalar.of(kind(type), "(" + value.text() + ")", C.PRIMARY, a));
    }

    @Override
    Scalar compare(Comparison op, Type operands, Scalar a, Scalar b) {
        Scalar mask = C.binary(Kind.INT, op.symbol(), a, b);
        return operands == Type.LONG ? C.call(Kind.INT, "convert_int" + lanes, mask) : mask;
    }

    @Override
    Scalar select(Type type, Scalar condition, Scalar a, Scalar b) {
        Scalar mask = type == Type.LONG ? C.call(Kind.LONG, "convert_long" + lanes, condition) : condition;
        return C.call(kind(type), "select", b, a, mask);
    }

    @Override
    Scalar cast(Type from, Type to, Scalar a) {
        if (type(from).equals(type(to))) {
            return from == Type.BOOLEAN && to == Type.INT ? C.negate(a) : a;
        }
        boolean saturates = from.isFloating() && to.isInteger();
        return C.call(kind(to), "convert_" + type(to) + (saturates ? "_sat" : ""), a);
    }

    @Override
    Scalar not(Scalar a) {
        return Scalar.of(Kind.INT, "~" + a.in(C.UNARY), C.UNARY, a);
    }

    @Override
    Scalar call(Type type, String function, Scalar... arguments) {
        return C.call(kind(type), function, arguments);
    }

    @Override
    Scalar shift(BinaryOp op, Type type, Scalar a, Scalar b) {
        Scalar distance = C.binary(Kind.INT, "&", b, splat(Type.INT, C.constant(type == Type.INT ? 31 : 63)));
        Scalar wide = type == Type.LONG ? C.call(Kind.LONG, "convert_" + type(type), distance) : distance;
        if (op == BinaryOp.SHIFT_RIGHT) {
            return C.binary(kind(type), ">>", a, wide);
        }
        Scalar bits = C.call(kind(type), "as_u" + type(type), a);
        Scalar by = C.call(kind(type), "as_u" + type(type), wide);
        return C.call(
                kind(type),
                "as_" + type(type),
                C.binary(kind(type), op == BinaryOp.SHIFT_LEFT ? "<<" : ">>", bits, by));
    }

    @Override
    Scalar wrapping(String operator, Type type, Scalar a, Scalar b) {
        Scalar left = C.call(kind(type), "as_u" + type(type), a);
        Scalar right = C.call(kind(type), "as_u" + type(type), b);
        return C.call(kind(type), "as_" + type(type), C.binary(kind(type), operator, left, right));
    }

    @Override
    Scalar gather(Storage storage, String array, Scalar index, String length) {
        return helper(storage.element(), "gather_" + element(storage), array, index, length);
    }

    /** The elements from {@code base} on. */
    Scalar run(Storage storage, String array, Scalar base, String length) {
        return helper(storage.element(), "run_" + element(storage), array, base, length);
    }

    /** The elements from {@code base} down. */
    Scalar reversedRun(Storage storage, String array, Scalar base, String length) {
        return helper(storage.element(), "reversedRun_" + element(storage), array, base, length);
    }

    @Override
    Scalar unary(muflex.expr.UnaryOp op, Type type, Scalar a) {
        return switch (op) {
            case EXP -> helper(type, "exp_" + suffix(type), a);
            case TANH -> helper(type, "tanh_" + suffix(type), a);
            default -> super.unary(op, type, a);
        };
    }
}
