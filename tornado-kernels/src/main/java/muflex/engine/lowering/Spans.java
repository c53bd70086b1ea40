package muflex.engine.lowering;

import java.util.Arrays;
import java.util.Set;
import muflex.attention.AttentionShape;
import muflex.attention.BlockLists;
import muflex.attention.BlockMask;
import muflex.engine.lowering.Argument.Array;
import muflex.engine.lowering.Argument.Ints;
import muflex.engine.lowering.Argument.LiveInts;
import muflex.expr.IntervalAnalysis;
import muflex.kernels.AttentionSizes;
import org.jspecify.annotations.Nullable;

/**
 * A block mask as the kernels take it, see {@link AttentionSizes}: for each tile the ranges of the other axis that are
 * alive, neighbouring blocks of one kind made one range.
 *
 * @param starts where each tile's spans start in {@code spans}, counted in spans
 * @param spans pairs of start, and end · 2 + (1 if full)
 * @param changing whether other lists may be {@linkplain #copyFrom put here}: then there is room for the most that there can be
 */
public record Spans(int[] starts, int[] spans, boolean changing) {

    /** Masks with more partial blocks than that are irregular, and not looked at more closely. */
    private static final int MOST_REFINED = 1 << 16;

    /** Blocks without a mask: a multiple of every tile's side. */
    private static final int NO_MASK = 2 * AttentionSizes.TILE;

    /**
     * For each tile of queries, ranges of keys; without a mask, all keys.
     *
     * @param refine whether to lift the mask and ask interval analysis about the tiles of its partial blocks: half of the
     *     tiles on a causal mask's diagonal are empty
     */
    public static Spans ofQueries(@Nullable BlockMask mask, AttentionShape shape, boolean refine) {
        return ofQueries(mask, shape, refine, AttentionSizes.TILE);
    }

    /** {@link #ofQueries(BlockMask, AttentionShape, boolean)} for tiles of {@code tile} queries. */
    public static Spans ofQueries(@Nullable BlockMask mask, AttentionShape shape, boolean refine, int tile) {
        return new Builder(
                        mask,
                        refine,
                        true,
                        shape.queryLength(),
                        queryBlock(mask),
                        tile,
                        shape.kvLength(),
                        keyBlock(mask))
                .build();
    }

    /** For each tile of keys, ranges of queries; otherwise as {@link #ofQueries}. */
    public static Spans ofKeys(@Nullable BlockMask mask, AttentionShape shape, boolean refine) {
        return new Builder(
                        mask,
                        refine,
                        false,
                        shape.kvLength(),
                        keyBlock(mask),
                        AttentionSizes.TILE,
                        shape.queryLength(),
                        queryBlock(mask))
                .build();
    }

    /** The sizes that go with both. */
    public static int[] sizes(@Nullable BlockMask mask, AttentionShape shape) {
        int[] sizes = new int[AttentionSizes.COUNT];
        sizes[AttentionSizes.BATCH] = shape.batch();
        sizes[AttentionSizes.HEADS] = shape.queryHeads();
        sizes[AttentionSizes.GROUP] = shape.groupSize();
        sizes[AttentionSizes.QUERIES] = shape.queryLength();
        sizes[AttentionSizes.KEYS] = shape.kvLength();
        sizes[AttentionSizes.HEAD_DIM] = shape.headDim();
        sizes[AttentionSizes.VALUE_DIM] = shape.valueDim();
        sizes[AttentionSizes.MASK_BATCH] = batch(mask);
        sizes[AttentionSizes.MASK_HEADS] = heads(mask);
        sizes[AttentionSizes.QUERY_BLOCK] = queryBlock(mask);
        sizes[AttentionSizes.KEY_BLOCK] = keyBlock(mask);
        return sizes;
    }

    /** One of the two arrays as a kernel's argument. */
    Array argument(int[] values) {
        return changing ? new LiveInts(values) : new Ints(values, Set.of());
    }

    /** The other's spans in place of these; both of changing masks of the same sizes. */
    void copyFrom(Spans other) {
        System.arraycopy(other.starts, 0, starts, 0, starts.length);
        System.arraycopy(other.spans, 0, spans, 0, spans.length);
    }

    /** What is computed, for people; these are spans of {@link #ofQueries} for {@code sizes}. */
    String explain(int[] sizes) {
        int tile = AttentionSizes.TILE;
        int rows = starts.length - 1;
        long all = (long) rows * Math.ceilDiv(sizes[AttentionSizes.KEYS], tile);
        long computed = 0;
        long masked = 0;
        for (int span = 0; span < starts[rows]; span++) {
            int tiles = Math.ceilDiv((spans[2 * span + 1] >> 1) - spans[2 * span], tile);
            computed += tiles;
            masked += (spans[2 * span + 1] & 1) == 0 ? tiles : 0;
        }
        return "tiles of %d queries × %d keys: %d of %d are computed, %d of them ask the mask"
                .formatted(tile, tile, computed, all, masked);
    }

    private static int queryBlock(@Nullable BlockMask mask) {
        return mask == null ? NO_MASK : mask.queryBlock();
    }

    private static int keyBlock(@Nullable BlockMask mask) {
        return mask == null ? NO_MASK : mask.kvBlock();
    }

    /** Batches whose lists differ: a mask may say that it has many and keep one list for all. */
    private static int batch(@Nullable BlockMask mask) {
        return mask == null || mask.row(mask.batch() - 1, 0, 0) == mask.row(0, 0, 0) ? 1 : mask.batch();
    }

    private static int heads(@Nullable BlockMask mask) {
        return mask == null || mask.row(0, mask.heads() - 1, 0) == mask.row(0, 0, 0) ? 1 : mask.heads();
    }

    private static int groups(@Nullable BlockMask mask) {
        return batch(mask) * heads(mask);
    }

    private static final class Builder {
        private final @Nullable BlockMask mask;
        private final boolean byQuery;
        private final int tiledLength;
        private final int tiledBlock;
        private final int tile;
        private final int otherLength;
        private final int otherBlock;
        private final @Nullable IntervalAnalysis analysis;
        private final int[] from = new int[4];
        private final int[] to = new int[4];
        private int[] spans = new int[16];
        private int size;

        /** The tiles, of {@code tile}, lie on an axis of {@code tiledLength} and its mask blocks, the spans on the other. */
        private Builder(
                @Nullable BlockMask mask,
                boolean refine,
                boolean byQuery,
                int tiledLength,
                int tiledBlock,
                int tile,
                int otherLength,
                int otherBlock) {
            this.mask = mask;
            this.byQuery = byQuery;
            this.tiledLength = tiledLength;
            this.tiledBlock = tiledBlock;
            this.tile = tile;
            this.otherLength = otherLength;
            this.otherBlock = otherBlock;
            analysis =
                    mask != null && refine && !mask.isChanging() && mask.lists().partialBlocks().length <= MOST_REFINED
                            ? IntervalAnalysis.of(mask.lifted())
                            : null;
        }

        private Spans build() {
            int tiles = AttentionSizes.tiles(tiledLength, tiledBlock, tile);
            int[] starts = new int[groups(mask) * tiles + 1];
            int row = 0;
            for (int b = 0; b < batch(mask); b++) {
                for (int h = 0; h < heads(mask); h++) {
                    for (int t = 0; t < tiles; t++) {
                        append(b, h, AttentionSizes.tileStart(t, tiledBlock, tile));
                        starts[++row] = size / 2;
                    }
                }
            }
            boolean changing = mask != null && mask.isChanging();
            return new Spans(starts, Arrays.copyOf(spans, changing ? most(tiles) : size), changing);
        }

        /** Ints of spans where no two pieces of any block are neighbours of one kind. */
        private int most(int tiles) {
            int pieces = Math.ceilDiv(otherLength, otherBlock) * Math.ceilDiv(otherBlock, AttentionSizes.TILE);
            return Math.multiplyExact(2 * groups(mask) * tiles, pieces);
        }

        /** A tile's spans: its partial and full blocks merged in ascending order, or everything without a mask. */
        private void append(int b, int h, int tileStart) {
            int first = size;
            if (mask == null) {
                append(first, 0, otherLength, 1);
                return;
            }
            BlockLists lists = byQuery ? mask.lists() : mask.transposed();
            int row = byQuery ? mask.row(b, h, tileStart / tiledBlock) : mask.column(b, h, tileStart / tiledBlock);
            int p = lists.partialOffsets()[row];
            int f = lists.fullOffsets()[row];
            int partialEnd = lists.partialOffsets()[row + 1];
            int fullEnd = lists.fullOffsets()[row + 1];
            while (p < partialEnd || f < fullEnd) {
                boolean full = p == partialEnd || f < fullEnd && lists.fullBlocks()[f] < lists.partialBlocks()[p];
                int start = (full ? lists.fullBlocks()[f++] : lists.partialBlocks()[p++]) * otherBlock;
                int end = Math.min(start + otherBlock, otherLength);
                if (full) {
                    append(first, start, end, 1);
                } else {
                    partial(first, b, h, tileStart, start, end);
                }
            }
        }

        private void partial(int first, int b, int h, int tileStart, int start, int end) {
            for (int at = start; at < end; at += AttentionSizes.TILE) {
                int pieceEnd = Math.min(at + AttentionSizes.TILE, end);
                switch (decide(b, h, tileStart, at, pieceEnd)) {
                    case TRUE -> append(first, at, pieceEnd, 1);
                    case UNKNOWN -> append(first, at, pieceEnd, 0);
                    case FALSE -> {}
                }
            }
        }

        private IntervalAnalysis.Decision decide(int b, int h, int tileStart, int start, int end) {
            if (analysis == null) {
                return IntervalAnalysis.Decision.UNKNOWN;
            }
            int tiled = byQuery ? 2 : 3;
            from[0] = b;
            to[0] = b;
            from[1] = h;
            to[1] = h;
            from[tiled] = tileStart;
            to[tiled] = AttentionSizes.tileEnd(tileStart, tiledBlock, tiledLength, tile) - 1;
            from[5 - tiled] = start;
            to[5 - tiled] = end - 1;
            return analysis.decide(from, to);
        }

        private void append(int first, int start, int end, int full) {
            if (size > first && spans[size - 1] == start * 2 + full) {
                spans[size - 1] = end * 2 + full;
                return;
            }
            if (size == spans.length) {
                spans = Arrays.copyOf(spans, 2 * size);
            }
            spans[size++] = start;
            spans[size++] = end * 2 + full;
        }
    }
}
