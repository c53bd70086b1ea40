package muflex.model;

import muflex.attention.MaskMod;
import muflex.attention.ScoreMod;
import org.jspecify.annotations.Nullable;

/**
 * What a user adds to a transformer's attention. It comes on top of causality and of the model's positions; indices
 * are absolute positions in the context, in training and in generation alike.
 *
 * @param name kept in checkpoints, so that a model isn't continued with another variant by accident
 * @param scoreMod changes the scores; null for none
 * @param maskMod forbids keys that causality allows; null for none
 */
public record AttentionVariant(
        String name, @Nullable ScoreMod scoreMod, @Nullable MaskMod maskMod) {

    /** Plain causal attention. */
    public static final AttentionVariant CAUSAL = new AttentionVariant("causal", null, null);

    public static AttentionVariant of(String name, ScoreMod scoreMod) {
        return new AttentionVariant(name, scoreMod, null);
    }

    public static AttentionVariant of(String name, MaskMod maskMod) {
        return new AttentionVariant(name, null, maskMod);
    }
}
