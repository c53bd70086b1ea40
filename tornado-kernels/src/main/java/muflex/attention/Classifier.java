package muflex.attention;

import java.util.Arrays;

/** Finds the class of every block of a mask. */
final class Classifier {

    static final byte EMPTY = 0;
    static final byte PARTIAL = 1;
    static final byte FULL = 2;

    private final MaskMod mask;
    private final Grid grid;

    private Classifier(MaskMod mask, Grid grid) {
        this.mask = mask;
        this.grid = grid;
    }

    static BlockLists classify(MaskMod mask, Grid grid) {
        Classifier classifier = new Classifier(mask, grid);
        ListsBuilder lists = new ListsBuilder(grid.groups() * grid.queryBlocks());
        byte[] classes = new byte[grid.kvBlocks()];
        for (int b = 0; b < grid.storedBatch(); b++) {
            for (int h = 0; h < grid.storedHeads(); h++) {
                for (int qb = 0; qb < grid.queryBlocks(); qb++) {
                    for (int kvb = 0; kvb < grid.kvBlocks(); kvb++) {
                        classes[kvb] = classifier.evaluate(b, h, qb, kvb);
                    }
                    lists.addRow(classes);
                }
            }
        }
        return lists.build();
    }

    /** Asks the mask for the block's elements until it has said both yes and no. */
    private byte evaluate(int b, int h, int queryBlock, int kvBlock) {
        int firstQuery = queryBlock * grid.queryBlock();
        int firstKv = kvBlock * grid.kvBlock();
        boolean first = mask.test(b, h, firstQuery, firstKv);
        int kvEnd = grid.kvEnd(kvBlock);
        int queryEnd = grid.queryEnd(queryBlock);
        for (int q = firstQuery; q < queryEnd; q++) {
            for (int kv = firstKv; kv < kvEnd; kv++) {
                if (mask.test(b, h, q, kv) != first) {
                    return PARTIAL;
                }
            }
        }
        return first ? FULL : EMPTY;
    }

    /** Collects rows of classes into lists. */
    static final class ListsBuilder {
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

        void addRow(byte[] classes) {
            partial = room(partial, partials, classes.length);
            full = room(full, fulls, classes.length);
            for (int i = 0; i < classes.length; i++) {
                if (classes[i] == PARTIAL) {
                    partial[partials++] = i;
                } else if (classes[i] == FULL) {
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
    }
}
