package muflex.model;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import muflex.attention.MaskMod;
import muflex.attention.ScoreMod;
import muflex.model.parameterization.Role;
import muflex.model.parameterization.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * What a user adds to a transformer's attention. It comes on top of causality and of the model's positions; indices
 * are absolute positions in the context, in training and in generation alike.
 *
 * @param name kept in checkpoints, so that a model isn't continued with another variant by accident
 * @param scoreMod changes the scores; null for none
 * @param maskMod forbids keys that causality allows; null for none
 * @param learned arrays that the score mod captures and training changes
 */
public record AttentionVariant(
        String name, @Nullable ScoreMod scoreMod, @Nullable MaskMod maskMod, List<Learned> learned) {

    /** Plain causal attention. */
    public static final AttentionVariant CAUSAL = new AttentionVariant("causal", null, null, List.of());

    /**
     * An array that is learned, shared by all layers: a parameter with the role of a bias.
     *
     * @param name unique among the variant's
     * @param values where it begins, and where it is kept: the array that the score mod captured
     */
    public record Learned(String name, float[] values) {

        TensorSpec tensor() {
            return TensorSpec.vector("variant." + name, Role.BIAS, values.length);
        }
    }

    public AttentionVariant {
        learned = List.copyOf(learned);
        Set<String> names = new HashSet<>();
        for (Learned array : learned) {
            if (!names.add(array.name())) {
                throw new IllegalArgumentException(
                        "learned: expected a name for each array, got '" + array.name() + "' twice; rename one");
            }
        }
        if (scoreMod == null && !learned.isEmpty()) {
            throw new IllegalArgumentException(
                    "learned: expected a score mod that captures the arrays, got none; add it or drop the arrays");
        }
    }

    /** A variant that learns nothing. */
    public AttentionVariant(String name, @Nullable ScoreMod scoreMod, @Nullable MaskMod maskMod) {
        this(name, scoreMod, maskMod, List.of());
    }

    public static AttentionVariant of(String name, ScoreMod scoreMod) {
        return new AttentionVariant(name, scoreMod, null, List.of());
    }

    public static AttentionVariant of(String name, MaskMod maskMod) {
        return new AttentionVariant(name, null, maskMod, List.of());
    }

    public AttentionVariant withLearned(String array, float[] values) {
        List<Learned> more = new ArrayList<>(learned);
        more.add(new Learned(array, values));
        return new AttentionVariant(name, scoreMod, maskMod, more);
    }
}
