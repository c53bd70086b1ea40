package muflex.model;

import muflex.attention.MaskMod;
import muflex.attention.ScoreMod;
import muflex.graph.FlexOp;
import muflex.graph.Graph;
import muflex.graph.Shape;
import muflex.graph.Tensor;
import muflex.paging.PageTable;
import muflex.paging.PagedTables;
import org.jspecify.annotations.Nullable;

/**
 * Attention of new tokens of several sequences to their earlier ones in pages, in one program for all lengths. The pages' owners
 * change from run to run while a program's block masks can't, so masks become part of the score mod.
 *
 * @param capacity tokens that all pages hold
 * @param position ints {@code [new]}, the position of each token in its sequence
 * @param places ints {@code [new]}, where each token's key and value go
 */
record BehindPages(FlexOp.Flex flex, int capacity, Tensor position, Tensor places) implements AttentionMode {

    BehindPages(
            TransformerConfig config,
            AttentionVariant variant,
            float scale,
            Tensor position,
            Tensor places,
            PageTable table,
            PagedTables tables) {
        this(
                FlexOp.Flex.of(masked(AttentionMode.scoreMod(config, variant), tables.mask(), tables), null, scale),
                table.pageCount() * table.pageSize(),
                position,
                places);
    }

    private static ScoreMod masked(@Nullable ScoreMod mod, MaskMod mask, PagedTables tables) {
        if (mod == null) {
            return (score, b, h, q, kv) -> mask.test(b, h, q, kv) ? score : Float.NEGATIVE_INFINITY;
        }
        ScoreMod logical = tables.scoreMod(mod);
        return (score, b, h, q, kv) ->
                mask.test(b, h, q, kv) ? logical.apply(score, b, h, q, kv) : Float.NEGATIVE_INFINITY;
    }

    @Override
    public Tensor remember(Graph graph, String name, Tensor fresh) {
        Shape shape = fresh.shape();
        Shape whole = Shape.of("batch", 1, "heads", shape.size(1), "places", capacity, "dim", shape.size(3));
        return graph.cacheWrite(graph.state("pages." + name, whole), fresh, places);
    }
}
