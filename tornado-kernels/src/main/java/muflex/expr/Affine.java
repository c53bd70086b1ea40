package muflex.expr;

import org.jspecify.annotations.Nullable;

/**
 * An int expression as {@code stride · i + rest} along a row, i being the element's number: what tells a contiguous read
 * from a scattered one. Exact in wrapping arithmetic.
 *
 * @param stride the constant factor
 * @param rest what doesn't vary; {@code IOTA} parameters in it stand for their start
 */
record Affine(int stride, Expr rest) {

    /** {@code e} in this form, or null if it isn't, or if a part of {@code rest} could throw. */
    static @Nullable Affine of(Expr e, NodeMap<Boolean> varies, Nodes nodes) {
        if (!varies.get(e)) {
            return nodes.isPure(e) ? new Affine(0, e) : null;
        }
        return switch (e) {
            case Expr.Parameter p -> new Affine(1, p);
            case Expr.Unary(UnaryOp op, Expr x)
            when op == UnaryOp.NEGATE -> times(of(x, varies, nodes), nodes.constant(-1), nodes);
            case Expr.Binary(BinaryOp op, Expr a, Expr b) ->
                switch (op) {
                    case ADD, SUB -> sum(op, of(a, varies, nodes), of(b, varies, nodes), nodes);
                    case MUL ->
                        b instanceof Expr.Constant
                                ? times(of(a, varies, nodes), b, nodes)
                                : times(of(b, varies, nodes), a, nodes);
                    default -> null;
                };
            default -> null;
        };
    }

    /**
     * Whether {@code e} is pieces of such forms, as an index clamped to a range is: most vectors along the row lie within one
     * piece.
     */
    static boolean inPieces(Expr e, NodeMap<Boolean> varies) {
        if (!varies.get(e)) {
            return true;
        }
        return switch (e) {
            case Expr.Parameter _ -> true;
            case Expr.Unary(UnaryOp op, Expr x) -> (op == UnaryOp.NEGATE || op == UnaryOp.ABS) && inPieces(x, varies);
            case Expr.Binary(BinaryOp op, Expr a, Expr b) ->
                switch (op) {
                    case ADD, SUB, MIN, MAX -> inPieces(a, varies) && inPieces(b, varies);
                    default -> false;
                };
            default -> false;
        };
    }

    private static @Nullable Affine sum(BinaryOp op, @Nullable Affine a, @Nullable Affine b, Nodes nodes) {
        if (a == null || b == null) {
            return null;
        }
        int stride = op == BinaryOp.ADD ? a.stride + b.stride : a.stride - b.stride;
        return new Affine(stride, nodes.binary(op, a.rest, b.rest));
    }

    private static @Nullable Affine times(@Nullable Affine a, Expr factor, Nodes nodes) {
        if (a == null || !(factor instanceof Expr.Constant(Type _, Object value))) {
            return null;
        }
        return new Affine(a.stride * (Integer) value, nodes.binary(BinaryOp.MUL, a.rest, factor));
    }
}
