package muflex.engine.reference;

import muflex.graph.HeadOp;
import muflex.graph.Shape;

/** Head layouts and rotary positions in float64. */
final class OracleHeads {

    private OracleHeads() {}

    static void split(HeadOp.SplitHeads op, double[] x, double[] out) {
        Shape to = op.outputs().getFirst();
        for (int i = 0; i < x.length; i++) {
            out[splitIndex(i, to.size(1), to.size(2), to.size(3))] = x[i];
        }
    }

    static void merge(HeadOp.MergeHeads op, double[] x, double[] out) {
        Shape from = op.x().shape();
        for (int i = 0; i < x.length; i++) {
            out[i] = x[splitIndex(i, from.size(1), from.size(2), from.size(3))];
        }
    }

    /** The index in {@code [batch, heads, seq, dim]} of an index in {@code [batch, seq, heads·dim]}. */
    private static int splitIndex(int i, int heads, int seq, int dim) {
        int column = i % (heads * dim);
        int row = i / (heads * dim);
        return ((row / seq * heads + column / dim) * seq + row % seq) * dim + column % dim;
    }

    static void table(HeadOp.RotaryTable op, Values values, double[] cosine, double[] sine) {
        int[] positions = op.position() == null ? new int[1] : values.ints(op.position());
        int half = op.dim() / 2;
        for (int i = 0; i < cosine.length; i++) {
            int position = positions.length > 1 ? positions[i / half] : positions[0] + i / half;
            double angle = position * Math.pow(op.base(), -2.0 * (i % half) / op.dim());
            cosine[i] = Math.cos(angle);
            sine[i] = Math.sin(angle);
        }
    }

    static void rotate(HeadOp.Rotary op, Values values, double[] out) {
        double[] x = values.of(op.x());
        double[] cosine = values.of(op.cosine());
        double[] sine = values.of(op.sine());
        int dim = op.x().shape().size(3);
        int half = dim / 2;
        for (int row = 0; row < x.length / dim; row++) {
            int angles = row % op.x().shape().size(2) * half;
            for (int i = 0; i < half; i++) {
                double c = cosine[angles + i];
                double s = op.backwards() ? -sine[angles + i] : sine[angles + i];
                double first = x[row * dim + i];
                double second = x[row * dim + half + i];
                out[row * dim + i] = first * c - second * s;
                out[row * dim + half + i] = second * c + first * s;
            }
        }
    }
}
