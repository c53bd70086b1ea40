package muflex.expr;

import org.jspecify.annotations.Nullable;

/** What a local variable or a stack entry holds while a method is lifted. */
sealed interface Value {
    /** A number; booleans, bytes, shorts and chars are ints here, as on Java's stack. */
    record Scalar(Expr expr) implements Value {}

    /** A captured object, or null. */
    record Reference(@Nullable Object object) implements Value {}

    /** A row of a captured {@code float[][]}. */
    record Row(float[][] array, Expr row) implements Value {}

    /** The result of fcmpl and its like: −1, 0 or 1 as a is below, equal to or above b; {@code ifNaN} if unordered. */
    record Order(Expr a, Expr b, int ifNaN) implements Value {}

    /** Whether both are the same, expressions and objects by identity. */
    @SuppressWarnings("ReferenceEquality")
    static boolean same(@Nullable Value a, @Nullable Value b) {
        if (a == null || b == null) {
            return a == b;
        }
        return switch (a) {
            case Scalar(Expr e) -> b instanceof Scalar(Expr f) && e == f;
            case Reference(Object object) -> b instanceof Reference(Object other) && object == other;
            case Row(float[][] array, Expr row) ->
                b instanceof Row(float[][] other, Expr otherRow) && array == other && row == otherRow;
            case Order(Expr x, Expr y, int ifNaN) ->
                b instanceof Order(Expr u, Expr v, int other) && x == u && y == v && ifNaN == other;
        };
    }

    /** How many words it takes of Java's stack. */
    default int words() {
        return this instanceof Scalar(Expr e) && (e.type() == Type.LONG || e.type() == Type.DOUBLE) ? 2 : 1;
    }
}
