package muflex.experiments.speed;

import java.util.Random;
import java.util.stream.IntStream;
import muflex.attention.AttentionShape;

/**
 * Some rows of dq, dk and dv against float64, given out and lse, which {@link RowCheck} has seen. The mods timed here add to the
 * score, so that their derivative is 1.
 */
final class GradientCheck {
    private static final int ROWS = 24;

    private final AttentionShape shape;
    private final ExactScores exact;
    private final float[] v;
    private final float[] dOut;
    private final float[] lse;
    private final double[] delta;

    GradientCheck(ExactScores exact, float[] v, float[] dOut, float[] out, float[] lse) {
        this.exact = exact;
        this.v = v;
        this.dOut = dOut;
        this.lse = lse;
        shape = exact.shape();
        delta = IntStream.range(0, lse.length)
                .parallel()
                .mapToDouble(row -> ExactScores.dot(out, row, dOut, row, shape.valueDim()))
                .toArray();
    }

    /** The errors over {@value #ROWS} rows of queries and as many of keys, the last among them; NaN where an answer is NaN. */
    RowCheck.Errors errors(float[] dq, float[] dk, float[] dv) {
        RowCheck.Errors ofQueries = rows(shape.lseSize())
                .mapToObj(row -> queryRow(row, dq))
                .reduce(new RowCheck.Errors(0, 0, 0), RowCheck.Errors::plus);
        RowCheck.Errors ofKeys = rows(shape.batch() * shape.kvHeads() * shape.kvLength())
                .mapToObj(row -> keyRow(row, dk, dv))
                .reduce(new RowCheck.Errors(0, 0, 0), RowCheck.Errors::plus);
        RowCheck.Errors sum = ofQueries.plus(ofKeys);
        return new RowCheck.Errors(sum.largest(), sum.mean() / (3 * ROWS), 0);
    }

    private static IntStream rows(int count) {
        int[] chosen = new Random(count).ints(ROWS, 0, count).toArray();
        chosen[0] = count - 1;
        return IntStream.of(chosen).parallel();
    }

    private double weight(int row, int kv) {
        return lse[row] == Float.NEGATIVE_INFINITY ? 0 : Math.exp(exact.score(row, kv) - lse[row]);
    }

    /** The gradient of a score. */
    private double gradient(int row, int kv, double weight) {
        double dWeight = ExactScores.dot(dOut, row, v, exact.firstKey(row) + kv, shape.valueDim());
        return weight == 0 ? 0 : weight * (dWeight - delta[row]);
    }

    private RowCheck.Errors queryRow(int row, float[] dq) {
        double[] sum = new double[shape.headDim()];
        for (int kv = 0; kv < shape.kvLength(); kv++) {
            double gradient = gradient(row, kv, weight(row, kv)) * shape.defaultScale();
            add(sum, gradient, exact.k(), exact.firstKey(row) + kv);
        }
        return errors(sum, dq, row);
    }

    private RowCheck.Errors keyRow(int keyRow, float[] dk, float[] dv) {
        double[] keySum = new double[shape.headDim()];
        double[] valueSum = new double[shape.valueDim()];
        int kv = keyRow % shape.kvLength();
        int queries = shape.groupSize() * shape.queryLength();
        int firstRow = keyRow / shape.kvLength() * queries;
        for (int row = firstRow; row < firstRow + queries; row++) {
            double weight = weight(row, kv);
            add(keySum, gradient(row, kv, weight) * shape.defaultScale(), exact.q(), row);
            add(valueSum, weight, dOut, row);
        }
        return errors(keySum, dk, keyRow).plus(errors(valueSum, dv, keyRow));
    }

    private static void add(double[] sum, double factor, float[] matrix, int row) {
        for (int e = 0; factor != 0 && e < sum.length; e++) {
            sum[e] += factor * matrix[row * sum.length + e];
        }
    }

    private static RowCheck.Errors errors(double[] expected, float[] actual, int row) {
        double largest = 0;
        double total = 0;
        for (int e = 0; e < expected.length; e++) {
            double error = Math.abs(actual[row * expected.length + e] - expected[e]);
            largest = Math.max(largest, error);
            total += error;
        }
        return new RowCheck.Errors(largest, total / expected.length, 0);
    }
}
