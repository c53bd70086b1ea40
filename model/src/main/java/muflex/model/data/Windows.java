package muflex.model.data;

/**
 * Fixed stretches of a text on which losses are measured: window i predicts the {@code context} bytes after
 * {@code starts[i]}.
 *
 * @param text where they lie
 * @param context predicted bytes a window
 * @param starts first input position of each window
 */
public record Windows(Text text, int context, int[] starts) {

    /** {@code count} windows spread evenly over the text; fewer where they would overlap. */
    public static Windows spread(Text text, int context, int count) {
        int last = text.length() - context - 1;
        if (last < 0) {
            throw new IllegalArgumentException("text: expected more than " + context + " bytes in each split, got "
                    + text.length() + "; give more text or a shorter context");
        }
        int fitting = Math.clamp(count, 1, 1 + last / context);
        int[] starts = new int[fitting];
        for (int i = 0; i < fitting; i++) {
            starts[i] = fitting == 1 ? 0 : (int) ((long) last * i / (fitting - 1));
        }
        return new Windows(text, context, starts);
    }

    public int count() {
        return starts.length;
    }

    /** Writes window {@code index} into row {@code row} of {@code [rows, context]} arrays. */
    public void fill(int index, int row, int[] tokens, int[] targets) {
        copy(text, starts[index], context, row, tokens, targets);
    }

    static void copy(Text text, int start, int context, int row, int[] tokens, int[] targets) {
        for (int i = 0; i < context; i++) {
            tokens[row * context + i] = text.token(start + i);
            targets[row * context + i] = text.token(start + i + 1);
        }
    }
}
