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

    /** Fills {@link #keys} up to {@link #count} for this row: partial blocks first, then full ones. */
    void find(int b, int h, int q) {
        if (mask == null) {
            return;
        }
        count = 0;
        BlockLists lists = mask.lists();
        int row = mask.row(b, h, q / mask.queryBlock());
        for (int i = lists.partialOffsets()[row]; i < lists.partialOffsets()[row + 1]; i++) {
            int first = lists.partialBlocks()[i] * mask.kvBlock();
            int end = end(first);
            for (int kv = first; kv < end; kv++) {
                if (mask.mask().test(b, h, q, kv)) {
                    keys[count++] = kv;
                }
            }
        }
        for (int i = lists.fullOffsets()[row]; i < lists.fullOffsets()[row + 1]; i++) {
            int first = lists.fullBlocks()[i] * mask.kvBlock();
            int end = end(first);
            for (int kv = first; kv < end; kv++) {
                keys[count++] = kv;
            }
        }
    }

    private int end(int first) {
        return Math.min(kvLength, first + (mask == null ? 0 : mask.kvBlock()));
    }
}
