package muflex.attention;

import java.util.Objects;
import muflex.expr.Dag;
import muflex.expr.Expr;
import muflex.expr.IntervalAnalysis;
import muflex.expr.Lifted;
import muflex.expr.Lifter;
import org.jspecify.annotations.Nullable;

/** A mask, and what its expression tells: which indices it reads, and what it says of a rectangle of elements. */
final class LiftableMask {

    static final int BATCH = 0;
    static final int HEAD = 1;

    private final MaskMod mask;
    private final boolean interpreted;
    private volatile @Nullable Lifted lifted;

    /** If {@code interpreted}, nothing is concluded from the expression. */
    LiftableMask(MaskMod mask, boolean interpreted) {
        this.mask = Objects.requireNonNull(mask, "mask");
        this.interpreted = interpreted;
    }

    MaskMod mask() {
        return mask;
    }

    boolean interpreted() {
        return interpreted;
    }

    Lifted lifted() {
        Lifted result = lifted;
        if (result == null) {
            result = Lifter.lift(mask);
            lifted = result;
        }
        return result;
    }

    /** Whether parameter {@code index} matters. */
    boolean reads(int index) {
        for (Expr e : Dag.order(lifted().body())) {
            if (e instanceof Expr.Parameter parameter && parameter.index() == index) {
                return true;
            }
        }
        return false;
    }

    /** As {@link #reads}; if interpreted, everything may matter. */
    boolean mayRead(int index) {
        return interpreted || reads(index);
    }

    /** What analysis can decide; decides nothing if interpreted. */
    Decider decider() {
        return interpreted ? Decider.NONE : new IntervalDecider(IntervalAnalysis.of(lifted()));
    }
}
