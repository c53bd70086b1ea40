package muflex.model;

import muflex.attention.ScoreMod;
import muflex.graph.FlexOp;
import muflex.graph.Graph;
import muflex.graph.Shape;
import muflex.graph.Tensor;
import muflex.paging.PageTable;
import muflex.paging.PagedTables;

/**
 * Attention of new tokens of several sequences to their earlier ones in pages, in one program for all lengths: the pages of each are
 * block lists, which are replaced before a run.
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
        ScoreMod own = AttentionMode.scoreMod(config, variant);
        this(
                FlexOp.Flex.of(own == null ? null : tables.scoreMod(own), tables.blocks(), scale),
                table.pageCount() * table.pageSize(),
                position,
                places);
    }

    @Override
    public Tensor remember(Graph graph, String name, Tensor fresh) {
        Shape shape = fresh.shape();
        Shape whole = Shape.of("batch", 1, "heads", shape.size(1), "places", capacity, "dim", shape.size(3));
        return graph.cacheWrite(graph.state("pages." + name, whole), fresh, places);
    }
}
