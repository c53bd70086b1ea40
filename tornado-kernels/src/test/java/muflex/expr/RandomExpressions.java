package muflex.expr;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Random expressions over float x (parameter 0) and ints i, j, k (1, 2, 3), with captures of every kind. Ints i
 * and j are below {@link #LENGTH}, so some reads by them need no guard.
 */
final class RandomExpressions {
    static final int LENGTH = 40;
    static final Expr.Parameter X = new Expr.Parameter(Type.FLOAT, 0, "x");
    static final Expr.Parameter I = new Expr.Parameter(Type.INT, 1, "i");
    static final Expr.Parameter J = new Expr.Parameter(Type.INT, 2, "j");
    static final Expr.Parameter K = new Expr.Parameter(Type.INT, 3, "k");
    static final List<Expr.Parameter> PARAMETERS = List.of(X, I, J, K);

    private static final UnaryOp[] EXACT = {UnaryOp.NEGATE, UnaryOp.ABS, UnaryOp.FLOOR, UnaryOp.CEIL, UnaryOp.SQRT};
    private static final UnaryOp[] APPROXIMATE = {
        UnaryOp.EXP, UnaryOp.LOG, UnaryOp.TANH, UnaryOp.SIN, UnaryOp.COS, UnaryOp.EXPM1, UnaryOp.LOG1P
    };
    private static final BinaryOp[] FLOAT_OPS = {
        BinaryOp.ADD, BinaryOp.SUB, BinaryOp.MUL, BinaryOp.DIV, BinaryOp.MIN, BinaryOp.MAX
    };
    private static final BinaryOp[] INT_OPS = {
        BinaryOp.ADD,
        BinaryOp.SUB,
        BinaryOp.SUB,
        BinaryOp.MUL,
        BinaryOp.MIN,
        BinaryOp.MAX,
        BinaryOp.AND,
        BinaryOp.OR,
        BinaryOp.XOR,
        BinaryOp.SHIFT_LEFT,
        BinaryOp.SHIFT_RIGHT,
        BinaryOp.UNSIGNED_SHIFT_RIGHT,
        BinaryOp.DIV,
        BinaryOp.REM,
        BinaryOp.FLOOR_DIV,
        BinaryOp.FLOOR_MOD
    };
    private static final BinaryOp[] TRUTH_OPS = {BinaryOp.AND, BinaryOp.OR, BinaryOp.XOR};

    private final Random random;
    private final boolean approximate;
    private final boolean wide;
    private final List<UnaryOp> functions = new ArrayList<>(List.of(APPROXIMATE));
    private boolean zeros = true;
    private boolean longs = true;
    private final List<Expr> made = new ArrayList<>();
    private final List<Object> captures = new ArrayList<>();

    /** With or without functions that are only approximate in Java too, and doubles and longs. */
    RandomExpressions(long seed, boolean approximate, boolean wide) {
        this.random = new Random(seed);
        this.approximate = approximate;
        this.wide = wide;
        float[] floats = new float[LENGTH];
        int[] ints = new int[LENGTH];
        byte[] bytes = new byte[LENGTH];
        float[][] rows = new float[LENGTH][LENGTH];
        for (int n = 0; n < LENGTH; n++) {
            floats[n] = (float) random.nextGaussian();
            ints[n] = random.nextInt(LENGTH);
            bytes[n] = (byte) random.nextInt();
            for (int m = 0; m < LENGTH; m++) {
                rows[n][m] = n - 0.5f * m;
            }
        }
        captures.addAll(List.of(floats, ints, bytes, rows, 1.75f, 3, true));
    }

    /** From now on without operations whose vector form may give a zero the other sign. */
    RandomExpressions withoutSignedZeros() {
        zeros = false;
        return this;
    }

    /** From now on without longs. */
    RandomExpressions withoutLongs() {
        longs = false;
        return this;
    }

    /** From now on without that function. */
    RandomExpressions without(UnaryOp function) {
        functions.remove(function);
        return this;
    }

    List<Object> captures() {
        return captures;
    }

    /** An expression of that type; parts made before are used again now and then. */
    Expr next(Type type, int depth) {
        if (random.nextInt(8) == 0) {
            List<Expr> same = made.stream().filter(e -> e.type() == type).toList();
            if (!same.isEmpty()) {
                return same.get(random.nextInt(same.size()));
            }
        }
        Expr e = depth == 0 ? leaf(type) : node(type, depth - 1);
        made.add(e);
        return e;
    }

    private UnaryOp function() {
        return functions.get(random.nextInt(functions.size()));
    }

    private <T> T pick(T[] from) {
        return from[random.nextInt(from.length)];
    }

    private Expr leaf(Type type) {
        return switch (type) {
            case FLOAT ->
                switch (random.nextInt(3)) {
                    case 0 -> X;
                    case 1 -> new Expr.Captured(type, 4);
                    default -> Expr.Constant.of(random.nextInt(9) * 0.5f - 2);
                };
            case INT ->
                switch (random.nextInt(5)) {
                    case 0 -> I;
                    case 1, 2 -> J;
                    case 3 -> random.nextInt(4) == 0 ? new Expr.Captured(type, 5) : K;
                    default -> Expr.Constant.of(random.nextInt(20) - 5);
                };
            case BOOLEAN ->
                random.nextInt(4) == 0
                        ? new Expr.Captured(type, 6)
                        : new Expr.Compare(pick(Comparison.values()), leaf(Type.INT), leaf(Type.INT));
            case DOUBLE, LONG -> new Expr.Cast(type, leaf(type == Type.DOUBLE ? Type.FLOAT : Type.INT));
        };
    }

    private Expr node(Type type, int depth) {
        if (random.nextInt(6) == 0) {
            return new Expr.Select(next(Type.BOOLEAN, depth), next(type, depth), next(type, depth));
        }
        return switch (type) {
            case FLOAT, DOUBLE -> floating(type, depth);
            case INT, LONG -> integer(type, depth);
            case BOOLEAN -> truth(depth);
        };
    }

    private Expr floating(Type type, int depth) {
        return switch (random.nextInt(8)) {
            case 0 -> new Expr.Unary(approximate ? function() : zeros ? pick(EXACT) : UnaryOp.SQRT, next(type, depth));
            case 1 -> new Expr.Unary(zeros ? pick(EXACT) : UnaryOp.ABS, next(type, depth));
            case 2 -> type == Type.FLOAT ? read(depth) : new Expr.Cast(type, next(Type.FLOAT, depth));
            case 3 -> new Expr.Cast(type, next(wide && type == Type.FLOAT ? Type.DOUBLE : Type.INT, depth));
            case 4 -> new Expr.Fma(next(type, depth), next(type, depth), next(type, depth));
            default -> new Expr.Binary(FLOAT_OPS[random.nextInt(zeros ? 6 : 4)], next(type, depth), next(type, depth));
        };
    }

    private Expr read(int depth) {
        return switch (random.nextInt(5)) {
            case 0 -> new Expr.Read(Storage.FLOATS, 0, null, J);
            case 1 ->
                new Expr.Read(Storage.FLOATS, 0, null, new Expr.Binary(BinaryOp.SUB, Expr.Constant.of(LENGTH - 1), J));
            case 2 -> new Expr.Read(Storage.FLOAT_ROWS, 3, I, J);
            case 3 -> new Expr.Read(Storage.FLOATS, 0, null, I);
            default -> guarded(Storage.FLOATS, 0, depth);
        };
    }

    /** A read at any index, if it is in range. */
    private Expr guarded(Storage storage, int slot, int depth) {
        Expr index = next(Type.INT, depth);
        Expr inside = new Expr.Binary(
                BinaryOp.AND,
                new Expr.Compare(Comparison.GE, index, Expr.Constant.of(0)),
                new Expr.Compare(Comparison.LT, index, Expr.Constant.of(LENGTH)));
        Expr read = new Expr.Read(storage, slot, null, index);
        return new Expr.Select(inside, read, next(storage.element(), 0));
    }

    private Expr integer(Type type, int depth) {
        return switch (random.nextInt(8)) {
            case 0 -> new Expr.Unary(random.nextBoolean() ? UnaryOp.NEGATE : UnaryOp.ABS, next(type, depth));
            case 1 ->
                type == Type.INT
                        ? random.nextBoolean() ? guarded(Storage.INTS, 1, depth) : guarded(Storage.BYTES, 2, depth)
                        : new Expr.Cast(type, next(Type.INT, depth));
            case 2 ->
                type == Type.INT ? new Expr.Read(Storage.INTS, 1, null, J) : new Expr.Cast(type, next(Type.INT, depth));
            case 3 -> new Expr.Cast(type, next(wide && longs && type == Type.INT ? Type.LONG : Type.FLOAT, depth));
            default -> operation(type, depth);
        };
    }

    private Expr operation(Type type, int depth) {
        BinaryOp op = pick(INT_OPS);
        Expr a = next(type, depth);
        Expr b = next(op.isShift() ? Type.INT : type, depth);
        if (!op.isDivision()) {
            return new Expr.Binary(op, a, b);
        }
        Expr zero = new Expr.Constant(type, type.zero());
        return new Expr.Select(new Expr.Compare(Comparison.EQ, b, zero), a, new Expr.Binary(op, a, b));
    }

    private Expr truth(int depth) {
        return switch (random.nextInt(5)) {
            case 0 -> new Expr.Unary(UnaryOp.NOT, next(Type.BOOLEAN, depth));
            case 1 -> new Expr.Binary(pick(TRUTH_OPS), next(Type.BOOLEAN, depth), next(Type.BOOLEAN, depth));
            case 2 -> new Expr.Compare(pick(Comparison.values()), next(Type.FLOAT, depth), next(Type.FLOAT, depth));
            default -> new Expr.Compare(pick(Comparison.values()), next(Type.INT, depth), next(Type.INT, depth));
        };
    }
}
