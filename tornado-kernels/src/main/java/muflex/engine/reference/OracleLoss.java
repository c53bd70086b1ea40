package muflex.engine.reference;

import muflex.graph.LossOp;

/** Losses in float64. */
final class OracleLoss {

    private OracleLoss() {}

    static void run(LossOp op, Values values, double[][] out) {
        switch (op) {
            case LossOp.CrossEntropy ce -> {
                int vocab = ce.logits().shape().columns();
                double[] logits = values.of(ce.logits());
                int[] targets = values.ints(ce.targets());
                for (int row = 0; row < targets.length; row++) {
                    out[2][row] = logSumExp(logits, row * vocab, vocab);
                    out[1][row] = out[2][row] - logits[row * vocab + targets[row]];
                    out[0][0] += out[1][row] / targets.length;
                }
            }
            case LossOp.CrossEntropyGradient g -> {
                int vocab = g.logits().shape().columns();
                double[] logits = values.of(g.logits());
                double[] lse = values.of(g.lse());
                int[] targets = values.ints(g.targets());
                double scale = values.scalar(g.upstream(), 1) / targets.length;
                for (int i = 0; i < logits.length; i++) {
                    int row = i / vocab;
                    double p = Math.exp(logits[i] - lse[row]);
                    out[0][i] = scale * (p - (i % vocab == targets[row] ? 1 : 0));
                }
            }
        }
    }

    private static double logSumExp(double[] x, int from, int count) {
        double max = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            max = Math.max(max, x[from + i]);
        }
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += Math.exp(x[from + i] - max);
        }
        return max + Math.log(sum);
    }
}
