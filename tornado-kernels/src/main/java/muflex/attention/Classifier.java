package muflex.attention;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Finds the class of every block of a mask, exactly and without touching every element: a rectangle of blocks that
 * interval analysis decides is done; one that it doesn't is halved, down to single blocks, whose elements are evaluated
 * until both answers have been seen. So the work follows the mask's boundary, not its area.
 */
final class Classifier {

    static final byte EMPTY = 0;
    static final byte PARTIAL = 1;
    static final byte FULL = 2;

    /** Rows of blocks that one task classes: enough to decide large rectangles, few enough to need little memory. */
    private static final int STRIP = 64;

    /** What can be said of a rectangle of elements without evaluating them. */
    interface Decider {
        /** {@code FULL} or {@code EMPTY} if that is certain of all elements (bounds inclusive), else {@code PARTIAL}. */
        byte decide(int b, int h, int firstQuery, int lastQuery, int firstKv, int lastKv);
    }

    private final MaskMod mask;
    private final Decider decider;
    private final Grid grid;

    Classifier(LiftableMask asked, Grid grid) {
        mask = asked.mask();
        decider = asked.decider();
        this.grid = grid;
    }

    /** All blocks of all stored batches and heads. */
    BlockLists classify() {
        int strips = Math.ceilDiv(grid.queryBlocks(), STRIP);
        BlockLists[] parts = IntStream.range(0, Math.multiplyExact(grid.groups(), strips))
                .parallel()
                .mapToObj(task -> strip(task / strips, task % strips))
                .toArray(BlockLists[]::new);
        return parts.length == 1 ? parts[0] : ListsBuilder.concatenate(parts);
    }

    private BlockLists strip(int group, int strip) {
        int first = strip * STRIP;
        int end = Math.min(grid.queryBlocks(), first + STRIP);
        Strip classes = new Strip(
                group / grid.storedHeads(),
                group % grid.storedHeads(),
                first,
                new byte[Math.multiplyExact(end - first, grid.kvBlocks())]);
        rectangle(classes, first, end, 0, grid.kvBlocks());
        ListsBuilder lists = new ListsBuilder(end - first);
        for (int row = 0; row < end - first; row++) {
            lists.addRow(classes.classes, row * grid.kvBlocks(), grid.kvBlocks());
        }
        return lists.build();
    }

    private record Strip(int b, int h, int firstBlock, byte[] classes) {}

    /** Classes the blocks {@code [queryFrom, queryTo) × [kvFrom, kvTo)}. */
    private void rectangle(Strip strip, int queryFrom, int queryTo, int kvFrom, int kvTo) {
        int firstQuery = queryFrom * grid.queryBlock();
        int firstKv = kvFrom * grid.kvBlock();
        int queryEnd = grid.queryEnd(queryTo - 1);
        int kvEnd = grid.kvEnd(kvTo - 1);
        byte type = decider.decide(strip.b, strip.h, firstQuery, queryEnd - 1, firstKv, kvEnd - 1);
        boolean single = queryTo - queryFrom == 1 && kvTo - kvFrom == 1;
        if (type == PARTIAL && single) {
            type = evaluate(strip.b, strip.h, firstQuery, queryEnd, firstKv, kvEnd);
        }
        if (type != PARTIAL || single) {
            fill(strip, queryFrom, queryTo, kvFrom, kvTo, type);
        } else if (kvTo - kvFrom == 1 || (queryTo - queryFrom > 1 && queryEnd - firstQuery > kvEnd - firstKv)) {
            int middle = (queryFrom + queryTo) >>> 1;
            rectangle(strip, queryFrom, middle, kvFrom, kvTo);
            rectangle(strip, middle, queryTo, kvFrom, kvTo);
        } else {
            int middle = (kvFrom + kvTo) >>> 1;
            rectangle(strip, queryFrom, queryTo, kvFrom, middle);
            rectangle(strip, queryFrom, queryTo, middle, kvTo);
        }
    }

    private void fill(Strip strip, int queryFrom, int queryTo, int kvFrom, int kvTo, byte type) {
        for (int qb = queryFrom; qb < queryTo; qb++) {
            int row = (qb - strip.firstBlock) * grid.kvBlocks();
            Arrays.fill(strip.classes, row + kvFrom, row + kvTo, type);
        }
    }

    /** The class of one block, by analysis where that decides, else by evaluation. */
    byte block(int b, int h, int queryBlock, int kvBlock) {
        int firstQuery = queryBlock * grid.queryBlock();
        int firstKv = kvBlock * grid.kvBlock();
        int queryEnd = grid.queryEnd(queryBlock);
        int kvEnd = grid.kvEnd(kvBlock);
        byte type = decider.decide(b, h, firstQuery, queryEnd - 1, firstKv, kvEnd - 1);
        return type == PARTIAL ? evaluate(b, h, firstQuery, queryEnd, firstKv, kvEnd) : type;
    }

    private byte evaluate(int b, int h, int firstQuery, int queryEnd, int firstKv, int kvEnd) {
        boolean first = mask.test(b, h, firstQuery, firstKv);
        // Most masks are mixed along their boundary in a way that two opposite corners tell.
        if (mask.test(b, h, queryEnd - 1, firstKv) != first || mask.test(b, h, firstQuery, kvEnd - 1) != first) {
            return PARTIAL;
        }
        for (int q = firstQuery; q < queryEnd; q++) {
            for (int kv = firstKv; kv < kvEnd; kv++) {
                if (mask.test(b, h, q, kv) != first) {
                    return PARTIAL;
                }
            }
        }
        return first ? FULL : EMPTY;
    }
}
