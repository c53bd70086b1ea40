package muflex.engine.lowering;

import java.util.List;
import muflex.engine.AttentionSpec;
import muflex.expr.Composer;
import muflex.expr.Derivative;
import muflex.expr.Expr;
import muflex.expr.Lifter;
import muflex.expr.Structure;
import muflex.expr.Type;

/**
 * The score mod and the mask of one operation, lifted.
 *
 * @param score over {@link #PARAMETERS}; {@link #SCORE} itself for none
 * @param masked the same where the mask allows the pair, else −∞; {@code score} without a mask
 * @param captures what both capture, by slot
 */
public record LiftedMods(Expr score, Expr masked, List<Object> captures) {
    public static final Expr.Parameter SCORE = new Expr.Parameter(Type.FLOAT, 0, "score");

    /** The parameters of a score mod; those of a mask are all but the first. */
    public static final List<Expr.Parameter> PARAMETERS = List.of(
            SCORE,
            new Expr.Parameter(Type.INT, 1, "b"),
            new Expr.Parameter(Type.INT, 2, "h"),
            new Expr.Parameter(Type.INT, 3, "q"),
            new Expr.Parameter(Type.INT, 4, "kv"));

    private static final Expr.Constant FORBIDDEN = Expr.Constant.of(Float.NEGATIVE_INFINITY);

    /** Lifts those of {@code spec}. */
    public static LiftedMods of(AttentionSpec spec) {
        Composer composer = new Composer();
        Expr score = spec.scoreMod() == null ? SCORE : composer.call(Lifter.lift(spec.scoreMod()), PARAMETERS);
        Expr masked = score;
        if (spec.mask() != null) {
            List<Expr.Parameter> parameters = PARAMETERS.subList(1, PARAMETERS.size());
            Expr allowed = composer.call(Lifter.lift(spec.mask().mask()), parameters);
            masked = new Expr.Select(allowed, score, FORBIDDEN);
        }
        List<Expr> simple = composer.simplify(List.of(score, masked));
        return new LiftedMods(simple.get(0), simple.get(1), composer.captures());
    }

    /** Equal for mods that compile to the same code, whatever they capture. */
    public String structure() {
        return Structure.of(List.of(score, masked));
    }

    /** The slot of that very array, or −1 if the mods don't capture it. */
    @SuppressWarnings("ReferenceEquality") // arrays are captured by identity
    public int slotOf(float[] array) {
        for (int slot = 0; slot < captures.size(); slot++) {
            if (captures.get(slot) == array) {
                return slot;
            }
        }
        return -1;
    }

    /** Whether the backward pass must ask for derivatives: there is one other than 1, or an array could want a gradient. */
    public boolean hasDerivatives() {
        Expr derivative = Derivative.withRespectTo(score, SCORE);
        boolean one =
                derivative instanceof Expr.Constant constant && constant.value().equals(1f);
        return !one || !Derivative.withRespectToReads(score).isEmpty();
    }
}
