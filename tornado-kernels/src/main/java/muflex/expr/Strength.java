package muflex.expr;

import java.util.List;

/** Replaces what vectors are slow at: division by powers of two, powers with a small whole exponent, tanh of a quotient. */
final class Strength {
    private static final int MOST_FACTORS = 4;

    private final Nodes nodes;

    private Strength(Nodes nodes) {
        this.nodes = nodes;
    }

    /** {@code roots} for the vector form. Ints are exact; a power is within 2 ulps of that of {@link Math}; tanh of a
     * quotient by captured and constant values x within 2 ulps more than tanh, and exp(−2|x|), as in its derivative, within 2 + 4|x|, as long
     * as that quotient's divisor c and 1 / c are normal. */
    static List<Expr> reduce(List<Expr> roots, Nodes nodes) {
        Strength strength = new Strength(nodes);
        NodeMap<Expr> reduced = new NodeMap<>();
        for (Expr e : Dag.order(roots)) {
            reduced.put(e, strength.reduce(nodes.make(Nodes.rebuild(e, reduced))));
        }
        return roots.stream().map(reduced::get).toList();
    }

    private Expr reduce(Expr e) {
        if (e instanceof Expr.Unary(UnaryOp op, Expr x) && op == UnaryOp.TANH) {
            return nodes.unary(op, byReciprocal(x));
        }
        Expr ofTanh = Derivative.argumentOfTanh(e);
        if (ofTanh != null) {
            return Derivative.exponential(byReciprocal(ofTanh), nodes);
        }
        if (!(e instanceof Expr.Binary(BinaryOp op, Expr a, Expr b))
                || !(b instanceof Expr.Constant(Type _, Object c))) {
            return e;
        }
        if (op == BinaryOp.POW) {
            return power(e, a, ((Number) c).doubleValue());
        }
        boolean divides = (op == BinaryOp.DIV || op == BinaryOp.REM) && c instanceof Integer;
        return divides && Integer.bitCount((Integer) c) == 1 && (Integer) c > 1 ? quotient(op, a, (Integer) c) : e;
    }

    /** x / c as x · (1 / c), c the same everywhere. tanh makes no relative error larger, so it is off by as much more. */
    private Expr byReciprocal(Expr e) {
        return switch (e) {
            case Expr.Cast(Type type, Expr x)
            when type == Type.DOUBLE && x.type() == Type.FLOAT -> nodes.cast(type, byReciprocal(x));
            case Expr.Binary(BinaryOp op, Expr x, Expr c)
            when op == BinaryOp.DIV && nodes.isFixed(c) ->
                nodes.binary(
                        BinaryOp.MUL,
                        x,
                        nodes.binary(BinaryOp.DIV, nodes.constant(c.type(), Fold.cast(c.type(), 1)), c));
            default -> e;
        };
    }

    private Expr power(Expr e, Expr x, double exponent) {
        if (exponent < 2 || exponent > MOST_FACTORS || exponent != Math.rint(exponent)) {
            return e;
        }
        Expr product = x;
        for (int n = 1; n < exponent; n++) {
            product = nodes.binary(BinaryOp.MUL, product, x);
        }
        return product;
    }

    /** Shifts, the sign bit making them round towards 0: (x + (x >> 31 >>> 32 − k)) >> k. */
    private Expr quotient(BinaryOp op, Expr x, int divisor) {
        int k = Integer.numberOfTrailingZeros(divisor);
        Expr sign = nodes.binary(BinaryOp.SHIFT_RIGHT, x, nodes.constant(31));
        Expr bias = nodes.binary(BinaryOp.UNSIGNED_SHIFT_RIGHT, sign, nodes.constant(32 - k));
        Expr biased = nodes.binary(BinaryOp.ADD, x, bias);
        return op == BinaryOp.DIV
                ? nodes.binary(BinaryOp.SHIFT_RIGHT, biased, nodes.constant(k))
                : nodes.binary(BinaryOp.SUB, x, nodes.binary(BinaryOp.AND, biased, nodes.constant(-divisor)));
    }
}
