package muflex.expr;

import org.jspecify.annotations.Nullable;

/** Simplifications of casts, and of what is computed in a wider type than needed. */
final class CastRules {
    private final Nodes nodes;

    CastRules(Nodes nodes) {
        this.nodes = nodes;
    }

    @Nullable
    Expr simplify(Type to, Expr x) {
        if (x.type() == to) {
            return x;
        }
        if (x instanceof Expr.Constant(Type _, Object value)) {
            return nodes.constant(to, Fold.cast(to, value));
        }
        if (x instanceof Expr.Cast(Type between, Expr from) && holds(between, from.type())) {
            return nodes.cast(to, from);
        }
        return to == Type.FLOAT && x.type() == Type.DOUBLE ? narrow(x) : null;
    }

    /** Whether every value of {@code from} is one of {@code wide}, so that casting by way of it loses nothing. */
    private static boolean holds(Type wide, Type from) {
        return switch (from) {
            case BOOLEAN -> true;
            case INT -> wide == Type.LONG || wide == Type.DOUBLE;
            case FLOAT -> wide == Type.DOUBLE;
            default -> false;
        };
    }

    /**
     * {@code (float) x} without doubles, where that is the same bit for bit. Sums, differences, products,
     * quotients and square roots of floats may be rounded twice, first to double: its 53 bits are at least
     * 2·24 + 2 (Figueroa, "When is double rounding innocuous?", 1995). The float forms of the other functions are
     * by definition computed in double and rounded.
     */
    private @Nullable Expr narrow(Expr x) {
        return switch (x) {
            case Expr.Unary(UnaryOp op, Expr y) -> {
                Expr f = asFloat(y);
                yield f == null ? null : nodes.unary(op, f);
            }
            case Expr.Binary(BinaryOp op, Expr a, Expr b)
            when op != BinaryOp.REM -> {
                Expr f = asFloat(a);
                Expr g = asFloat(b);
                yield f == null || g == null ? null : nodes.binary(op, f, g);
            }
            case Expr.Select(Expr condition, Expr then, Expr otherwise) ->
                nodes.select(condition, nodes.cast(Type.FLOAT, then), nodes.cast(Type.FLOAT, otherwise));
            default -> null;
        };
    }

    /** The float whose value {@code e} is, exactly; or null. */
    private @Nullable Expr asFloat(Expr e) {
        return switch (e) {
            case Expr.Cast(Type _, Expr from) when from.type() == Type.FLOAT -> from;
            case Expr.Constant(Type type, Object value)
            when type == Type.DOUBLE && Double.compare(((Double) value).floatValue(), (Double) value) == 0 ->
                nodes.constant(Type.FLOAT, ((Double) value).floatValue());
            default -> null;
        };
    }

    /** Takes an operation that is exact in any precision inside the cast to double of its operand. */
    @Nullable
    Expr inFloat(UnaryOp op, Expr x) {
        return x instanceof Expr.Cast(Type to, Expr from) && to == Type.DOUBLE && from.type() == Type.FLOAT
                ? nodes.cast(to, nodes.unary(op, from))
                : null;
    }

    /** The same of the minimum or maximum of two. */
    @Nullable
    Expr inFloat(BinaryOp op, Expr a, Expr b) {
        if (a.type() != Type.DOUBLE) {
            return null;
        }
        Expr f = asFloat(a);
        Expr g = asFloat(b);
        return f == null || g == null ? null : nodes.cast(Type.DOUBLE, nodes.binary(op, f, g));
    }

    /** Compares before widening rather than after. */
    @Nullable
    Expr comparison(Comparison op, Expr a, Expr b) {
        if (!(a instanceof Expr.Cast(Type wide, Expr x)) || !holds(wide, x.type())) {
            return null;
        }
        Expr y = b instanceof Expr.Cast(Type _, Expr from) && from.type() == x.type() ? from : constantOf(x.type(), b);
        if (y == null) {
            return null;
        }
        if (x.type() == Type.BOOLEAN) {
            Expr differ = nodes.binary(BinaryOp.XOR, x, y);
            return op == Comparison.NE ? differ : op == Comparison.EQ ? nodes.not(differ) : null;
        }
        return nodes.compare(op, x, y);
    }

    private @Nullable Expr constantOf(Type type, Expr b) {
        if (!(b instanceof Expr.Constant(Type _, Object value))) {
            return null;
        }
        Object narrowed = type == Type.BOOLEAN ? null : Fold.cast(type, value);
        // The narrowed constant must be the same number; −0 becomes the int 0, which compares the same.
        return narrowed != null && Fold.compare(Comparison.EQ, Fold.cast(b.type(), narrowed), value)
                ? nodes.constant(type, narrowed)
                : null;
    }
}
