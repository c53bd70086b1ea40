package muflex.attention;

import java.util.Arrays;

/** Block masks made from other block masks, and from lists. */
final class BlockAlgebra {

    private BlockAlgebra() {}

    /** The blocks of {@code a ∧ b} or {@code a ∨ b}; only where both are partial is anything evaluated. */
    static BlockLists combine(BlockMask a, BlockMask b, boolean and, Grid grid, Classifier classifier) {
        ListsBuilder lists = new ListsBuilder(grid.groups() * grid.queryBlocks());
        byte[] left = new byte[grid.kvBlocks()];
        byte[] right = new byte[grid.kvBlocks()];
        for (int group = 0; group < grid.groups(); group++) {
            int batch = group / grid.storedHeads();
            int head = group % grid.storedHeads();
            for (int qb = 0; qb < grid.queryBlocks(); qb++) {
                row(a, batch, head, qb, left);
                row(b, batch, head, qb, right);
                for (int kvb = 0; kvb < left.length; kvb++) {
                    left[kvb] = left[kvb] == Classifier.PARTIAL && right[kvb] == Classifier.PARTIAL
                            ? classifier.block(batch, head, qb, kvb)
                            : combine(left[kvb], right[kvb], and);
                }
                lists.addRow(left, 0, left.length);
            }
        }
        return lists.build();
    }

    /** Empty, partial, full are ordered: ∧ is the lesser and ∨ the greater, unless both are partial. */
    private static byte combine(byte a, byte b, boolean and) {
        return and == a < b ? a : b;
    }

    /** The classes of one row of blocks. */
    private static void row(BlockMask mask, int b, int h, int queryBlock, byte[] classes) {
        Arrays.fill(classes, Classifier.EMPTY);
        BlockLists lists = mask.lists();
        int row = mask.row(b, h, queryBlock);
        set(classes, lists.partialOffsets(), lists.partialBlocks(), row, Classifier.PARTIAL);
        set(classes, lists.fullOffsets(), lists.fullBlocks(), row, Classifier.FULL);
    }

    /** Blocks past the end of {@code classes} are left out. */
    private static void set(byte[] classes, int[] offsets, int[] blocks, int row, byte type) {
        for (int i = offsets[row]; i < offsets[row + 1] && blocks[i] < classes.length; i++) {
            classes[blocks[i]] = type;
        }
    }

    /** The blocks of {@code mask} that begin within the smaller {@code grid}; partial ones that it cuts are looked at anew. */
    static BlockLists adjust(BlockMask mask, Grid grid, Classifier classifier) {
        ListsBuilder lists = new ListsBuilder(grid.groups() * grid.queryBlocks());
        byte[] classes = new byte[grid.kvBlocks()];
        boolean cutsRow = grid.queryEnd(grid.queryBlocks() - 1) < mask.queryLength();
        boolean cutsColumn = grid.kvEnd(grid.kvBlocks() - 1) < mask.kvLength();
        for (int group = 0; group < grid.groups(); group++) {
            int b = group / grid.storedHeads();
            int h = group % grid.storedHeads();
            for (int qb = 0; qb < grid.queryBlocks(); qb++) {
                row(mask, b, h, qb, classes);
                boolean lastRow = cutsRow && qb == grid.queryBlocks() - 1;
                for (int kvb = lastRow ? 0 : grid.kvBlocks() - 1; kvb < grid.kvBlocks(); kvb++) {
                    boolean cut = lastRow || (cutsColumn && kvb == grid.kvBlocks() - 1);
                    if (cut && classes[kvb] == Classifier.PARTIAL) {
                        classes[kvb] = classifier.block(b, h, qb, kvb);
                    }
                }
                lists.addRow(classes, 0, classes.length);
            }
        }
        return lists.build();
    }

    /** The rows of some batches, heads and query blocks. */
    static BlockLists slice(BlockMask mask, Grid grid, int firstBatch, int firstHead, int firstQueryBlock) {
        ListsBuilder lists = new ListsBuilder(grid.groups() * grid.queryBlocks());
        byte[] classes = new byte[grid.kvBlocks()];
        for (int group = 0; group < grid.groups(); group++) {
            int b = firstBatch + group / grid.storedHeads();
            int h = firstHead + group % grid.storedHeads();
            for (int qb = 0; qb < grid.queryBlocks(); qb++) {
                row(mask, b, h, firstQueryBlock + qb, classes);
                lists.addRow(classes, 0, classes.length);
            }
        }
        return lists.build();
    }

    /** Lists given by hand, {@code [batch][heads][queryBlocks][any]}. */
    static BlockLists fromLists(Grid grid, int[][][][] partial, int[][][][] full) {
        ListsBuilder lists = new ListsBuilder(grid.groups() * grid.queryBlocks());
        axis("partial", "batch", partial.length, grid.batch());
        axis("full", "batch", full.length, grid.batch());
        byte[] classes = new byte[grid.kvBlocks()];
        for (int b = 0; b < grid.batch(); b++) {
            axis("partial", "heads", partial[b].length, grid.heads());
            axis("full", "heads", full[b].length, grid.heads());
            for (int h = 0; h < grid.heads(); h++) {
                axis("partial", "queryBlocks", partial[b][h].length, grid.queryBlocks());
                axis("full", "queryBlocks", full[b][h].length, grid.queryBlocks());
                for (int qb = 0; qb < grid.queryBlocks(); qb++) {
                    Arrays.fill(classes, Classifier.EMPTY);
                    list("partial", partial[b][h][qb], classes, Classifier.PARTIAL);
                    list("full", full[b][h][qb], classes, Classifier.FULL);
                    lists.addRow(classes, 0, classes.length);
                }
            }
        }
        return lists.build();
    }

    private static void axis(String name, String axis, int got, int expected) {
        if (got != expected) {
            throw new IllegalArgumentException(name + ": expected [batch][heads][queryBlocks][any] with " + expected
                    + " along " + axis + ", got " + got + "; give one list for each query block");
        }
    }

    private static void list(String name, int[] blocks, byte[] classes, byte type) {
        for (int block : blocks) {
            if (block < 0 || block >= classes.length) {
                throw new IllegalArgumentException(name + ": expected key blocks from 0 to " + (classes.length - 1)
                        + ", got " + block + "; list block numbers, not positions");
            }
            if (classes[block] != Classifier.EMPTY) {
                throw new IllegalArgumentException(
                        name + ": expected each key block once in a query block's partial and"
                                + " full lists together, got " + block + " twice; remove one");
            }
            classes[block] = type;
        }
    }
}
