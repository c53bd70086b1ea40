package muflex.experiments.compare;

import muflex.attention.AttentionShape;
import muflex.engine.AttentionSpec;

/**
 * One kind of attention to compare.
 *
 * @param name for options, tables and rows
 * @param description one line
 * @param code the Java that defines it, for the report
 */
public record Variant(String name, String description, String code, Factory factory) {

    /** Makes the variant for a shape. Deterministic: the same seed gives the same mods and captured arrays. */
    @FunctionalInterface
    public interface Factory {
        AttentionSpec at(AttentionShape shape, long seed);
    }

    public AttentionSpec at(AttentionShape shape, long seed) {
        return factory.at(shape, seed);
    }
}
