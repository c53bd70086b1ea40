package muflex.expr;

import org.jspecify.annotations.Nullable;

/** Simplifications of selects and of what is done with booleans. */
final class SelectRules {
    private final Nodes nodes;

    SelectRules(Nodes nodes) {
        this.nodes = nodes;
    }

    @Nullable
    Expr simplify(Expr condition, Expr then, Expr otherwise) {
        if (condition instanceof Expr.Constant(Type _, Object value)) {
            return (Boolean) value ? then : otherwise;
        }
        if (Nodes.same(then, otherwise) && nodes.isPure(condition)) {
            return then;
        }
        if (condition instanceof Expr.Unary(UnaryOp _, Expr x)) {
            return nodes.select(x, otherwise, then);
        }
        if (then instanceof Expr.Select(Expr again, Expr x, Expr _) && Nodes.same(again, condition)) {
            return nodes.select(condition, x, otherwise);
        }
        if (otherwise instanceof Expr.Select(Expr again, Expr _, Expr y) && Nodes.same(again, condition)) {
            return nodes.select(condition, then, y);
        }
        return switch (then.type()) {
            case BOOLEAN -> ofBooleans(condition, then, otherwise);
            case INT, LONG -> ofIntegers(condition, then, otherwise);
            default -> null;
        };
    }

    private @Nullable Expr ofBooleans(Expr condition, Expr then, Expr otherwise) {
        Object a = constant(then);
        Object b = constant(otherwise);
        if (a != null && b != null) {
            return (Boolean) a ? condition : nodes.not(condition);
        }
        if (b != null && nodes.isPure(then)) {
            return (Boolean) b
                    ? nodes.binary(BinaryOp.OR, nodes.not(condition), then)
                    : nodes.binary(BinaryOp.AND, condition, then);
        }
        if (a != null && nodes.isPure(otherwise)) {
            return (Boolean) a
                    ? nodes.binary(BinaryOp.OR, condition, otherwise)
                    : nodes.binary(BinaryOp.AND, nodes.not(condition), otherwise);
        }
        if (a != null && !(Boolean) a || b != null && (Boolean) b) {
            // c ? false : x is !c && x, and c ? x : true is !c || x, where they read as well as that.
            Expr opposite = nodes.not(condition);
            return opposite instanceof Expr.Unary
                    ? null
                    : nodes.select(opposite, /* then= */ otherwise, /* otherwise= */ then);
        }
        return null;
    }

    /** On Java's stack a boolean is 1 or 0: brings such values back to booleans, and finds minima and maxima. */
    private @Nullable Expr ofIntegers(Expr condition, Expr then, Expr otherwise) {
        Expr a = truth(then);
        Expr b = truth(otherwise);
        if (then.type() == Type.INT && a != null && b != null) {
            return nodes.cast(Type.INT, nodes.select(condition, a, b));
        }
        if (condition instanceof Expr.Compare(Comparison op, Expr x, Expr y) && x.type() == then.type()) {
            boolean same = Nodes.same(x, then) && Nodes.same(y, otherwise);
            boolean swapped = Nodes.same(x, otherwise) && Nodes.same(y, then);
            if (same || swapped) {
                switch (same ? op : op.mirrored()) {
                    case LT, LE -> {
                        return nodes.binary(BinaryOp.MIN, then, otherwise);
                    }
                    case GT, GE -> {
                        return nodes.binary(BinaryOp.MAX, then, otherwise);
                    }
                    default -> {}
                }
            }
        }
        return null;
    }

    /** The boolean of which {@code e} is the int, or null. */
    private @Nullable Expr truth(Expr e) {
        return switch (e) {
            case Expr.Constant(Type _, Object value)
            when value.equals(0) || value.equals(1) -> nodes.constant(value.equals(1));
            case Expr.Cast(Type _, Expr x) when x.type() == Type.BOOLEAN -> x;
            default -> null;
        };
    }

    /** {@code a op b} of ints that are booleans, or null. */
    @Nullable
    Expr ofTruths(BinaryOp op, Expr a, Expr b) {
        if (a.type() != Type.INT || (a instanceof Expr.Constant && b instanceof Expr.Constant)) {
            return null;
        }
        Expr x = truth(a);
        Expr y = truth(b);
        return x == null || y == null ? null : nodes.cast(Type.INT, nodes.binary(op, x, y));
    }

    /** {@code (truth ? one : zero) op c}. */
    Expr truthAgainst(Comparison op, Expr truth, Object one, Object zero, Object c) {
        boolean whenTrue = Fold.compare(op, one, c);
        boolean whenFalse = Fold.compare(op, zero, c);
        return nodes.select(truth, nodes.constant(whenTrue), nodes.constant(whenFalse));
    }

    /** {@code a op b} of booleans; a constant, if there is one, is b. */
    @Nullable
    Expr logical(BinaryOp op, Expr a, Expr b) {
        Object c = constant(b);
        if (c == null) {
            return !Nodes.same(a, b) ? null : op != BinaryOp.XOR ? a : nodes.isPure(a) ? nodes.constant(false) : null;
        }
        boolean value = (Boolean) c;
        return switch (op) {
            case XOR -> value ? nodes.not(a) : a;
            case AND -> value ? a : nodes.isPure(a) ? b : null;
            case OR -> !value ? a : nodes.isPure(a) ? b : null;
            default -> null;
        };
    }

    private static @Nullable Object constant(Expr e) {
        return e instanceof Expr.Constant(Type _, Object value) ? value : null;
    }
}
