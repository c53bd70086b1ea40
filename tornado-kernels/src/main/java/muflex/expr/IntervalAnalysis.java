package muflex.expr;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Decides a lifted boolean function for whole ranges of its arguments at once, by interval arithmetic: sound
 * (whatever it decides holds for every element for which the function returns a value), not complete.
 *
 * <p>Captured arrays are indexed at their first use, so that the least and greatest element of a range cost a
 * logarithm of its length; later changes to them are not seen. A query costs some tens of nanoseconds, and only what
 * depends on arguments that changed since the last query is computed anew: vary the innermost argument fastest. An
 * analysis is for one thread; {@link #fork} makes one for another thread, which shares the indexes.
 */
public final class IntervalAnalysis {

    /** What holds of all elements of a range. */
    public enum Decision {
        /** The function is true for each. */
        TRUE,
        /** The function is false for each. */
        FALSE,
        /** Neither is known. */
        UNKNOWN
    }

    private interface Step {
        void run();
    }

    private final Lifted function;
    private final Map<Integer, RangeIndex> indexes;
    private final @Nullable RangeIndex[] own;
    private final NodeMap<Integer> numbers = new NodeMap<>();
    private final Bounds at;
    private final Step[] steps;
    /** Bit i: the node depends on parameter i. */
    private final long[] dependsOn;

    private final int[] low;
    private final int[] high;
    private boolean fresh = true;

    /** An analysis of a boolean function, whose int parameters the queries bound; others may be anything. */
    public static IntervalAnalysis of(Lifted function) {
        if (function.body().type() != Type.BOOLEAN) {
            throw new IllegalArgumentException("function: expected one that returns boolean, got "
                    + function.body().type() + "; pass a mask");
        }
        return new IntervalAnalysis(function, new HashMap<>());
    }

    private IntervalAnalysis(Lifted function, Map<Integer, RangeIndex> indexes) {
        this.function = function;
        this.indexes = indexes;
        this.own = new RangeIndex[function.captures().size()];
        List<Expr> order = Dag.order(Simplifier.simplify(function.body()));
        this.at = new Bounds(order.size());
        this.dependsOn = new long[order.size()];
        List<Step> made = new ArrayList<>();
        for (int i = 0; i < order.size(); i++) {
            Expr node = order.get(i);
            numbers.put(node, i);
            dependsOn[i] = node instanceof Expr.Parameter p ? 1L << p.index() : 0;
            for (Expr operand : node.operands()) {
                dependsOn[i] |= dependsOn[numbers.get(operand)];
            }
            made.add(step(i, node));
        }
        steps = made.toArray(Step[]::new);
        low = new int[function.parameters().size()];
        high = new int[low.length];
    }

    /** An analysis of the same function for another thread. */
    public IntervalAnalysis fork() {
        return new IntervalAnalysis(function, indexes);
    }

    /**
     * What the function is for all arguments within bounds, all included.
     *
     * @param from the least value of each parameter
     * @param to the greatest value of each parameter, at least as great
     */
    public Decision decide(int[] from, int[] to) {
        long changed = 0;
        for (int i = 0; i < low.length; i++) {
            if (fresh || low[i] != from[i] || high[i] != to[i]) {
                changed |= 1L << i;
                low[i] = from[i];
                high[i] = to[i];
            }
        }
        for (int i = 0; i < steps.length; i++) {
            if (fresh || (dependsOn[i] & changed) != 0) {
                steps[i].run();
            }
        }
        fresh = false;
        int root = steps.length - 1;
        return at.isTrue(root) ? Decision.TRUE : at.isFalse(root) ? Decision.FALSE : Decision.UNKNOWN;
    }

    private Step step(int i, Expr node) {
        return switch (node) {
            case Expr.Constant(Type type, Object value) -> () -> single(i, type, value);
            case Expr.Captured(Type type, int slot) ->
                () -> single(i, type, function.captures().get(slot));
            case Expr.Parameter p -> () -> parameter(i, p);
            case Expr.Read read -> read(i, read);
            case Expr.Unary(UnaryOp op, Expr x) -> unary(i, op, x.type(), numbers.get(x));
            case Expr.Binary(BinaryOp op, Expr a, Expr b) -> binary(i, op, a.type(), numbers.get(a), numbers.get(b));
            case Expr.Fma fma -> () -> at.setAny(i, fma.type());
            case Expr.Compare(Comparison op, Expr a, Expr b) -> compare(i, op, a, b);
            case Expr.Select(Expr c, Expr a, Expr b) ->
                select(i, node.type(), numbers.get(c), numbers.get(a), numbers.get(b));
            case Expr.Cast(Type type, Expr x) -> cast(i, type, x.type(), numbers.get(x));
        };
    }

    private void single(int i, Type type, Object value) {
        switch (value) {
            case Boolean b -> at.set(i, b ? 1 : 0, b ? 1 : 0);
            case Integer n -> at.set(i, n, n);
            case Long n -> at.set(i, n, n);
            case Number n -> at.setFloat(i, n.doubleValue(), n.doubleValue(), false);
            default -> at.setAny(i, type);
        }
    }

    private void parameter(int i, Expr.Parameter p) {
        if (p.type() == Type.INT) {
            at.set(i, low[p.index()], high[p.index()]);
        } else {
            at.setAny(i, p.type());
        }
    }

    private Step read(int i, Expr.Read read) {
        Object array = function.captures().get(read.slot());
        int index = numbers.get(read.index());
        Type type = read.type();
        if (read.row() != null) {
            return () -> at.setAny(i, type);
        }
        return () -> {
            RangeIndex ranges = index(read.slot(), array);
            if (at.low[index] < 0 || at.high[index] >= ranges.length()) {
                // Some element may throw, or be guarded by a condition that is not decided.
                at.setAny(i, type);
            } else if (type == Type.INT) {
                at.set(i, (long) ranges.min(at.low[index], at.high[index]), (long)
                        ranges.max(at.low[index], at.high[index]));
            } else {
                at.setFloat(
                        i,
                        ranges.min(at.low[index], at.high[index]),
                        ranges.max(at.low[index], at.high[index]),
                        ranges.hasNaN());
            }
        };
    }

    private RangeIndex index(int slot, Object array) {
        if (own[slot] == null) {
            synchronized (indexes) {
                own[slot] = indexes.computeIfAbsent(slot, _ -> new RangeIndex(array));
            }
        }
        return own[slot];
    }

    private Step unary(int i, UnaryOp op, Type type, int x) {
        return switch (type) {
            case BOOLEAN -> () -> at.setTruth(i, at.isFalse(x), at.isTrue(x));
            case INT, LONG -> () -> IntegerBounds.unary(at, i, op, type, x);
            case FLOAT, DOUBLE -> () -> FloatBounds.unary(at, i, op, type, x);
        };
    }

    private Step binary(int i, BinaryOp op, Type type, int a, int b) {
        return switch (type) {
            case BOOLEAN ->
                switch (op) {
                    case AND -> () -> at.setTruth(i, at.isTrue(a) && at.isTrue(b), at.isFalse(a) || at.isFalse(b));
                    case OR -> () -> at.setTruth(i, at.isTrue(a) || at.isTrue(b), at.isFalse(a) && at.isFalse(b));
                    default ->
                        () -> {
                            boolean known = at.isSingle(a) && at.isSingle(b);
                            at.setTruth(i, known && at.low[a] != at.low[b], known && at.low[a] == at.low[b]);
                        };
                };
            case INT, LONG -> () -> IntegerBounds.binary(at, i, op, type, a, b);
            case FLOAT, DOUBLE -> () -> FloatBounds.binary(at, i, op, type, a, b);
        };
    }

    private Step compare(int i, Comparison op, Expr x, Expr y) {
        int a = numbers.get(x);
        int b = numbers.get(y);
        if (x.type().isFloating()) {
            return () -> FloatBounds.compare(at, i, op, a, b);
        }
        LinearForm form = LinearForm.difference(x, y, numbers);
        return () -> {
            LinearForm.compare(at, i, op, at.low[a], at.high[a], at.low[b], at.high[b]);
            if (form != null && !at.isSingle(i) && at.exact[a] && at.exact[b]) {
                form.compare(at, i, op);
            }
        };
    }

    private Step select(int i, Type type, int condition, int a, int b) {
        boolean floating = type.isFloating();
        return () -> {
            boolean some = !at.isFalse(condition);
            boolean others = !at.isTrue(condition);
            int first = some ? a : b;
            int last = others ? b : a;
            if (floating) {
                at.setFloat(
                        i,
                        Math.min(at.floor[first], at.floor[last]),
                        Math.max(at.ceiling[first], at.ceiling[last]),
                        at.nan[first] || at.nan[last]);
            } else {
                at.set(i, Math.min(at.low[first], at.low[last]), Math.max(at.high[first], at.high[last]));
            }
        };
    }

    private Step cast(int i, Type to, Type from, int x) {
        if (to.isFloating()) {
            return from.isFloating()
                    ? () -> at.setFloat(i, rounded(to, at.floor[x]), rounded(to, at.ceiling[x]), at.nan[x])
                    : () -> at.setFloat(i, floating(to, at.low[x]), floating(to, at.high[x]), false);
        }
        if (from.isFloating()) {
            return () -> {
                long a = whole(to, at.floor[x]);
                long b = whole(to, at.ceiling[x]);
                // NaN becomes 0.
                at.set(i, at.nan[x] ? Math.min(a, 0) : a, at.nan[x] ? Math.max(b, 0) : b);
            };
        }
        return () -> at.setWrapping(i, to, at.low[x], at.high[x]);
    }

    private static double rounded(Type to, double x) {
        return to == Type.FLOAT ? (float) x : x;
    }

    private static double floating(Type to, long x) {
        return to == Type.FLOAT ? (float) x : (double) x;
    }

    private static long whole(Type to, double x) {
        return to == Type.INT ? (int) x : (long) x;
    }
}
