package muflex.engine.reference;

import muflex.graph.Shape;
import muflex.graph.UpdateOp;

/** Optimizer steps and cache writes in float64; they change their tensors in place. */
final class OracleUpdates {

    private OracleUpdates() {}

    static void run(UpdateOp op, Values values) {
        switch (op) {
            case UpdateOp.AdamW adam -> adamW(adam, values);
            case UpdateOp.Sgd sgd -> sgd(sgd, values);
            case UpdateOp.CacheWrite write -> cache(write, values);
        }
    }

    private static void adamW(UpdateOp.AdamW op, Values values) {
        UpdateOp.AdamWRule rule = op.rule();
        double[] p = values.of(op.parameter());
        double[] gradient = values.of(op.gradient());
        double[] m = values.of(op.m());
        double[] v = values.of(op.v());
        double scale = values.scalar(op.gradientScale(), 1);
        double rate = values.scalar(op.learningRate(), 0) * rule.rateMultiplier();
        double step = values.scalar(op.step(), 1);
        double decay = rule.weightDecay();
        boolean decoupled = rule.decay() == UpdateOp.Decay.DECOUPLED;
        double decayRate = values.scalar(op.decayRate(), 0);
        for (int i = 0; i < p.length; i++) {
            double g = gradient[i] * scale + (decoupled ? 0 : decay * p[i]);
            m[i] = rule.beta1() * m[i] + (1 - rule.beta1()) * g;
            v[i] = rule.beta2() * v[i] + (1 - rule.beta2()) * g * g;
            double mHat = m[i] / (1 - Math.pow(rule.beta1(), step));
            double vHat = v[i] / (1 - Math.pow(rule.beta2(), step));
            p[i] -= rate * mHat / (Math.sqrt(vHat) + rule.epsilon()) + (decoupled ? decayRate * decay * p[i] : 0);
        }
    }

    private static void sgd(UpdateOp.Sgd op, Values values) {
        UpdateOp.SgdRule rule = op.rule();
        double[] p = values.of(op.parameter());
        double[] gradient = values.of(op.gradient());
        double scale = values.scalar(op.gradientScale(), 1);
        double rate = values.scalar(op.learningRate(), 0) * rule.rateMultiplier();
        double decay = rule.weightDecay();
        boolean decoupled = rule.decay() == UpdateOp.Decay.DECOUPLED;
        double decayRate = values.scalar(op.decayRate(), 0);
        for (int i = 0; i < p.length; i++) {
            double g = gradient[i] * scale + (decoupled ? 0 : decay * p[i]);
            if (op.m() != null) {
                double[] m = values.of(op.m());
                m[i] = rule.momentum() * m[i] + g;
                g = m[i];
            }
            p[i] -= rate * g + (decoupled ? decayRate * decay * p[i] : 0);
        }
    }

    private static void cache(UpdateOp.CacheWrite op, Values values) {
        Shape from = op.x().shape();
        int capacity = op.cache().shape().size(2);
        int[] positions = values.ints(op.position());
        int each = positions.length;
        int block = from.size(2) / each * from.size(3);
        double[] x = values.of(op.x());
        double[] cache = values.of(op.cache());
        for (int head = 0; head < from.size(0) * from.size(1); head++) {
            for (int r = 0; r < each; r++) {
                int to = (head * capacity + positions[r]) * from.size(3);
                System.arraycopy(x, (head * each + r) * block, cache, to, block);
            }
        }
    }
}
