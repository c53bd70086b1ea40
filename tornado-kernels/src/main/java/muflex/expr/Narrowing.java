package muflex.expr;

import java.util.List;

/**
 * Whether doubles may be computed as floats, in lanes of half the size: where that costs no more than a few roundings,
 * as in {@code (float) (20 * Math.tanh(s / 20))}. Not where sums may cancel, where a value may leave float's range
 * though the result doesn't ({@code 1 / (1 + Math.exp(-s))}), or where it decides something.
 */
public final class Narrowing {
    /** What floats and ints of the lambda are taken to be below: no score comes near. */
    private static final double MODERATE = 0x1p48;

    /** Float's range, with room for rounding. */
    private static final double MOST = 1e38;

    private static final double LEAST = 1e-30;

    private final NodeMap<Integer> numbers = new NodeMap<>();
    private final Bounds at;

    private Narrowing(int nodes) {
        at = new Bounds(nodes);
    }

    /** Of all doubles below {@code roots}, those that are the same everywhere among them. */
    public static boolean isHarmless(List<? extends Expr> roots) {
        List<Expr> order = Dag.order(roots);
        NodeMap<Boolean> varies = new NodeMap<>();
        order.forEach(e -> varies.put(e, true));
        return isHarmless(order, varies);
    }

    /** Of all doubles of {@code order} that vary; true if there are none. */
    static boolean isHarmless(List<Expr> order, NodeMap<Boolean> varies) {
        Narrowing narrowing = new Narrowing(order.size());
        for (Expr e : order) {
            int i = narrowing.numbers.size();
            narrowing.numbers.put(e, i);
            narrowing.bound(e, i);
            if (varies.get(e) && !narrowing.isHarmless(e, i)) {
                return false;
            }
        }
        return true;
    }

    private boolean isHarmless(Expr e, int i) {
        boolean decides = e instanceof Expr.Compare c && c.a().type() == Type.DOUBLE
                || e instanceof Expr.Cast(Type to, Expr x) && to == Type.INT && x.type() == Type.DOUBLE;
        if (e.type() != Type.DOUBLE) {
            return !decides;
        }
        boolean smooth = switch (e) {
            case Expr.Cast _, Expr.Select _ -> true;
            case Expr.Unary u ->
                switch (u.op()) {
                    case NEGATE, ABS, SQRT, EXP, TANH -> true;
                    default -> false;
                };
            case Expr.Binary b -> b.op() == BinaryOp.MUL || b.op() == BinaryOp.DIV || addsAlike(b);
            default -> false;
        };
        return smooth
                && at.floor[i] >= -MOST
                && at.ceiling[i] <= MOST
                && e.operands().stream().allMatch(Narrowing::fits);
    }

    /** Whether it is a sum of what is never negative: that doesn't cancel. */
    private boolean addsAlike(Expr.Binary e) {
        return e.op() == BinaryOp.ADD && at.floor[numbers.get(e.a())] >= 0 && at.floor[numbers.get(e.b())] >= 0;
    }

    /** A constant that is no float, not even nearly, would be 0 or ∞. */
    private static boolean fits(Expr operand) {
        return !(operand instanceof Expr.Constant(Type type, Object value))
                || type != Type.DOUBLE
                || Math.abs((Double) value) >= LEAST && Math.abs((Double) value) <= MOST;
    }

    private void bound(Expr e, int i) {
        switch (e) {
            case Expr.Constant(Type type, Object value)
            when type.isFloating() -> {
                double x = ((Number) value).doubleValue();
                at.setFloat(i, x, x, false);
            }
            case Expr.Unary(UnaryOp op, Expr x)
            when e.type().isFloating() -> FloatBounds.unary(at, i, op, Type.DOUBLE, numbers.get(x));
            case Expr.Binary(BinaryOp op, Expr a, Expr b)
            when e.type().isFloating() -> FloatBounds.binary(at, i, op, Type.DOUBLE, numbers.get(a), numbers.get(b));
            case Expr.Select(Expr _, Expr a, Expr b)
            when e.type().isFloating() -> {
                int x = numbers.get(a);
                int y = numbers.get(b);
                at.setFloat(i, Math.min(at.floor[x], at.floor[y]), Math.max(at.ceiling[x], at.ceiling[y]), false);
            }
            case Expr.Cast(Type _, Expr x)
            when e.type().isFloating() && x.type().isFloating() -> {
                int y = numbers.get(x);
                at.setFloat(i, at.floor[y], at.ceiling[y], at.nan[y]);
            }
            default -> at.setFloat(i, -MODERATE, MODERATE, false);
        }
        if (e.type() == Type.FLOAT) {
            at.setFloat(i, Math.max(at.floor[i], -MODERATE), Math.min(at.ceiling[i], MODERATE), false);
        }
    }
}
