package muflex.engine.lowering;

import java.util.List;
import muflex.attention.MaskMod;
import muflex.attention.ScoreMod;
import muflex.engine.AttentionSpec;
import muflex.expr.Composer;
import muflex.expr.Derivative;
import muflex.expr.Expr;
import muflex.expr.Lifter;
import muflex.expr.Structure;
import muflex.expr.Type;

/**
 * The score mod and the mask of one operation, to take the place of {@link muflex.kernels.Mods}: lifted, or called as they
 * are, or none.
 *
 * @param interpreted whether the captures are the score mod and the mask themselves, and the expressions mean nothing
 * @param score over {@link #PARAMETERS}; {@link #SCORE} itself for none
 * @param masked the same where the mask allows the pair, else −∞; {@code score} without a mask
 * @param captures what both capture, by slot
 */
public record AttentionMods(boolean interpreted, Expr score, Expr masked, List<Object> captures) {
    public static final Expr.Parameter SCORE = new Expr.Parameter(Type.FLOAT, 0, "score");

    /** The parameters of a score mod; those of a mask are all but the first. */
    public static final List<Expr.Parameter> PARAMETERS = List.of(
            SCORE,
            new Expr.Parameter(Type.INT, 1, "b"),
            new Expr.Parameter(Type.INT, 2, "h"),
            new Expr.Parameter(Type.INT, 3, "q"),
            new Expr.Parameter(Type.INT, 4, "kv"));

    private static final Expr.Constant FORBIDDEN = Expr.Constant.of(Float.NEGATIVE_INFINITY);

    public AttentionMods {
        captures = List.copyOf(captures);
    }

    /** Those of {@code spec}, lifted unless it says {@code interpret}. */
    public static AttentionMods of(AttentionSpec spec) {
        return spec.interpret() ? interpreted(spec) : lifted(spec);
    }

    private static AttentionMods interpreted(AttentionSpec spec) {
        ScoreMod scoreMod = spec.scoreMod() == null ? (s, b, h, q, kv) -> s : spec.scoreMod();
        MaskMod mask = spec.mask() == null ? (b, h, q, kv) -> true : spec.mask().mask();
        return new AttentionMods(true, SCORE, SCORE, List.of(scoreMod, mask));
    }

    private static AttentionMods lifted(AttentionSpec spec) {
        Composer composer = new Composer();
        Expr score = spec.scoreMod() == null ? SCORE : composer.call(Lifter.lift(spec.scoreMod()), PARAMETERS);
        Expr masked = score;
        if (spec.mask() != null) {
            List<Expr.Parameter> parameters = PARAMETERS.subList(1, PARAMETERS.size());
            Expr allowed = composer.call(Lifter.lift(spec.mask().mask()), parameters);
            masked = new Expr.Select(allowed, score, FORBIDDEN);
        }
        List<Expr> simple = composer.simplify(List.of(score, masked));
        return new AttentionMods(false, simple.get(0), simple.get(1), composer.captures());
    }

    /** Whether there is neither a score mod nor a mask. */
    public boolean none() {
        return !interpreted && masked.equals(SCORE);
    }

    /** Equal for mods that compile to the same code, whatever they capture. */
    public String structure() {
        return interpreted ? "interpreted" : Structure.of(List.of(score, masked));
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

    /** Whether the score mod has a derivative other than 1. */
    public boolean hasDerivative() {
        Expr derivative = Derivative.withRespectTo(score, SCORE);
        return !(derivative instanceof Expr.Constant constant)
                || !constant.value().equals(1f);
    }

    /** Refuses a backward pass of what was not lifted. */
    void requireDerivative() {
        if (interpreted) {
            throw new UnsupportedOperationException("interpret: a lambda that was not lifted has no derivative");
        }
    }
}
