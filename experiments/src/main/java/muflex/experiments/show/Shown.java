package muflex.experiments.show;

import java.util.Objects;
import muflex.attention.MaskMod;
import muflex.attention.ScoreMod;
import org.jspecify.annotations.Nullable;

/**
 * A mask or a score mod to show.
 *
 * @param code the Java that makes it
 * @param formula what it computes
 * @param source where it is from
 * @param length of queries and keys, which may be less than was asked for: a whole image
 * @param mask null for a score mod
 * @param score null for a mask
 */
public record Shown(
        String name,
        String code,
        String formula,
        String source,
        int length,
        @Nullable MaskMod mask,
        @Nullable ScoreMod score) {

    /** The mask or the score mod. */
    public Object function() {
        return mask == null ? scoreMod() : mask;
    }

    /** The score mod of what is no mask. */
    public ScoreMod scoreMod() {
        return Objects.requireNonNull(score, "a mask has no score mod");
    }

    static Shown of(String name, String code, String formula, String source, int length, MaskMod mask) {
        return new Shown(name, code, formula, source, length, mask, null);
    }

    static Shown of(String name, String code, String formula, String source, int length, ScoreMod score) {
        return new Shown(name, code, formula, source, length, null, score);
    }
}
