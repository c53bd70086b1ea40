package muflex.experiments.compare;

import muflex.attention.AttentionShape;

/** {@code Σ out · dOut} of attention in float64, written from the formula alone, to take finite differences of. */
final class Float64 {

    private Float64() {}

    /** @param q query, as float64; likewise k, v and dOut; layouts as in {@link AttentionShape} */
    static double loss(Setup setup, double[] q, double[] k, double[] v, double[] dOut, double[] out) {
        AttentionShape s = setup.shape();
        double loss = 0;
        for (int row = 0; row < s.lseSize(); row++) {
            int b = row / (s.queryHeads() * s.queryLength());
            int h = row / s.queryLength() % s.queryHeads();
            int keys = (b * s.kvHeads() + h / s.groupSize()) * s.kvLength();
            double[] weights = weights(setup, row, b, h, keys, q, k);
            for (int d = 0; d < s.valueDim(); d++) {
                double sum = 0;
                for (int kv = 0; kv < s.kvLength(); kv++) {
                    sum += weights[kv] * v[(keys + kv) * s.valueDim() + d];
                }
                out[row * s.valueDim() + d] = sum;
                loss += sum * dOut[row * s.valueDim() + d];
            }
        }
        return loss;
    }

    private static double[] weights(Setup setup, int row, int b, int h, int keys, double[] q, double[] k) {
        AttentionShape s = setup.shape();
        double[] weights = new double[s.kvLength()];
        double sum = 0;
        for (int kv = 0; kv < s.kvLength(); kv++) {
            if (!setup.allows(b, h, row % s.queryLength(), kv)) {
                continue;
            }
            double score = 0;
            for (int d = 0; d < s.headDim(); d++) {
                score += q[row * s.headDim() + d] * k[(keys + kv) * s.headDim() + d];
            }
            weights[kv] = Math.exp(modified(setup, score / Math.sqrt(s.headDim()), b, h, row % s.queryLength(), kv));
            sum += weights[kv];
        }
        for (int kv = 0; kv < weights.length; kv++) {
            weights[kv] = sum == 0 ? 0 : weights[kv] / sum;
        }
        return weights;
    }

    /** A float32 mod is linear enough between neighbouring floats for the differences taken here. */
    private static double modified(Setup setup, double score, int b, int h, int q, int kv) {
        if (setup.mod() == null) {
            return score;
        }
        float near = (float) score;
        return setup.mod().apply(near, b, h, q, kv) + setup.derivative().byScore(near, b, h, q, kv) * (score - near);
    }
}
