package muflex.kernels;

/**
 * Optimizer steps on one tensor of {@code size} elements, in place. One work item is {@code span} elements.
 * What changes from step to step comes as arrays of one element.
 */
public final class UpdateKernels {

    private UpdateKernels() {}

    /**
     * AdamW (arXiv:1711.05101): {@code g = gradient·scale + l2·p}, {@code m = β₁m + (1−β₁)g},
     * {@code v = β₂v + (1−β₂)g²}, and
     * {@code p −= rate·rateMultiplier·m̂/(√v̂ + epsilon) + decayRate·decay·p}, where m̂ and v̂ are m and v divided by
     * {@code 1 − βᵗ}, t the step.
     */
    public static void adamW(
            float[] p,
            float[] gradient,
            float[] m,
            float[] v,
            float[] rate,
            float[] step,
            float[] scale,
            float[] decayRate,
            double rateMultiplier,
            double beta1,
            double beta2,
            float epsilon,
            double decay,
            float l2,
            int size,
            int span,
            int first,
            int last) {
        for (@Parallel int item = first; item < last; item++) {
            float alpha = (float) (rate[0] * rateMultiplier / (1 - Math.pow(beta1, step[0])));
            float second = (float) (1 / (1 - Math.pow(beta2, step[0])));
            float shrink = (float) (decayRate[0] * decay);
            int from = item * span;
            int to = Math.min(size, from + span);
            moments(p, gradient, m, v, scale[0], l2, (float) (1 - beta1), (float) (1 - beta2), from, to);
            step(p, m, v, alpha, second, epsilon, shrink, from, to);
        }
    }

    /** {@code m += rest1·(g − m)} and {@code v += rest2·(g² − v)}. */
    private static void moments(
            float[] p,
            float[] gradient,
            float[] m,
            float[] v,
            float scale,
            float l2,
            float rest1,
            float rest2,
            int from,
            int to) {
        int i = from;
        for (; i <= to - Lanes.length(); i += Lanes.length()) {
            Lanes g = Lanes.mul(Lanes.load(gradient, i), Lanes.splat(scale));
            g = Lanes.fma(Lanes.load(p, i), Lanes.splat(l2), g);
            Lanes mean = Lanes.load(m, i);
            Lanes.store(m, i, Lanes.fma(Lanes.splat(rest1), Lanes.sub(g, mean), mean));
            Lanes square = Lanes.load(v, i);
            Lanes.store(v, i, Lanes.fma(Lanes.splat(rest2), Lanes.sub(Lanes.mul(g, g), square), square));
        }
        for (; i < to; i++) {
            float g = Math.fma(p[i], l2, gradient[i] * scale);
            m[i] = Math.fma(rest1, g - m[i], m[i]);
            v[i] = Math.fma(rest2, g * g - v[i], v[i]);
        }
    }

    /** {@code p −= alpha·m/(√(v·second) + epsilon) + shrink·p}. */
    private static void step(
            float[] p, float[] m, float[] v, float alpha, float second, float epsilon, float shrink, int from, int to) {
        int i = from;
        for (; i <= to - Lanes.length(); i += Lanes.length()) {
            Lanes root = Lanes.sqrt(Lanes.mul(Lanes.load(v, i), Lanes.splat(second)));
            Lanes direction = Lanes.div(Lanes.load(m, i), Lanes.add(root, Lanes.splat(epsilon)));
            Lanes weight = Lanes.load(p, i);
            Lanes change = Lanes.fma(weight, Lanes.splat(shrink), Lanes.mul(Lanes.splat(alpha), direction));
            Lanes.store(p, i, Lanes.sub(weight, change));
        }
        for (; i < to; i++) {
            float direction = m[i] / ((float) Math.sqrt(v[i] * second) + epsilon);
            p[i] -= Math.fma(p[i], shrink, alpha * direction);
        }
    }

    /**
     * SGD with momentum: {@code g = gradient·scale + l2·p}, {@code m = momentum·m + g}, and
     * {@code p −= rate·rateMultiplier·m + decayRate·decay·p}.
     */
    public static void momentum(
            float[] p,
            float[] gradient,
            float[] m,
            float[] rate,
            float[] scale,
            float[] decayRate,
            double rateMultiplier,
            float momentum,
            double decay,
            float l2,
            int size,
            int span,
            int first,
            int last) {
        for (@Parallel int item = first; item < last; item++) {
            float alpha = (float) (rate[0] * rateMultiplier);
            float shrink = (float) (decayRate[0] * decay);
            int from = item * span;
            int to = Math.min(size, from + span);
            accumulate(p, gradient, m, scale[0], l2, momentum, from, to);
            descend(p, m, 1, 0, alpha, shrink, from, to);
        }
    }

    /** {@code m = momentum·m + scale·gradient + l2·p}. */
    private static void accumulate(
            float[] p, float[] gradient, float[] m, float scale, float l2, float momentum, int from, int to) {
        int i = from;
        for (; i <= to - Lanes.length(); i += Lanes.length()) {
            Lanes g = Lanes.mul(Lanes.load(gradient, i), Lanes.splat(scale));
            g = Lanes.fma(Lanes.load(p, i), Lanes.splat(l2), g);
            Lanes.store(m, i, Lanes.fma(Lanes.splat(momentum), Lanes.load(m, i), g));
        }
        for (; i < to; i++) {
            m[i] = Math.fma(momentum, m[i], Math.fma(p[i], l2, gradient[i] * scale));
        }
    }

    /** {@code p −= alpha·(scale·direction + l2·p) + shrink·p}. */
    private static void descend(
            float[] p, float[] direction, float scale, float l2, float alpha, float shrink, int from, int to) {
        int i = from;
        for (; i <= to - Lanes.length(); i += Lanes.length()) {
            Lanes weight = Lanes.load(p, i);
            Lanes g = Lanes.fma(weight, Lanes.splat(l2), Lanes.mul(Lanes.load(direction, i), Lanes.splat(scale)));
            Lanes change = Lanes.fma(weight, Lanes.splat(shrink), Lanes.mul(Lanes.splat(alpha), g));
            Lanes.store(p, i, Lanes.sub(weight, change));
        }
        for (; i < to; i++) {
            float g = Math.fma(p[i], l2, direction[i] * scale);
            p[i] -= Math.fma(p[i], shrink, alpha * g);
        }
    }

    /** SGD without momentum: {@link #momentum} with m = g. */
    public static void sgd(
            float[] p,
            float[] gradient,
            float[] rate,
            float[] scale,
            float[] decayRate,
            double rateMultiplier,
            double decay,
            float l2,
            int size,
            int span,
            int first,
            int last) {
        for (@Parallel int item = first; item < last; item++) {
            float alpha = (float) (rate[0] * rateMultiplier);
            float shrink = (float) (decayRate[0] * decay);
            int from = item * span;
            descend(p, gradient, scale[0], l2, alpha, shrink, from, Math.min(size, from + span));
        }
    }
}
