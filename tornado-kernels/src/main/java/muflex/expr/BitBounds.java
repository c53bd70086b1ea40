package muflex.expr;

/** What bit operations and shifts do to bounds. */
final class BitBounds {
    private BitBounds() {}

    static void logical(Bounds at, int node, BinaryOp op, Type type, int a, int b) {
        if (at.isSingle(a) && at.isSingle(b)) {
            long value = switch (op) {
                case AND -> at.low[a] & at.low[b];
                case OR -> at.low[a] | at.low[b];
                default -> at.low[a] ^ at.low[b];
            };
            at.set(node, value, value);
            return;
        }
        switch (op) {
            case AND -> and(at, node, type, a, b);
            case OR -> {
                if (at.low[a] >= 0 && at.low[b] >= 0) {
                    at.set(node, Math.max(at.low[a], at.low[b]), ones(at.high[a] | at.high[b]));
                } else {
                    at.setAny(node, type);
                }
            }
            default -> {
                if (at.isSingle(b) && at.low[b] == -1) {
                    at.set(node, ~at.high[a], ~at.low[a]);
                } else if (at.low[a] >= 0 && at.low[b] >= 0) {
                    at.set(node, 0, ones(at.high[a] | at.high[b]));
                } else {
                    at.setAny(node, type);
                }
            }
        }
    }

    /** The least 2ⁿ − 1 that is at least {@code x} ≥ 0. */
    private static long ones(long x) {
        return x == 0 ? 0 : -1L >>> Long.numberOfLeadingZeros(x);
    }

    private static void and(Bounds at, int node, Type type, int a, int b) {
        long low = at.low[a];
        long high = at.high[a];
        if (at.isSingle(b)) {
            long mask = at.low[b];
            if (mask < 0 && (~mask & (~mask + 1)) == 0) {
                // Clears the lower bits: rounds down to a multiple, so it is monotonic.
                at.set(node, low & mask, high & mask);
                return;
            }
            if (mask >= 0 && (mask & (mask + 1)) == 0 && (low & ~mask) == (high & ~mask)) {
                // Keeps the lower bits, and no carry into the upper ones happens in between.
                at.set(node, low & mask, high & mask);
                return;
            }
        }
        if (low >= 0 && at.low[b] >= 0) {
            at.set(node, 0, Math.min(high, at.high[b]));
        } else if (low >= 0) {
            at.set(node, 0, high);
        } else if (at.low[b] >= 0) {
            at.set(node, 0, at.high[b]);
        } else {
            at.setAny(node, type);
        }
    }

    static void shift(Bounds at, int node, BinaryOp op, Type type, int a, int b) {
        long low = at.low[a];
        long high = at.high[a];
        if (!at.isSingle(b)) {
            boolean shrinks = op != BinaryOp.SHIFT_LEFT && low >= 0;
            if (shrinks) {
                at.set(node, 0, high);
            } else {
                at.setAny(node, type);
            }
            return;
        }
        int distance = (int) at.low[b] & (type == Type.INT ? 31 : 63);
        switch (op) {
            case SHIFT_RIGHT -> at.set(node, low >> distance, high >> distance);
            case UNSIGNED_SHIFT_RIGHT -> {
                if (low >= 0) {
                    at.set(node, low >> distance, high >> distance);
                } else {
                    at.setAny(node, type);
                }
            }
            default -> {
                boolean fits = distance < 31 && low >= -(1L << 31) && high <= 1L << 31;
                if (fits) {
                    at.setWrapping(node, type, low << distance, high << distance);
                    at.exact[node] &= at.exact[a];
                } else {
                    at.setAny(node, type);
                }
            }
        }
    }
}
