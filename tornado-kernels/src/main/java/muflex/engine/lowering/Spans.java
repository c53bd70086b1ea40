package muflex.engine.lowering;

import java.util.Arrays;
import muflex.attention.AttentionShape;
import muflex.attention.BlockLists;
import muflex.attention.BlockMask;
import muflex.kernels.AttentionSizes;
import org.jspecify.annotations.Nullable;

/**
 * A block mask as the kernels take it, see {@link AttentionSizes}: for each tile the ranges of the other axis that are
 * alive, neighbouring blocks of one kind made one range.
 *
 * @param starts where each tile's spans start in {@code spans}, counted in spans
 * @param spans pairs of start, and end · 2 + (1 if full)
 */
public record Spans(int[] starts, int[] spans) {

    /** For each tile of queries, ranges of keys; without a mask, all keys. */
    public static Spans ofQueries(@Nullable BlockMask mask, AttentionShape shape) {
        int queryBlock = queryBlock(mask);
        int tiles = AttentionSizes.tiles(shape.queryLength(), queryBlock);
        Builder builder = new Builder(groups(mask) * tiles, keyBlock(mask), shape.kvLength());
        for (int b = 0; b < batch(mask); b++) {
            for (int h = 0; h < heads(mask); h++) {
                for (int t = 0; t < tiles; t++) {
                    int block = AttentionSizes.tileStart(t, queryBlock) / queryBlock;
                    builder.add(mask == null ? null : mask.lists(), mask == null ? 0 : mask.row(b, h, block));
                }
            }
        }
        return builder.build();
    }

    /** For each tile of keys, ranges of queries. */
    public static Spans ofKeys(@Nullable BlockMask mask, AttentionShape shape) {
        int keyBlock = keyBlock(mask);
        int tiles = AttentionSizes.tiles(shape.kvLength(), keyBlock);
        Builder builder = new Builder(groups(mask) * tiles, queryBlock(mask), shape.queryLength());
        for (int b = 0; b < batch(mask); b++) {
            for (int h = 0; h < heads(mask); h++) {
                for (int t = 0; t < tiles; t++) {
                    int block = AttentionSizes.tileStart(t, keyBlock) / keyBlock;
                    builder.add(mask == null ? null : mask.transposed(), mask == null ? 0 : mask.column(b, h, block));
                }
            }
        }
        return builder.build();
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

    private static int queryBlock(@Nullable BlockMask mask) {
        return mask == null ? AttentionSizes.TILE : mask.queryBlock();
    }

    private static int keyBlock(@Nullable BlockMask mask) {
        return mask == null ? AttentionSizes.TILE : mask.kvBlock();
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
        private final int block;
        private final int length;
        private final int[] starts;
        private int[] spans = new int[16];
        private int rows;
        private int size;

        private Builder(int rows, int block, int length) {
            this.block = block;
            this.length = length;
            starts = new int[rows + 1];
        }

        /** A row's spans: its partial and full blocks merged in ascending order, or everything without lists. */
        private void add(@Nullable BlockLists lists, int row) {
            int first = size;
            if (lists == null) {
                append(first, 0, length, 1);
            } else {
                int p = lists.partialOffsets()[row];
                int f = lists.fullOffsets()[row];
                int partialEnd = lists.partialOffsets()[row + 1];
                int fullEnd = lists.fullOffsets()[row + 1];
                while (p < partialEnd || f < fullEnd) {
                    boolean full = p == partialEnd || f < fullEnd && lists.fullBlocks()[f] < lists.partialBlocks()[p];
                    int index = full ? lists.fullBlocks()[f++] : lists.partialBlocks()[p++];
                    int start = index * block;
                    append(first, start, Math.min(start + block, length), full ? 1 : 0);
                }
            }
            starts[++rows] = size / 2;
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

        private Spans build() {
            return new Spans(starts, Arrays.copyOf(spans, size));
        }
    }
}
