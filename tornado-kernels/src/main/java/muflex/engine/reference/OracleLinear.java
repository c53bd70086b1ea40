package muflex.engine.reference;

import muflex.graph.LinearOp;

/** Products and lookups in float64, by their definitions. */
final class OracleLinear {

    private OracleLinear() {}

    static void run(LinearOp op, Values values, double[] out) {
        switch (op) {
            case LinearOp.MatMul matmul -> matmul(matmul, values.of(matmul.a()), values.of(matmul.b()), out);
            case LinearOp.Embedding e -> {
                int dim = e.table().shape().columns();
                int[] tokens = values.ints(e.tokens());
                for (int row = 0; row < tokens.length; row++) {
                    System.arraycopy(values.of(e.table()), tokens[row] * dim, out, row * dim, dim);
                }
            }
            case LinearOp.EmbeddingGradient e -> {
                int dim = e.upstream().shape().columns();
                int[] tokens = values.ints(e.tokens());
                double[] upstream = values.of(e.upstream());
                for (int i = 0; i < upstream.length; i++) {
                    out[tokens[i / dim] * dim + i % dim] += upstream[i];
                }
            }
        }
    }

    private static void matmul(LinearOp.MatMul op, double[] a, double[] b, double[] out) {
        int n = op.n();
        int k = op.k();
        int aColumns = op.a().shape().columns();
        int bColumns = op.b().shape().columns();
        for (int i = 0; i < op.m(); i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int l = 0; l < k; l++) {
                    double left = op.transposeA() ? a[l * aColumns + i] : a[i * aColumns + l];
                    double right = op.transposeB() ? b[j * bColumns + l] : b[l * bColumns + j];
                    sum += left * right;
                }
                out[i * n + j] = op.alpha() * sum;
            }
        }
    }
}
