package muflex.attention;

import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;

/**
 * Finds the class of every block of a mask, exactly and without touching every element: a rectangle of blocks that
 * interval analysis decides is done; one that it doesn't is halved, down to single blocks and
 * within them to a few elements, which are evaluated until both answers have been seen. So the work follows the mask's
 * boundary, not its area.
 */
final class Classifier {

    static final byte EMPTY = 0;
    static final byte PARTIAL = 1;
    static final byte FULL = 2;

    /** Rows of blocks that one task classes: enough to decide large rectangles, few enough to need little memory. */
    private static final int STRIP = 64;

    /** Elements that are evaluated rather than halved once more: about as dear as a decision. */
    private static final int EVALUATED = 256;

    private final MaskMod mask;
    private final Decider decider;
    private final Queue<Decider> idle = new ConcurrentLinkedQueue<>();
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
        Decider taken = idle.poll();
        Decider mine = taken == null ? decider.fork() : taken;
        Strip classes = new Strip(
                mine,
                group / grid.storedHeads(),
                group % grid.storedHeads(),
                first,
                new byte[Math.multiplyExact(end - first, grid.kvBlocks())]);
        rectangle(classes, first, end, 0, grid.kvBlocks());
        idle.add(mine);
        ListsBuilder lists = new ListsBuilder(end - first);
        for (int row = 0; row < end - first; row++) {
            lists.addRow(classes.classes, row * grid.kvBlocks(), grid.kvBlocks());
        }
        return lists.build();
    }

    private record Strip(Decider decider, int b, int h, int firstBlock, byte[] classes) {}

    /** Classes the blocks {@code [queryFrom, queryTo) × [kvFrom, kvTo)}. */
    private void rectangle(Strip strip, int queryFrom, int queryTo, int kvFrom, int kvTo) {
        int firstQuery = queryFrom * grid.queryBlock();
        int firstKv = kvFrom * grid.kvBlock();
        int queryEnd = grid.queryEnd(queryTo - 1);
        int kvEnd = grid.kvEnd(kvTo - 1);
        byte type = strip.decider.decide(strip.b, strip.h, firstQuery, queryEnd - 1, firstKv, kvEnd - 1);
        boolean single = queryTo - queryFrom == 1 && kvTo - kvFrom == 1;
        if (type == PARTIAL && single) {
            type = evaluate(strip.decider, strip.b, strip.h, firstQuery, queryEnd, firstKv, kvEnd);
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

    /** The class of one block, by analysis where that decides, else by evaluation. For one thread. */
    byte block(int b, int h, int queryBlock, int kvBlock) {
        int firstQuery = queryBlock * grid.queryBlock();
        int firstKv = kvBlock * grid.kvBlock();
        int queryEnd = grid.queryEnd(queryBlock);
        int kvEnd = grid.kvEnd(kvBlock);
        byte type = decider.decide(b, h, firstQuery, queryEnd - 1, firstKv, kvEnd - 1);
        return type == PARTIAL ? evaluate(decider, b, h, firstQuery, queryEnd, firstKv, kvEnd) : type;
    }

    private byte evaluate(Decider decider, int b, int h, int firstQuery, int queryEnd, int firstKv, int kvEnd) {
        boolean first = mask.test(b, h, firstQuery, firstKv);
        // Most masks are mixed along their boundary in a way that two opposite corners tell.
        if (mask.test(b, h, queryEnd - 1, firstKv) != first || mask.test(b, h, firstQuery, kvEnd - 1) != first) {
            return PARTIAL;
        }
        // Irregular ones are mixed anywhere: one row is cheaper than halving.
        if (!isAllEvaluated(first, b, h, firstQuery, firstQuery + 1, firstKv, kvEnd)
                || !isAll(first, decider, b, h, firstQuery, queryEnd, firstKv, kvEnd)) {
            return PARTIAL;
        }
        return first ? FULL : EMPTY;
    }

    /** Whether the mask says {@code answer} of all these elements; analysis may decide a part of what it can't as a whole. */
    private boolean isAll(
            boolean answer, Decider decider, int b, int h, int firstQuery, int queryEnd, int firstKv, int kvEnd) {
        int queries = queryEnd - firstQuery;
        int keys = kvEnd - firstKv;
        if ((long) queries * keys <= EVALUATED) {
            return isAllEvaluated(answer, b, h, firstQuery, queryEnd, firstKv, kvEnd);
        }
        byte type = decider.decide(b, h, firstQuery, queryEnd - 1, firstKv, kvEnd - 1);
        if (type != PARTIAL) {
            return answer == (type == FULL);
        }
        if (queries > keys) {
            int middle = (firstQuery + queryEnd) >>> 1;
            return isAll(answer, decider, b, h, firstQuery, middle, firstKv, kvEnd)
                    && isAll(answer, decider, b, h, middle, queryEnd, firstKv, kvEnd);
        }
        int middle = (firstKv + kvEnd) >>> 1;
        return isAll(answer, decider, b, h, firstQuery, queryEnd, firstKv, middle)
                && isAll(answer, decider, b, h, firstQuery, queryEnd, middle, kvEnd);
    }

    private boolean isAllEvaluated(boolean answer, int b, int h, int firstQuery, int queryEnd, int firstKv, int kvEnd) {
        for (int q = firstQuery; q < queryEnd; q++) {
            for (int kv = firstKv; kv < kvEnd; kv++) {
                if (mask.test(b, h, q, kv) != answer) {
                    return false;
                }
            }
        }
        return true;
    }
}
