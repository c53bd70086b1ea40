package muflex.kernels;

/** {@link TokenKernels} for GPUs, where a work item for a few columns would be too few of them. */
public final class GroupTokens {
    /** Work items in a group. */
    public static final int ITEMS = 128;

    private GroupTokens() {}

    /** Floats of local memory. */
    public static int localFloats() {
        return ITEMS;
    }

    /** Groups of {@link #embeddingGradient}. */
    public static int groups(int vocab, int dim) {
        return Math.multiplyExact(vocab, blocks(dim));
    }

    private static int blocks(int dim) {
        return (dim + ITEMS - 1) / ITEMS;
    }

    /**
     * {@link TokenKernels#embeddingGradient} with the same sums to the bit; {@code count} tokens. One group is a row of out and
     * {@value #ITEMS} columns, an item one of these; together they look for the row's tokens.
     */
    public static void embeddingGradient(float[] upstream, int[] tokens, float[] out, int count, int dim) {
        float[] hits = WorkGroup.localFloats(ITEMS);
        int row = WorkGroup.groupId() / blocks(dim);
        int column = WorkGroup.groupId() % blocks(dim) * ITEMS + WorkGroup.localId();
        float sum = 0f;
        for (int from = 0; from < count; from += ITEMS) {
            int at = from + WorkGroup.localId();
            hits[WorkGroup.localId()] = at < count && tokens[at] == row ? 1f : 0f;
            WorkGroup.barrier();
            for (int i = 0; i < ITEMS; i++) {
                if (hits[i] > 0f && column < dim) {
                    sum += upstream[(from + i) * dim + column];
                }
            }
            WorkGroup.barrier();
        }
        if (column < dim) {
            out[row * dim + column] = sum;
        }
    }
}
