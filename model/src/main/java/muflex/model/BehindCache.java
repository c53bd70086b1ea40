package muflex.model;

import muflex.attention.MaskMod;
import muflex.attention.ScoreMod;
import muflex.graph.FlexOp;
import muflex.graph.Graph;
import muflex.graph.Shape;
import muflex.graph.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Attention of a few new tokens of one sequence to all earlier ones: generation. The cache has room for the whole
 * context, so that no length needs its own program; what isn't written yet lies in the causal future. Positions
 * change from run to run while block masks can't, so masks become part of the score mod.
 *
 * @param capacity tokens that the cache holds
 */
record BehindCache(FlexOp.Flex flex, int capacity, @Nullable Tensor position) implements AttentionMode {

    BehindCache(TransformerConfig config, AttentionVariant variant, float scale, Tensor position, int[] seenByMods) {
        ScoreMod mod = shifted(AttentionMode.scoreMod(config, variant), AttentionMode.mask(variant), seenByMods);
        this(FlexOp.Flex.of(mod, null, scale), config.context(), position);
    }

    @Override
    public Tensor remember(Graph graph, String name, Tensor fresh) {
        Shape shape = fresh.shape();
        Shape whole = Shape.of("batch", 1, "heads", shape.size(1), "capacity", capacity, "dim", shape.size(3));
        Tensor cache = graph.state("cache." + name, whole);
        if (position == null) {
            throw new IllegalStateException("the constructor is given a position");
        }
        return graph.cacheWrite(cache, fresh, position);
    }

    /** Both as if the first query stood at {@code position[0]}. */
    private static ScoreMod shifted(@Nullable ScoreMod mod, MaskMod mask, int[] position) {
        if (mod == null) {
            return (score, b, h, q, kv) -> mask.test(b, h, q + position[0], kv) ? score : Float.NEGATIVE_INFINITY;
        }
        return (score, b, h, q, kv) -> mask.test(b, h, q + position[0], kv)
                ? mod.apply(score, b, h, q + position[0], kv)
                : Float.NEGATIVE_INFINITY;
    }
}
