package muflex.expr;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A typed scalar expression: the value of a lifted lambda. Expressions are immutable and form a graph without
 * cycles in which equal parts are shared by identity; walk it with {@link Dag}, not by recursion over
 * {@code equals} or {@code toString}, which would visit a shared part once for every path to it.
 *
 * <p>{@link Select} is lazy: a {@link Read} or an integer division below an arm happens only where that arm is
 * taken. Everything else is strict.
 */
public sealed interface Expr {

    /** The type of the value. */
    Type type();

    /** The operands, left to right. */
    List<Expr> operands();

    /** A constant; {@code value} is boxed in {@link Type#box()}. */
    record Constant(Type type, Object value) implements Expr {
        public Constant {
            if (!type.box().isInstance(value)) {
                throw new IllegalArgumentException("value: expected a " + type + ", got "
                        + value.getClass().getSimpleName() + " " + value + "; box it as its own type");
            }
        }

        public static Constant of(float value) {
            return new Constant(Type.FLOAT, value);
        }

        public static Constant of(double value) {
            return new Constant(Type.DOUBLE, value);
        }

        public static Constant of(int value) {
            return new Constant(Type.INT, value);
        }

        public static Constant of(long value) {
            return new Constant(Type.LONG, value);
        }

        public static Constant of(boolean value) {
            return new Constant(Type.BOOLEAN, value);
        }

        @Override
        public List<Expr> operands() {
            return List.of();
        }
    }

    /** The function's parameter number {@code index}. */
    record Parameter(Type type, int index, String name) implements Expr {
        @Override
        public List<Expr> operands() {
            return List.of();
        }
    }

    /** A captured scalar: {@code captures[slot]}, unboxed. */
    record Captured(Type type, int slot) implements Expr {
        @Override
        public List<Expr> operands() {
            return List.of();
        }
    }

    /** {@code captures[slot][index]}, or {@code captures[slot][row][index]} of {@link Storage#FLOAT_ROWS}. */
    record Read(Storage storage, int slot, @Nullable Expr row, Expr index) implements Expr {
        public Read {
            if ((row != null) != (storage == Storage.FLOAT_ROWS)) {
                throw new IllegalArgumentException("row: expected one for FLOAT_ROWS alone, got " + storage
                        + (row == null ? " without a row" : " with a row") + "; give a row to match the storage");
            }
            requireType("index", Type.INT, index);
        }

        @Override
        public Type type() {
            return storage.element();
        }

        @Override
        public List<Expr> operands() {
            return row == null ? List.of(index) : List.of(row, index);
        }
    }

    /** {@code op(x)}, of x's type. */
    record Unary(UnaryOp op, Expr x) implements Expr {
        public Unary {
            if ((op == UnaryOp.NOT) != (x.type() == Type.BOOLEAN)) {
                throw new IllegalArgumentException(
                        "x: expected a boolean for NOT alone, got " + x.type() + " for " + op + "; match them");
            }
        }

        @Override
        public Type type() {
            return x.type();
        }

        @Override
        public List<Expr> operands() {
            return List.of(x);
        }
    }

    /** {@code op(a, b)}, of a's type; b's is the same, and int if {@code op} is a shift. */
    record Binary(BinaryOp op, Expr a, Expr b) implements Expr {
        public Binary {
            requireType("b", op.isShift() ? Type.INT : a.type(), b);
        }

        @Override
        public Type type() {
            return a.type();
        }

        @Override
        public List<Expr> operands() {
            return List.of(a, b);
        }
    }

    /** {@link Math#fma(float, float, float)}: a·b + c, rounded once. */
    record Fma(Expr a, Expr b, Expr c) implements Expr {
        public Fma {
            requireType("b", a.type(), b);
            requireType("c", a.type(), c);
        }

        @Override
        public Type type() {
            return a.type();
        }

        @Override
        public List<Expr> operands() {
            return List.of(a, b, c);
        }
    }

    /** A comparison of two numbers of one type. */
    record Compare(Comparison op, Expr a, Expr b) implements Expr {
        public Compare {
            requireType("b", a.type(), b);
        }

        @Override
        public Type type() {
            return Type.BOOLEAN;
        }

        @Override
        public List<Expr> operands() {
            return List.of(a, b);
        }
    }

    /** {@code condition ? then : otherwise}; only the arm that is taken is evaluated. */
    record Select(Expr condition, Expr then, Expr otherwise) implements Expr {
        public Select {
            requireType("condition", Type.BOOLEAN, condition);
            requireType("otherwise", then.type(), otherwise);
        }

        @Override
        public Type type() {
            return then.type();
        }

        @Override
        public List<Expr> operands() {
            return List.of(condition, then, otherwise);
        }
    }

    /** {@code (type) x}, with Java's rounding and saturation; a boolean becomes 1 or 0. */
    record Cast(Type type, Expr x) implements Expr {
        @Override
        public List<Expr> operands() {
            return List.of(x);
        }
    }

    private static void requireType(String what, Type expected, Expr got) {
        if (got.type() != expected) {
            throw new IllegalArgumentException(
                    what + ": expected " + expected + ", got " + got.type() + "; cast it with Expr.Cast");
        }
    }
}
