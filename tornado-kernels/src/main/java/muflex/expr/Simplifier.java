package muflex.expr;

import java.util.List;

/**
 * Rewrites expressions to smaller ones of the same value, bit for bit (but for a NaN's payload), including which
 * exceptions they throw: constants folded, equal parts shared, operations without effect dropped, doubles that
 * hold floats made floats.
 */
public final class Simplifier {
    private Simplifier() {}

    /** The expression, simplified. */
    public static Expr simplify(Expr e) {
        return simplify(List.of(e)).getFirst();
    }

    /** The expressions, simplified together: they share their common parts. */
    public static List<Expr> simplify(List<Expr> roots) {
        return new Nodes().simplify(roots);
    }
}
