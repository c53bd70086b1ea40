package muflex.engine.jvm;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import muflex.attention.BlockMask;
import muflex.attention.MaskMod;
import muflex.attention.ScoreMod;
import muflex.engine.AttentionSpec;
import muflex.expr.Composer;
import muflex.expr.Expr;
import muflex.expr.Lifted;
import muflex.expr.Lifter;
import muflex.expr.Structure;
import muflex.kernels.AttentionBackward;
import muflex.kernels.AttentionForward;
import muflex.kernels.Mods;
import org.jspecify.annotations.Nullable;

/**
 * The score mod and the mask of one operation, ready to take the place of {@link Mods}: lifted, or called as they are
 * ({@code interpret}), or none.
 */
final class AttentionMods {
    private static final Expr.Constant FORBIDDEN = Expr.Constant.of(Float.NEGATIVE_INFINITY);

    /** The kernels that call {@link Mods}. */
    private static final Set<String> CALLERS =
            Set.of(AttentionForward.class.getName(), AttentionBackward.class.getName());

    private final boolean interpreted;
    private final Object[] captures;
    private final @Nullable Expr score;
    private final @Nullable Expr masked;

    private AttentionMods(boolean interpreted, Object[] captures, @Nullable Expr score, @Nullable Expr masked) {
        this.interpreted = interpreted;
        this.captures = captures;
        this.score = score;
        this.masked = masked;
    }

    static AttentionMods of(AttentionSpec spec) {
        ScoreMod scoreMod = spec.scoreMod();
        BlockMask blocks = spec.mask();
        if (spec.interpret()) {
            ScoreMod score = scoreMod == null ? (s, b, h, q, kv) -> s : scoreMod;
            MaskMod mask = blocks == null ? (b, h, q, kv) -> true : blocks.mask();
            return new AttentionMods(true, new Object[] {score, mask}, null, null);
        }
        Composer composer = new Composer();
        Expr score = ModsClass.SCORE;
        if (scoreMod != null) {
            Lifted lifted = Lifter.lift(scoreMod);
            score = composer.call(lifted, ModsClass.PARAMETERS);
        }
        Expr masked = score;
        if (blocks != null) {
            Lifted lifted = Lifter.lift(blocks.mask());
            Expr allowed = composer.call(lifted, ModsClass.PARAMETERS.subList(1, ModsClass.PARAMETERS.size()));
            masked = new Expr.Select(allowed, score, FORBIDDEN);
        }
        List<Expr> simple = composer.simplify(List.of(score, masked));
        boolean identity = simple.get(0) instanceof Expr.Parameter;
        return new AttentionMods(
                false,
                composer.captures().toArray(),
                identity ? null : simple.get(0),
                blocks == null ? null : simple.get(1));
    }

    /** Equal for mods that compile to the same code, whatever they capture. */
    String structure() {
        if (interpreted) {
            return "interpreted";
        }
        List<Expr> roots = new ArrayList<>();
        roots.add(score == null ? ModsClass.SCORE : score);
        roots.add(masked == null ? ModsClass.SCORE : masked);
        return Structure.of(roots);
    }

    /** The kernels of {@code engine} with these mods in them. */
    AttentionKernels compile(KernelLoader engine) {
        if (score == null && masked == null && !interpreted) {
            return AttentionKernels.of(engine);
        }
        byte[] bytes = interpreted ? InterpretedMods.classFile() : ModsClass.of(score, masked);
        return AttentionKernels.of(engine.with(Map.of(Mods.class.getName(), bytes), CALLERS));
    }

    /** The captured values, by slot, as the kernels take them. */
    Object[] captures() {
        return captures;
    }

    /** The slot of that very array, or −1 if the mods don't capture it. */
    @SuppressWarnings("ReferenceEquality") // arrays are captured by identity
    int slotOf(float[] array) {
        for (int slot = 0; slot < captures.length; slot++) {
            if (captures[slot] == array) {
                return slot;
            }
        }
        return -1;
    }

    /** Whether there is a score mod, other than the identity. */
    boolean modifiesScores() {
        return interpreted || score != null;
    }

    void requireDerivative() {
        if (interpreted) {
            throw new UnsupportedOperationException("interpret: a lambda that was not lifted has no derivative");
        }
    }
}
