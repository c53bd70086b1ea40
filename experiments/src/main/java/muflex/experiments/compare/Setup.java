package muflex.experiments.compare;

import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMod;
import muflex.attention.ScoreMod;
import org.jspecify.annotations.Nullable;

/**
 * A variant at one shape: what is compiled on every device.
 *
 * @param shape as the variant wants it (it may change the key heads)
 * @param mod null for none
 * @param derivative of {@code mod}, for the plain loop; null if {@code mod} is
 * @param mask null for every key
 * @param learned the array captured by {@code mod} that gets a gradient, or null
 */
public record Setup(
        AttentionShape shape,
        @Nullable ScoreMod mod,
        @Nullable ScoreDerivative derivative,
        @Nullable BlockMask mask,
        float @Nullable [] learned) {

    static Setup plain(AttentionShape shape) {
        return new Setup(shape, null, null, null, null);
    }

    /** The mask is the same in every batch and head. */
    static Setup masked(AttentionShape shape, MaskMod mask) {
        return plain(shape).withMask(mask);
    }

    static Setup scored(AttentionShape shape, ScoreMod mod, ScoreDerivative derivative) {
        return new Setup(shape, mod, derivative, null, null);
    }

    Setup withMask(MaskMod newMask) {
        return withMask(newMask, 1, 1);
    }

    /** The mask differs by batch or head where these are not 1. */
    Setup withMask(MaskMod newMask, int batch, int heads) {
        BlockMask blocks = BlockMask.create(newMask, batch, heads, shape.queryLength(), shape.kvLength());
        return new Setup(shape, mod, derivative, blocks, learned);
    }

    Setup withLearned(float[] newLearned) {
        return new Setup(shape, mod, derivative, mask, newLearned);
    }

    /** As the plain loop asks: the mask itself, without its blocks. */
    boolean allows(int b, int h, int q, int kv) {
        return mask == null || mask.mask().test(b, h, q, kv);
    }
}
