package muflex.attention;

/**
 * The sizes of a block mask.
 *
 * @param storedBatch batches whose lists are kept: {@code batch}, or 1 if all are alike
 * @param storedHeads heads whose lists are kept: {@code heads}, or 1 if all are alike
 */
record Grid(
        int batch,
        int heads,
        int queryLength,
        int kvLength,
        int queryBlock,
        int kvBlock,
        int storedBatch,
        int storedHeads) {

    Grid {
        positive("batch", batch, "1 is for every batch");
        positive("heads", heads, "1 is for every query head");
        positive("queryLength", queryLength, "pass at least 1");
        positive("kvLength", kvLength, "pass at least 1");
        positive("queryBlock", queryBlock, "128 is usual");
        positive("kvBlock", kvBlock, "128 is usual");
    }

    int queryBlocks() {
        return Math.ceilDiv(queryLength, queryBlock);
    }

    int kvBlocks() {
        return Math.ceilDiv(kvLength, kvBlock);
    }

    /** Batches times heads whose lists are kept. */
    int groups() {
        return storedBatch * storedHeads;
    }

    /** Which of the {@link #groups()} is of this batch and head. */
    int group(int b, int h) {
        return (storedBatch == 1 ? 0 : b) * storedHeads + (storedHeads == 1 ? 0 : h);
    }

    /** The first query past block {@code queryBlock}. */
    int queryEnd(int block) {
        return (int) Math.min(queryLength, (block + 1L) * queryBlock);
    }

    /** The first key past block {@code kvBlock}. */
    int kvEnd(int block) {
        return (int) Math.min(kvLength, (block + 1L) * kvBlock);
    }

    Grid withLengths(int newQueryLength, int newKvLength) {
        return new Grid(batch, heads, newQueryLength, newKvLength, queryBlock, kvBlock, storedBatch, storedHeads);
    }

    /** For some of the batches, heads and queries; what was alike for all of them still is. */
    Grid sliced(int newBatch, int newHeads, int newQueryLength) {
        return new Grid(
                newBatch,
                newHeads,
                newQueryLength,
                kvLength,
                queryBlock,
                kvBlock,
                Math.min(storedBatch, newBatch),
                Math.min(storedHeads, newHeads));
    }

    /** The sizes of this combined with {@code other}. */
    Grid broadcast(Grid other) {
        same("queryLength", queryLength, other.queryLength, "adjust the longer mask");
        same("kvLength", kvLength, other.kvLength, "adjust the longer mask");
        same("queryBlock", queryBlock, other.queryBlock, "create both with the same blocks");
        same("kvBlock", kvBlock, other.kvBlock, "create both with the same blocks");
        if (batch != 1 && other.batch != 1) {
            same("batch", batch, other.batch, "a size of 1 broadcasts");
        }
        if (heads != 1 && other.heads != 1) {
            same("heads", heads, other.heads, "a size of 1 broadcasts");
        }
        return new Grid(
                Math.max(batch, other.batch),
                Math.max(heads, other.heads),
                queryLength,
                kvLength,
                queryBlock,
                kvBlock,
                Math.max(storedBatch, other.storedBatch),
                Math.max(storedHeads, other.storedHeads));
    }

    private static void same(String name, int expected, int got, String fix) {
        if (expected != got) {
            throw new IllegalArgumentException(
                    name + ": expected both masks to have " + expected + ", got " + got + "; " + fix);
        }
    }

    private static void positive(String name, int value, String fix) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + ": expected a positive size, got " + value + "; " + fix);
        }
    }
}
