package muflex.expr;

/** What integer operations do to bounds. Where a result may wrap around, anything. */
final class IntegerBounds {
    /** Sums of two such numbers are longs; so are products of two numbers half as long. */
    private static final long SUMMABLE = 1L << 62;

    private static final long FACTOR = 1L << 31;

    private IntegerBounds() {}

    static void binary(Bounds at, int node, BinaryOp op, Type type, int a, int b) {
        switch (op) {
            case ADD -> sum(at, node, type, a, at.low[b], at.high[b], at.exact[b]);
            case SUB -> {
                boolean negatable = at.low[b] != Long.MIN_VALUE;
                sum(at, node, type, a, negatable ? -at.high[b] : Long.MIN_VALUE, -at.low[b], at.exact[b] && negatable);
            }
            case MUL -> product(at, node, type, a, b);
            case MIN -> at.set(node, Math.min(at.low[a], at.low[b]), Math.min(at.high[a], at.high[b]));
            case MAX -> at.set(node, Math.max(at.low[a], at.low[b]), Math.max(at.high[a], at.high[b]));
            case DIV, FLOOR_DIV -> quotient(at, node, op, type, a, b);
            case REM -> remainder(at, node, type, a, b);
            case FLOOR_MOD -> modulus(at, node, type, a, b);
            case AND, OR, XOR -> BitBounds.logical(at, node, op, type, a, b);
            case SHIFT_LEFT, SHIFT_RIGHT, UNSIGNED_SHIFT_RIGHT -> BitBounds.shift(at, node, op, type, a, b);
            case POW -> at.setAny(node, type);
        }
    }

    private static boolean isWithin(long limit, long low, long high) {
        return low >= -limit && high <= limit;
    }

    private static void sum(Bounds at, int node, Type type, int a, long low, long high, boolean exact) {
        if (!isWithin(SUMMABLE, at.low[a], at.high[a]) || !isWithin(SUMMABLE, low, high)) {
            at.setAny(node, type);
            return;
        }
        at.setWrapping(node, type, at.low[a] + low, at.high[a] + high);
        at.exact[node] &= at.exact[a] && exact;
    }

    private static void product(Bounds at, int node, Type type, int a, int b) {
        if (!isWithin(FACTOR, at.low[a], at.high[a]) || !isWithin(FACTOR, at.low[b], at.high[b])) {
            at.setAny(node, type);
            return;
        }
        long p = at.low[a] * at.low[b];
        long q = at.low[a] * at.high[b];
        long r = at.high[a] * at.low[b];
        long s = at.high[a] * at.high[b];
        at.setWrapping(node, type, Math.min(Math.min(p, q), Math.min(r, s)), Math.max(Math.max(p, q), Math.max(r, s)));
        at.exact[node] &= at.exact[a] && at.exact[b];
    }

    static void unary(Bounds at, int node, UnaryOp op, Type type, int x) {
        long low = at.low[x];
        long high = at.high[x];
        boolean least = low == (type == Type.INT ? Integer.MIN_VALUE : Long.MIN_VALUE);
        if (least) {
            // The least integer has no positive counterpart.
            at.setAny(node, type);
        } else if (op == UnaryOp.NEGATE) {
            at.set(node, -high, -low);
            at.exact[node] = at.exact[x];
        } else {
            at.set(node, low > 0 ? low : high < 0 ? -high : 0, Math.max(-low, high));
        }
    }

    /** Division is monotonic in each operand as long as the divisor keeps its sign: the extremes are at corners. */
    private static void quotient(Bounds at, int node, BinaryOp op, Type type, int a, int b) {
        long low = Long.MAX_VALUE;
        long high = Long.MIN_VALUE;
        if (at.low[a] == Long.MIN_VALUE) {
            at.setAny(node, type);
            return;
        }
        for (long divisor : new long[] {at.low[b], Math.min(at.high[b], -1), Math.max(at.low[b], 1), at.high[b]}) {
            if (divisor == 0 || divisor < at.low[b] || divisor > at.high[b]) {
                continue;
            }
            for (int end = 0; end < 2; end++) {
                long dividend = end == 0 ? at.low[a] : at.high[a];
                long q = op == BinaryOp.DIV ? dividend / divisor : Math.floorDiv(dividend, divisor);
                low = Math.min(low, q);
                high = Math.max(high, q);
            }
        }
        if (low > high) {
            at.setAny(node, type); // divides by zero, always
        } else {
            at.setWrapping(node, type, low, high);
        }
    }

    private static void remainder(Bounds at, int node, Type type, int a, int b) {
        long low = at.low[a];
        long high = at.high[a];
        if (at.isSingle(b) && at.low[b] != 0 && low / at.low[b] == high / at.low[b]) {
            at.set(node, low % at.low[b], high % at.low[b]);
            return;
        }
        if (at.low[b] == Long.MIN_VALUE) {
            at.setAny(node, type);
            return;
        }
        long most = Math.max(Math.max(Math.abs(at.low[b]), Math.abs(at.high[b])) - 1, 0);
        at.set(node, low < 0 ? Math.max(-most, low) : 0, high > 0 ? Math.min(most, high) : 0);
    }

    private static void modulus(Bounds at, int node, Type type, int a, int b) {
        long d = at.low[b];
        if (at.isSingle(b) && d != 0 && Math.floorDiv(at.low[a], d) == Math.floorDiv(at.high[a], d)) {
            long first = Math.floorMod(at.low[a], d);
            long last = Math.floorMod(at.high[a], d);
            at.set(node, Math.min(first, last), Math.max(first, last));
        } else if (at.low[b] == Long.MIN_VALUE) {
            at.setAny(node, type);
        } else {
            at.set(node, Math.min(at.low[b] + 1, 0), Math.max(at.high[b] - 1, 0));
        }
    }
}
