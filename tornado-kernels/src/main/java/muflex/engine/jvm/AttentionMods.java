package muflex.engine.jvm;

import java.util.List;
import java.util.Map;
import java.util.Set;
import muflex.attention.MaskMod;
import muflex.attention.ScoreMod;
import muflex.engine.AttentionSpec;
import muflex.engine.lowering.LiftedMods;
import muflex.expr.Expr;
import muflex.expr.Structure;
import muflex.kernels.AttentionBackward;
import muflex.kernels.AttentionForward;
import muflex.kernels.Mods;

/**
 * The score mod and the mask of one operation, ready to take the place of {@link Mods}: lifted, or called as they are
 * ({@code interpret}), or none.
 */
final class AttentionMods {
    /** The kernels that call {@link Mods}. */
    private static final Set<String> CALLERS =
            Set.of(AttentionForward.class.getName(), AttentionBackward.class.getName());

    private final boolean interpreted;
    private final Object[] captures;
    private final Expr score;
    private final Expr masked;
    private final boolean derivative;

    private AttentionMods(boolean interpreted, Object[] captures, Expr score, Expr masked) {
        this.interpreted = interpreted;
        this.captures = captures;
        this.score = score;
        this.masked = masked;
        derivative = ModsClass.hasDerivative(score);
    }

    static AttentionMods of(AttentionSpec spec) {
        return spec.interpret() ? interpreted(spec) : lifted(spec);
    }

    private static AttentionMods interpreted(AttentionSpec spec) {
        ScoreMod scoreMod = spec.scoreMod() == null ? (s, b, h, q, kv) -> s : spec.scoreMod();
        MaskMod mask = spec.mask() == null ? (b, h, q, kv) -> true : spec.mask().mask();
        return new AttentionMods(true, new Object[] {scoreMod, mask}, ModsClass.SCORE, ModsClass.SCORE);
    }

    private static AttentionMods lifted(AttentionSpec spec) {
        LiftedMods lifted = LiftedMods.of(spec);
        return new AttentionMods(false, lifted.captures().toArray(), lifted.score(), lifted.masked());
    }

    /** Equal for mods that compile to the same code, whatever they capture. */
    String structure() {
        return interpreted ? "interpreted" : Structure.of(List.of(score, masked));
    }

    /** The kernels of {@code engine} with these mods in them. */
    AttentionKernels compile(KernelLoader engine, boolean vector) {
        if (!interpreted && masked.equals(ModsClass.SCORE)) {
            return AttentionKernels.of(engine);
        }
        byte[] bytes = interpreted ? InterpretedMods.classFile() : ModsClass.of(score, masked, vector);
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

    /** Whether the score mod has a derivative other than 1. */
    boolean hasDerivative() {
        return derivative;
    }

    void requireDerivative() {
        if (interpreted) {
            throw new UnsupportedOperationException("interpret: a lambda that was not lifted has no derivative");
        }
    }
}
