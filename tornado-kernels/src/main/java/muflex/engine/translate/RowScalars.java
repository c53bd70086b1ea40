package muflex.engine.translate;

import muflex.engine.translate.Value.Scalar;
import muflex.expr.BinaryOp;
import muflex.expr.Comparison;
import muflex.expr.Type;

/** One element at a time. Booleans are 0 and 1. */
final class RowScalars extends RowForm {

    RowScalars(Dialect dialect) {
        super(dialect);
    }

    @Override
    String type(Type type) {
        return dialect.type(kind(type));
    }

    @Override
    String suffix(Type type) {
        return type.toString();
    }

    @Override
    Scalar zero(Type type) {
        return C.constant(type == Type.LONG ? (Number) 0L : (Number) 0);
    }

    @Override
    Scalar compare(Comparison op, Type operands, Scalar a, Scalar b) {
        return C.binary(Kind.INT, op.symbol(), a, b);
    }

    @Override
    Scalar select(Type type, Scalar condition, Scalar a, Scalar b) {
        String text = condition.in(C.CONDITIONAL + 1) + " ? " + a.in(C.CONDITIONAL + 1) + " : " + b.in(C.CONDITIONAL);
        return Scalar.of(kind(type), text, C.CONDITIONAL, condition, a, b);
    }

    @Override
    Scalar cast(Type from, Type to, Scalar a) {
        if (from == to || from == Type.BOOLEAN && to == Type.INT) {
            return a;
        }
        return from.isFloating() && to.isInteger()
                ? dialect.toInteger(kind(to), a)
                : C.cast(kind(to), dialect.type(kind(to)), a);
    }

    @Override
    Scalar not(Scalar a) {
        return Scalar.of(Kind.INT, "!" + a.in(C.UNARY), C.UNARY, a);
    }

    @Override
    Scalar call(Type type, String function, Scalar... arguments) {
        return dialect.math(kind(type), function, arguments);
    }

    @Override
    Scalar shift(BinaryOp op, Type type, Scalar a, Scalar b) {
        Scalar distance = C.binary(Kind.INT, "&", b, C.constant(type == Type.INT ? 31 : 63));
        if (op == BinaryOp.SHIFT_RIGHT) {
            return C.binary(kind(type), ">>", a, distance);
        }
        Scalar bits = C.cast(kind(type), unsigned(type), a);
        return C.cast(
                kind(type), type(type), C.binary(kind(type), op == BinaryOp.SHIFT_LEFT ? "<<" : ">>", bits, distance));
    }

    @Override
    Scalar wrapping(String operator, Type type, Scalar a, Scalar b) {
        Scalar left = C.cast(kind(type), unsigned(type), a);
        Scalar right = C.cast(kind(type), unsigned(type), b);
        return C.cast(kind(type), type(type), C.binary(kind(type), operator, left, right));
    }

    private static String unsigned(Type type) {
        return type == Type.INT ? "uint" : "ulong";
    }
}
