package muflex.expr;

import org.jspecify.annotations.Nullable;

/**
 * Simplifications of one node over simplified operands. Each keeps the value bit for bit (but for a NaN's
 * payload), and drops an operand only if evaluating it can't throw.
 */
final class Rules {
    private final Nodes nodes;
    private final CastRules casts;
    private final SelectRules selects;

    Rules(Nodes nodes) {
        this.nodes = nodes;
        this.casts = new CastRules(nodes);
        this.selects = new SelectRules(nodes);
    }

    /** A simpler node of the pool, or null if there is none. */
    @Nullable
    Expr simplify(Expr node) {
        return switch (node) {
            case Expr.Unary u -> unary(u.op(), u.x());
            case Expr.Binary b -> binary(b.op(), b.a(), b.b());
            case Expr.Fma(Expr a, Expr b, Expr c) -> fma(a, b, c);
            case Expr.Compare c -> compare(c.op(), c.a(), c.b());
            case Expr.Select s -> selects.simplify(s.condition(), s.then(), s.otherwise());
            case Expr.Cast(Type type, Expr x) -> casts.simplify(type, x);
            default -> null;
        };
    }

    private @Nullable Expr unary(UnaryOp op, Expr x) {
        if (x instanceof Expr.Constant(Type type, Object value)) {
            return nodes.constant(type, Fold.unary(op, value));
        }
        return switch (op) {
            case NEGATE -> negate(x);
            case NOT -> not(x);
            case ABS ->
                switch (x) {
                    case Expr.Unary(UnaryOp inner, Expr y) when inner == UnaryOp.NEGATE -> nodes.unary(op, y);
                    case Expr.Unary(UnaryOp inner, Expr _) when inner == UnaryOp.ABS -> x;
                    default -> casts.inFloat(op, x);
                };
            case FLOOR, CEIL, RINT -> isWhole(x) ? x : casts.inFloat(op, x);
            case SIGNUM -> casts.inFloat(op, x);
            default -> null;
        };
    }

    private @Nullable Expr negate(Expr x) {
        return switch (x) {
            case Expr.Unary(UnaryOp inner, Expr y) when inner == UnaryOp.NEGATE -> y;
            case Expr.Binary(BinaryOp op, Expr a, Expr b)
            when op == BinaryOp.SUB && x.type().isInteger() -> nodes.binary(op, b, a);
            default -> casts.inFloat(UnaryOp.NEGATE, x);
        };
    }

    private @Nullable Expr not(Expr x) {
        return switch (x) {
            case Expr.Unary(UnaryOp _, Expr y) -> y;
            case Expr.Compare(Comparison op, Expr a, Expr b)
            when a.type().isInteger() || op == Comparison.EQ || op == Comparison.NE ->
                nodes.compare(op.negated(), a, b);
            default -> null;
        };
    }

    private static boolean isWhole(Expr x) {
        return x instanceof Expr.Cast(Type _, Expr from) && from.type().isInteger();
    }

    private @Nullable Expr binary(BinaryOp op, Expr a, Expr b) {
        if (a instanceof Expr.Constant(Type type, Object x) && b instanceof Expr.Constant(Type _, Object y)) {
            Object value = Fold.binary(op, x, y);
            return value == null ? null : nodes.constant(type, value);
        }
        if (a instanceof Expr.Constant && isCommutative(op)) {
            return nodes.binary(op, b, a);
        }
        return switch (a.type()) {
            case FLOAT, DOUBLE -> floating(op, a, b);
            case INT, LONG -> integer(op, a, b);
            case BOOLEAN -> selects.logical(op, a, b);
        };
    }

    private static boolean isCommutative(BinaryOp op) {
        return switch (op) {
            case ADD, MUL, MIN, MAX, AND, OR, XOR -> true;
            default -> false;
        };
    }

    private @Nullable Expr floating(BinaryOp op, Expr a, Expr b) {
        Object c = b instanceof Expr.Constant(Type _, Object value) ? value : false;
        return switch (op) {
            case ADD ->
                isFloat(c, -0.0)
                        ? a
                        : b instanceof Expr.Unary(UnaryOp u, Expr y) && u == UnaryOp.NEGATE
                                ? nodes.binary(BinaryOp.SUB, a, y)
                                : null;
            case SUB ->
                isFloat(c, 0.0)
                        ? a
                        : b instanceof Expr.Unary(UnaryOp u, Expr y) && u == UnaryOp.NEGATE
                                ? nodes.binary(BinaryOp.ADD, a, y)
                                : null;
            case MUL -> isFloat(c, 1.0) ? a : isFloat(c, -1.0) ? nodes.unary(UnaryOp.NEGATE, a) : null;
            case DIV -> isFloat(c, 1.0) ? a : byPowerOfTwo(a, c);
            case MIN, MAX -> Nodes.same(a, b) ? a : casts.inFloat(op, a, b);
            default -> null;
        };
    }

    private static boolean isFloat(Object constant, double value) {
        return constant instanceof Float f
                ? Float.compare(f, (float) value) == 0
                : constant instanceof Double d && Double.compare(d, value) == 0;
    }

    /** a / 2ⁿ = a · 2⁻ⁿ exactly, as long as 2⁻ⁿ is a normal number. */
    private @Nullable Expr byPowerOfTwo(Expr a, Object divisor) {
        return switch (divisor) {
            case Float f
            when isPowerOfTwo(f) && Math.abs(Math.getExponent(f)) < Float.MAX_EXPONENT ->
                nodes.binary(BinaryOp.MUL, a, nodes.constant(Type.FLOAT, 1 / f));
            case Double d
            when isPowerOfTwo(d) && Math.abs(Math.getExponent(d)) < Double.MAX_EXPONENT ->
                nodes.binary(BinaryOp.MUL, a, nodes.constant(Type.DOUBLE, 1 / d));
            default -> null;
        };
    }

    private static boolean isPowerOfTwo(double x) {
        return Double.isFinite(x) && Math.abs(x) == Math.scalb(1.0, Math.getExponent(x));
    }

    private @Nullable Expr integer(BinaryOp op, Expr a, Expr b) {
        if (b instanceof Expr.Constant(Type _, Object value)) {
            Expr simpler = withConstant(op, a, ((Number) value).longValue(), b);
            if (simpler != null) {
                return simpler;
            }
        }
        if (Nodes.same(a, b)) {
            switch (op) {
                case SUB, XOR -> {
                    return nodes.isPure(a) ? nodes.zero(a.type()) : null;
                }
                case AND, OR, MIN, MAX -> {
                    return a;
                }
                default -> {}
            }
        }
        return switch (op) {
            case ADD ->
                b instanceof Expr.Unary(UnaryOp _, Expr y) && isNegation(b) ? nodes.binary(BinaryOp.SUB, a, y) : null;
            case SUB ->
                b instanceof Expr.Unary(UnaryOp _, Expr y) && isNegation(b) ? nodes.binary(BinaryOp.ADD, a, y) : null;
            case AND, OR, XOR -> selects.ofTruths(op, a, b);
            default -> null;
        };
    }

    private static boolean isNegation(Expr e) {
        return e instanceof Expr.Unary(UnaryOp op, Expr _) && op == UnaryOp.NEGATE;
    }

    private @Nullable Expr withConstant(BinaryOp op, Expr a, long c, Expr b) {
        return switch (op) {
            case ADD -> c == 0 ? a : plusConstant(a, b);
            case SUB -> nodes.binary(BinaryOp.ADD, a, nodes.unary(UnaryOp.NEGATE, b));
            case MUL -> c == 1 ? a : c == 0 ? zeroIfPure(a) : c == -1 ? nodes.unary(UnaryOp.NEGATE, a) : null;
            case DIV -> c == 1 ? a : null;
            case REM -> c == 1 ? zeroIfPure(a) : null;
            case FLOOR_DIV -> {
                boolean shifts = c > 0 && Long.bitCount(c) == 1;
                yield shifts
                        ? nodes.binary(BinaryOp.SHIFT_RIGHT, a, nodes.constant(Long.numberOfTrailingZeros(c)))
                        : null;
            }
            case FLOOR_MOD -> {
                boolean masks = c > 0 && Long.bitCount(c) == 1;
                yield masks ? nodes.binary(BinaryOp.AND, a, nodes.constant(b.type(), lessOne(b.type(), c))) : null;
            }
            case AND -> c == -1 ? a : c == 0 ? zeroIfPure(a) : null;
            case OR, XOR -> c == 0 ? a : null;
            case SHIFT_LEFT, SHIFT_RIGHT, UNSIGNED_SHIFT_RIGHT ->
                (c & (a.type() == Type.INT ? 31 : 63)) == 0 ? a : null;
            default -> null;
        };
    }

    private static Object lessOne(Type type, long c) {
        return type == Type.INT ? (Object) (int) (c - 1) : (Object) (c - 1);
    }

    private @Nullable Expr zeroIfPure(Expr a) {
        return nodes.isPure(a) ? nodes.zero(a.type()) : null;
    }

    /** (x + c₁) + c₂ = x + (c₁ + c₂), wrapping. */
    private @Nullable Expr plusConstant(Expr a, Expr c) {
        return a instanceof Expr.Binary(BinaryOp op, Expr x, Expr d) && op == BinaryOp.ADD && d instanceof Expr.Constant
                ? nodes.binary(op, x, nodes.binary(op, d, c))
                : null;
    }

    private @Nullable Expr fma(Expr a, Expr b, Expr c) {
        return a instanceof Expr.Constant(Type type, Object x)
                        && b instanceof Expr.Constant(Type _, Object y)
                        && c instanceof Expr.Constant(Type _, Object z)
                ? nodes.constant(type, Fold.fma(x, y, z))
                : null;
    }

    private @Nullable Expr compare(Comparison op, Expr a, Expr b) {
        if (a instanceof Expr.Constant(Type _, Object x)) {
            return b instanceof Expr.Constant(Type _, Object y)
                    ? nodes.constant(Fold.compare(op, x, y))
                    : nodes.compare(op.mirrored(), b, a);
        }
        if (Nodes.same(a, b) && a.type().isInteger() && nodes.isPure(a)) {
            return nodes.constant(op == Comparison.EQ || op == Comparison.LE || op == Comparison.GE);
        }
        if (b instanceof Expr.Constant(Type _, Object c)) {
            if (a instanceof Expr.Cast(Type type, Expr truth) && truth.type() == Type.BOOLEAN) {
                return selects.truthAgainst(op, truth, Fold.cast(type, true), Fold.cast(type, false), c);
            }
            // A difference is zero exactly where its operands are equal, even if it wraps.
            if ((op == Comparison.EQ || op == Comparison.NE)
                    && a instanceof Expr.Binary(BinaryOp inner, Expr x, Expr y)
                    && inner == BinaryOp.SUB
                    && a.type().isInteger()
                    && ((Number) c).longValue() == 0) {
                return nodes.compare(op, x, y);
            }
        }
        return casts.comparison(op, a, b);
    }
}
