package muflex.model.data;

import org.jspecify.annotations.Nullable;

/**
 * A byte n-gram model with interpolated absolute discounting (Ney, Essen and Kneser 1994): with the preceding n − 1
 * bytes h, seen N times and followed by T different bytes,
 * {@code P(c|h) = max(count(hc) − D, 0)/N + D·T/N · P(c|shorter h)}, down to a uniform distribution. D is estimated
 * for each order from the training counts as {@code n1/(n1 + 2·n2)}, n1 and n2 being the numbers of n-grams seen once
 * and twice. No constant is tuned.
 */
public final class NgramModel {

    private static final int VALUES = 256;
    private static final int LONGEST = 3;

    private final int order;
    /** By context; null where it was never seen. Each row: 256 counts, their sum, how many aren't zero. */
    private final int[] @Nullable [] rows;

    private final double discount;
    private final @Nullable NgramModel shorter;

    private NgramModel(int order, Text text) {
        this.order = order;
        this.shorter = order == 1 ? null : new NgramModel(order - 1, text);
        this.rows = count(order, text);
        this.discount = discount(rows);
    }

    /**
     * Counts a text.
     *
     * @param order 1 for bytes alone, 2 for one byte of context, 3 for two
     */
    public static NgramModel train(int order, Text text) {
        if (order < 1 || order > LONGEST) {
            throw new IllegalArgumentException(
                    "order: expected 1, 2 or 3, got " + order + "; longer contexts would need sparse counts");
        }
        return new NgramModel(order, text);
    }

    public int order() {
        return order;
    }

    /** P(byte at {@code position} | the bytes before it), of any text. */
    public double probability(Text text, int position) {
        double rest = shorter == null ? 1.0 / VALUES : shorter.probability(text, position);
        if (position < order - 1) {
            return rest;
        }
        int[] row = rows[context(order, text, position)];
        if (row == null) {
            return rest;
        }
        double sum = row[VALUES];
        return (Math.max(row[text.token(position)] - discount, 0) + discount * row[VALUES + 1] * rest) / sum;
    }

    /** Mean of −ln P over the bytes that the windows predict, each with all its preceding bytes. */
    public double natsPerByte(Windows windows) {
        double nats = 0;
        for (int start : windows.starts()) {
            for (int i = 1; i <= windows.context(); i++) {
                nats -= Math.log(probability(windows.text(), start + i));
            }
        }
        return nats / ((double) windows.count() * windows.context());
    }

    private static int context(int order, Text text, int position) {
        int context = 0;
        for (int back = order - 1; back > 0; back--) {
            context = context * VALUES + text.token(position - back);
        }
        return context;
    }

    private static int[] @Nullable [] count(int order, Text text) {
        int contexts = 1;
        for (int i = 1; i < order; i++) {
            contexts *= VALUES;
        }
        int[] @Nullable [] rows = new int[contexts][];
        for (int position = order - 1; position < text.length(); position++) {
            int context = context(order, text, position);
            int[] row = rows[context];
            if (row == null) {
                row = new int[VALUES + 2];
                rows[context] = row;
            }
            if (row[text.token(position)]++ == 0) {
                row[VALUES + 1]++;
            }
            row[VALUES]++;
        }
        return rows;
    }

    private static double discount(int[] @Nullable [] rows) {
        long once = 0;
        long twice = 0;
        for (int[] row : rows) {
            for (int value = 0; row != null && value < VALUES; value++) {
                once += row[value] == 1 ? 1 : 0;
                twice += row[value] == 2 ? 1 : 0;
            }
        }
        // Without n-grams seen once there is nothing to estimate from; half a count keeps unseen bytes possible.
        return once == 0 ? 0.5 : (double) once / (once + 2 * twice);
    }
}
