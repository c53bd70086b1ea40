package muflex.expr;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An integer as constant + Σ coefficient · term, where the terms are nodes that are no sums themselves. What
 * occurs on both sides of a comparison cancels, which bounds of the sides alone can't see.
 */
final class LinearForm {
    /** Coefficients beyond this are not kept: sums of products with 32-bit terms must be longs. */
    private static final long LIMIT = 1L << 24;

    private static final int MAX_TERMS = 64;

    /** By the term's number. */
    private final Map<Integer, Long> coefficients = new LinkedHashMap<>();

    private long constant;
    private int occurrences;

    private LinearForm() {}

    /** a − b of two ints, or null if bounds of a and b alone say as much. */
    static @Nullable LinearForm difference(Expr a, Expr b, NodeMap<Integer> numbers) {
        LinearForm form = new LinearForm();
        if (a.type() != Type.INT || !form.add(a, 1, numbers) || !form.add(b, -1, numbers)) {
            return null;
        }
        form.coefficients.values().removeIf(c -> c == 0);
        return form.occurrences > form.coefficients.size() ? form : null;
    }

    private boolean add(Expr e, long factor, NodeMap<Integer> numbers) {
        if (Math.abs(factor) > LIMIT || occurrences > MAX_TERMS) {
            return false;
        }
        return switch (e) {
            case Expr.Constant(Type _, Object value) -> {
                constant += factor * (Integer) value;
                yield true;
            }
            case Expr.Unary(UnaryOp op, Expr x) when op == UnaryOp.NEGATE -> add(x, -factor, numbers);
            case Expr.Binary(BinaryOp op, Expr x, Expr y)
            when op == BinaryOp.ADD || op == BinaryOp.SUB ->
                add(x, factor, numbers) && add(y, op == BinaryOp.ADD ? factor : -factor, numbers);
            case Expr.Binary(BinaryOp op, Expr x, Expr y)
            when op == BinaryOp.MUL && y instanceof Expr.Constant(Type _, Object value) ->
                add(x, factor * (Integer) value, numbers);
            default -> {
                occurrences++;
                coefficients.merge(numbers.get(e), factor, Long::sum);
                yield true;
            }
        };
    }

    /** {@code form op 0} as bounds of a boolean; a and b of {@link #difference} were computed without wrapping. */
    void compare(Bounds at, int node, Comparison op) {
        long low = constant;
        long high = constant;
        for (Map.Entry<Integer, Long> term : coefficients.entrySet()) {
            long c = term.getValue();
            long atLow = c * at.low[term.getKey()];
            long atHigh = c * at.high[term.getKey()];
            low += Math.min(atLow, atHigh);
            high += Math.max(atLow, atHigh);
        }
        compare(at, node, op, low, high, 0, 0);
    }

    /** a op b of integers within bounds, as bounds of a boolean. */
    static void compare(Bounds at, int node, Comparison op, long al, long ah, long bl, long bh) {
        switch (op) {
            case LT -> at.setTruth(node, ah < bl, al >= bh);
            case LE -> at.setTruth(node, ah <= bl, al > bh);
            case GT -> at.setTruth(node, al > bh, ah <= bl);
            case GE -> at.setTruth(node, al >= bh, ah < bl);
            case EQ -> at.setTruth(node, al == ah && bl == bh && al == bl, ah < bl || al > bh);
            case NE -> at.setTruth(node, ah < bl || al > bh, al == ah && bl == bh && al == bl);
        }
    }
}
