package muflex.experiments.compare;

import muflex.attention.AttentionShape;
import muflex.engine.AttentionSpec;
import muflex.engine.reference.ReferenceAttention;

/** The right answer, in float64 throughout; layouts as in {@link AttentionShape}. */
record Gold(double[] out, double[] lse, double[] dq, double[] dk, double[] dv, double[][] dLearned) {

    static Gold of(AttentionSpec spec, Tensors tensors) {
        AttentionShape shape = spec.shape();
        Gold gold = new Gold(
                new double[shape.outSize()],
                new double[shape.lseSize()],
                new double[shape.querySize()],
                new double[shape.keySize()],
                new double[shape.valueSize()],
                spec.learnable().stream().map(array -> new double[array.length]).toArray(double[][]::new));
        double[] q = widen(tensors.q());
        double[] k = widen(tensors.k());
        double[] v = widen(tensors.v());
        try (ReferenceAttention reference = new ReferenceAttention(spec)) {
            reference.forward(q, k, v, gold.out, gold.lse);
            double[] dOut = widen(tensors.dOut());
            reference.backward(q, k, v, gold.out, gold.lse, dOut, null, gold.dq, gold.dk, gold.dv, gold.dLearned);
        }
        return gold;
    }

    private static double[] widen(float[] values) {
        double[] wide = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            wide[i] = values[i];
        }
        return wide;
    }
}
