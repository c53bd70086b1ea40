package muflex.expr;

/**
 * What floating-point operations do to bounds. Rounding is monotonic, so the bounds of a monotonic operation are
 * what Java computes of the bounds; and of {@link Math}'s functions exp, expm1, log, log1p, tanh and sqrt are
 * specified to be semi-monotonic.
 */
final class FloatBounds {
    private FloatBounds() {}

    private static double round(Type type, double x) {
        return type == Type.FLOAT ? (float) x : x;
    }

    private static boolean isInfinite(Bounds at, int x) {
        return Double.isInfinite(at.floor[x]) || Double.isInfinite(at.ceiling[x]);
    }

    private static boolean hasZero(Bounds at, int x) {
        return at.floor[x] <= 0 && at.ceiling[x] >= 0;
    }

    private static void setRounded(Bounds at, int node, Type type, double from, double to, boolean nan) {
        at.setFloat(node, round(type, from), round(type, to), nan);
    }

    static void unary(Bounds at, int node, UnaryOp op, Type type, int x) {
        double low = at.floor[x];
        double high = at.ceiling[x];
        boolean nan = at.nan[x];
        switch (op) {
            case NEGATE -> at.setFloat(node, -high, -low, nan);
            case ABS -> at.setFloat(node, low > 0 ? low : high < 0 ? -high : 0, Math.max(-low, high), nan);
            case SIN, COS -> at.setFloat(node, -1, 1, nan || isInfinite(at, x));
            case TAN -> at.setAny(node, type);
            case SQRT ->
                setRounded(at, node, type, Math.sqrt(Math.max(low, 0)), Math.sqrt(Math.max(high, 0)), nan || low < 0);
            case LOG ->
                setRounded(at, node, type, Math.log(Math.max(low, 0)), Math.log(Math.max(high, 0)), nan || low < 0);
            case LOG1P ->
                setRounded(
                        at, node, type, Math.log1p(Math.max(low, -1)), Math.log1p(Math.max(high, -1)), nan || low < -1);
            default -> setRounded(at, node, type, monotonic(op, low), monotonic(op, high), nan);
        }
    }

    private static double monotonic(UnaryOp op, double x) {
        return (Double) Fold.unary(op, x);
    }

    static void binary(Bounds at, int node, BinaryOp op, Type type, int a, int b) {
        boolean nan = at.nan[a] || at.nan[b];
        double al = at.floor[a];
        double ah = at.ceiling[a];
        double bl = at.floor[b];
        double bh = at.ceiling[b];
        switch (op) {
            case ADD -> setRounded(at, node, type, al + bl, ah + bh, nan || isInfinite(at, a) && isInfinite(at, b));
            case SUB -> setRounded(at, node, type, al - bh, ah - bl, nan || isInfinite(at, a) && isInfinite(at, b));
            case MUL -> {
                boolean zeroTimesInfinity = hasZero(at, a) && isInfinite(at, b) || hasZero(at, b) && isInfinite(at, a);
                corners(at, node, type, al * bl, al * bh, ah * bl, ah * bh, nan || zeroTimesInfinity);
            }
            case DIV -> {
                if (hasZero(at, b)) {
                    at.setAny(node, type);
                } else {
                    corners(
                            at,
                            node,
                            type,
                            al / bl,
                            al / bh,
                            ah / bl,
                            ah / bh,
                            nan || isInfinite(at, a) && isInfinite(at, b));
                }
            }
            case MIN -> at.setFloat(node, Math.min(al, bl), Math.min(ah, bh), nan);
            case MAX -> at.setFloat(node, Math.max(al, bl), Math.max(ah, bh), nan);
            case POW -> {
                if (al == ah && bl == bh && !nan) {
                    double value = round(type, Math.pow(al, bl));
                    at.setFloat(node, value, value, false);
                } else {
                    at.setAny(node, type);
                }
            }
            default -> at.setAny(node, type);
        }
    }

    private static void corners(Bounds at, int node, Type type, double p, double q, double r, double s, boolean nan) {
        double low = Math.min(Math.min(p, q), Math.min(r, s));
        double high = Math.max(Math.max(p, q), Math.max(r, s));
        setRounded(at, node, type, low, high, nan);
    }

    /** a op b of floats, as bounds of a boolean. */
    static void compare(Bounds at, int node, Comparison op, int a, int b) {
        boolean nan = at.nan[a] || at.nan[b];
        double al = at.floor[a];
        double ah = at.ceiling[a];
        double bl = at.floor[b];
        double bh = at.ceiling[b];
        // A NaN makes every comparison false but NE.
        switch (op) {
            case LT -> at.setTruth(node, !nan && ah < bl, al >= bh);
            case LE -> at.setTruth(node, !nan && ah <= bl, al > bh);
            case GT -> at.setTruth(node, !nan && al > bh, ah <= bl);
            case GE -> at.setTruth(node, !nan && al >= bh, ah < bl);
            case EQ -> at.setTruth(node, !nan && al == ah && bl == bh && al == bl, ah < bl || al > bh);
            case NE -> at.setTruth(node, ah < bl || al > bh, !nan && al == ah && bl == bh && al == bl);
        }
    }
}
