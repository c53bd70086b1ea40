package muflex.engine.tornado;

/** The first and last rows of each head, and sizes of rows; arrays are {@code [head, row, width]}. */
final class Ends {
    /** At either end. */
    static final int ROWS = 8;

    private Ends() {}

    /** The rows compared of one batch. */
    static float[] of(float[] array, int heads, int width) {
        return of(array, 0, heads, array.length / heads / width, width);
    }

    /** Of the heads from {@code head} on. */
    static float[] of(float[] array, int head, int heads, int length, int width) {
        int rows = Math.min(2 * ROWS, length);
        float[] part = new float[heads * rows * width];
        for (int i = 0; i < heads * rows; i++) {
            int row = i % rows < ROWS ? i % rows : length - rows + i % rows;
            System.arraycopy(array, ((head + i / rows) * length + row) * width, part, i * width, width);
        }
        return part;
    }

    /** A copy of the whole with zeros but for the rows compared of some heads. */
    static float[] only(float[] array, int head, int heads, int length, int width) {
        float[] copy = new float[array.length];
        for (int row = 0; row < heads * length; row++) {
            if (row % length < ROWS || row % length >= length - ROWS) {
                int at = (head * length + row) * width;
                System.arraycopy(array, at, copy, at, width);
            }
        }
        return copy;
    }

    /** The array itself where {@code unit} is 1. */
    static float[] times(float unit, float[] array) {
        if (unit == 1) {
            return array;
        }
        float[] scaled = array.clone();
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] *= unit;
        }
        return scaled;
    }

    static double norm(float[] array) {
        return norm(array, 0, array.length);
    }

    /** Of the row of {@code width} at {@code at}. */
    static double norm(float[] array, int at, int width) {
        double squares = 0;
        for (int i = at; i < at + width; i++) {
            squares += (double) array[i] * array[i];
        }
        return Math.sqrt(squares);
    }

    /** The norm of the longest row. */
    static double longest(float[] array, int width) {
        double longest = 0;
        for (int at = 0; at < array.length; at += width) {
            longest = Math.max(longest, norm(array, at, width));
        }
        return longest;
    }
}
