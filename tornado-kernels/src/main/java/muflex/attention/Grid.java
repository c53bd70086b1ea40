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

    private static void positive(String name, int value, String fix) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + ": expected a positive size, got " + value + "; " + fix);
        }
    }
}
