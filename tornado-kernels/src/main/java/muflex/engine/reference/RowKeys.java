package muflex.engine.reference;

import muflex.attention.BlockLists;
import muflex.attention.BlockMask;
import org.jspecify.annotations.Nullable;

/** The keys that one query row attends to, found from the block lists: absent blocks are never looked at. */
final class RowKeys {

    final int[] keys;
    int count;

    private final @Nullable BlockMask mask;
    private final int kvLength;

    RowKeys(@Nullable BlockMask mask, int kvLength) {
        this.mask = mask;
        this.kvLength = kvLength;
        keys = new int[kvLength];
        if (mask == null) {
            for (int kv = 0; kv < kvLength; kv++) {
                keys[kv] = kv;
            }
            count = kvLength;
        }
    }

    /** Fills {@link #keys} up to {@link #count} for this row, ascending. */
    void find(int b, int h, int q) {
        if (mask == null) {
            return;
        }
        count = 0;
        BlockLists lists = mask.lists();
        int row = mask.row(b, h, q / mask.queryBlock());
        int p = lists.partialOffsets()[row];
        int f = lists.fullOffsets()[row];
        int partialEnd = lists.partialOffsets()[row + 1];
        int fullEnd = lists.fullOffsets()[row + 1];
        while (p < partialEnd || f < fullEnd) {
            boolean full = p == partialEnd || f < fullEnd && lists.fullBlocks()[f] < lists.partialBlocks()[p];
            int first = (full ? lists.fullBlocks()[f++] : lists.partialBlocks()[p++]) * mask.kvBlock();
            int end = Math.min(kvLength, first + mask.kvBlock());
            for (int kv = first; kv < end; kv++) {
                if (full || mask.mask().test(b, h, q, kv)) {
                    keys[count++] = kv;
                }
            }
        }
    }
}
