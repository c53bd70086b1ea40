package muflex.attention;

import java.util.Arrays;

/** Collects {@link BlockLists} row by row. */
final class ListsBuilder {

    private final int[] partialOffsets;
    private final int[] fullOffsets;
    private int[] partial = new int[16];
    private int[] full = new int[16];
    private int partials;
    private int fulls;
    private int row;

    ListsBuilder(int rows) {
        partialOffsets = new int[rows + 1];
        fullOffsets = new int[rows + 1];
    }

    /** Adds a row of the classes {@code [offset, offset + count)}. */
    void addRow(byte[] classes, int offset, int count) {
        partial = room(partial, partials, count);
        full = room(full, fulls, count);
        for (int i = 0; i < count; i++) {
            byte type = classes[offset + i];
            if (type == Classifier.PARTIAL) {
                partial[partials++] = i;
            } else if (type == Classifier.FULL) {
                full[fulls++] = i;
            }
        }
        row++;
        partialOffsets[row] = partials;
        fullOffsets[row] = fulls;
    }

    private static int[] room(int[] list, int used, int more) {
        return list.length - used >= more ? list : Arrays.copyOf(list, used + Math.max(used, more));
    }

    BlockLists build() {
        return new BlockLists(
                partialOffsets, Arrays.copyOf(partial, partials), fullOffsets, Arrays.copyOf(full, fulls));
    }

    /** The rows of all parts, one after the other. */
    static BlockLists concatenate(BlockLists[] parts) {
        int rows = 0;
        long partials = 0;
        long fulls = 0;
        for (BlockLists part : parts) {
            rows += part.rows();
            partials += part.partialBlocks().length;
            fulls += part.fullBlocks().length;
        }
        if (Math.max(partials, fulls) > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "queryBlock, kvBlock: expected sizes that list fewer than 2^31 blocks, got " + (partials + fulls)
                            + " blocks; pass larger blocks");
        }
        BlockLists all =
                new BlockLists(new int[rows + 1], new int[(int) partials], new int[rows + 1], new int[(int) fulls]);
        int row = 0;
        for (BlockLists part : parts) {
            append(all.partialOffsets(), all.partialBlocks(), row, part.partialOffsets(), part.partialBlocks());
            append(all.fullOffsets(), all.fullBlocks(), row, part.fullOffsets(), part.fullBlocks());
            row += part.rows();
        }
        return all;
    }

    private static void append(int[] offsets, int[] blocks, int row, int[] moreOffsets, int[] moreBlocks) {
        int start = offsets[row];
        System.arraycopy(moreBlocks, 0, blocks, start, moreBlocks.length);
        for (int i = 1; i < moreOffsets.length; i++) {
            offsets[row + i] = start + moreOffsets[i];
        }
    }
}
