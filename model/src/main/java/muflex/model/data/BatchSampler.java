package muflex.model.data;

import muflex.model.CounterRandom;

/**
 * Training batches: stretches of a text at uniformly random places. What a step gets depends on the seed and the
 * step's number only.
 */
public final class BatchSampler {

    private final Text text;
    private final int batch;
    private final int context;
    private final CounterRandom random;

    public BatchSampler(Text text, int batch, int context, long seed) {
        if (text.length() <= context) {
            throw new IllegalArgumentException("text: expected more than " + context + " bytes to train on, got "
                    + text.length() + "; give more text or a shorter context");
        }
        this.text = text;
        this.batch = batch;
        this.context = context;
        this.random = CounterRandom.of(seed, "batches");
    }

    /**
     * Writes the batch of a step.
     *
     * @param tokens [batch, context], the inputs
     * @param targets [batch, context], each input's next byte
     */
    public void fill(long step, int[] tokens, int[] targets) {
        for (int row = 0; row < batch; row++) {
            Windows.copy(text, start(step, row), context, row, tokens, targets);
        }
    }

    /** Writes, for each input token of a step, the index of its document: {@code documents [batch, context]}. */
    public void fillDocuments(long step, int[] documents) {
        for (int row = 0; row < batch; row++) {
            int start = start(step, row);
            for (int i = 0; i < context; i++) {
                documents[row * context + i] = text.documentAt(start + i);
            }
        }
    }

    private int start(long step, int row) {
        return random.below(step * batch + row, text.length() - context);
    }
}
