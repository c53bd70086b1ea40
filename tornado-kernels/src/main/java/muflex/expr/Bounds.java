package muflex.expr;

/**
 * The values that each node of a graph may have. Of an integer they are all in {@code [low, high]}; of a boolean
 * {@code [0, 0]} is false, {@code [1, 1]} true, {@code [0, 1]} either; of a float they are in
 * {@code [floor, ceiling]}, or NaN if {@code nan}.
 */
final class Bounds {
    final long[] low;
    final long[] high;
    final double[] floor;
    final double[] ceiling;
    final boolean[] nan;
    /** Whether the node, and what it is a linear combination of, was computed without wrapping around. */
    final boolean[] exact;

    Bounds(int nodes) {
        low = new long[nodes];
        high = new long[nodes];
        floor = new double[nodes];
        ceiling = new double[nodes];
        nan = new boolean[nodes];
        exact = new boolean[nodes];
    }

    void set(int node, long from, long to) {
        low[node] = from;
        high[node] = to;
        exact[node] = true;
    }

    /** Sets an integer's bounds if its type holds them; otherwise it may have wrapped around to anything. */
    void setWrapping(int node, Type type, long from, long to) {
        if (type == Type.INT && (from < Integer.MIN_VALUE || to > Integer.MAX_VALUE)) {
            setAny(node, type);
        } else {
            set(node, from, to);
        }
    }

    /** Anything of that type. */
    void setAny(int node, Type type) {
        switch (type) {
            case INT -> set(node, Integer.MIN_VALUE, Integer.MAX_VALUE);
            case LONG -> set(node, Long.MIN_VALUE, Long.MAX_VALUE);
            case BOOLEAN -> set(node, 0, 1);
            case FLOAT, DOUBLE -> setFloat(node, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, true);
        }
        exact[node] = false;
    }

    void setFloat(int node, double from, double to, boolean mayBeNaN) {
        if (Double.isNaN(from) || Double.isNaN(to)) {
            floor[node] = Double.NEGATIVE_INFINITY;
            ceiling[node] = Double.POSITIVE_INFINITY;
            nan[node] = true;
        } else {
            floor[node] = from;
            ceiling[node] = to;
            nan[node] = mayBeNaN;
        }
    }

    void setTruth(int node, boolean surely, boolean surelyNot) {
        set(node, surely ? 1 : 0, surelyNot ? 0 : 1);
    }

    boolean isSingle(int node) {
        return low[node] == high[node];
    }

    boolean isTrue(int node) {
        return low[node] == 1;
    }

    boolean isFalse(int node) {
        return high[node] == 0;
    }
}
