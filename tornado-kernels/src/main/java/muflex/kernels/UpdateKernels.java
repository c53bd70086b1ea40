package muflex.kernels;

/**
 * Optimizer steps on one tensor of {@code size} elements, in place. One work item is a span of {@value #SPAN} elements.
 * What changes from step to step comes as arrays of one element.
 */
public final class UpdateKernels {

    /** Elements in one work item. */
    public static final int SPAN = 4096;

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
            int first,
            int last) {
        for (@Parallel int item = first; item < last; item++) {
            float alpha = (float) (rate[0] * rateMultiplier / (1 - Math.pow(beta1, step[0])));
            float second = (float) (1 / (1 - Math.pow(beta2, step[0])));
            float shrink = (float) (decayRate[0] * decay);
            int to = Math.min(size, (item + 1) * SPAN);
            for (int i = item * SPAN; i < to; i += Lanes.length()) {
                int count = Math.min(Lanes.length(), to - i);
                Lanes weight = Lanes.load(p, i, count);
                Lanes g = Lanes.mul(Lanes.load(gradient, i, count), Lanes.splat(scale[0]));
                g = Lanes.fma(weight, Lanes.splat(l2), g);
                Lanes mean = Lanes.load(m, i, count);
                mean = Lanes.fma(Lanes.splat((float) (1 - beta1)), Lanes.sub(g, mean), mean);
                Lanes square = Lanes.load(v, i, count);
                square = Lanes.fma(Lanes.splat((float) (1 - beta2)), Lanes.sub(Lanes.mul(g, g), square), square);
                Lanes.store(m, i, mean, count);
                Lanes.store(v, i, square, count);
                Lanes root = Lanes.add(Lanes.sqrt(Lanes.mul(square, Lanes.splat(second))), Lanes.splat(epsilon));
                Lanes change =
                        Lanes.fma(weight, Lanes.splat(shrink), Lanes.mul(Lanes.splat(alpha), Lanes.div(mean, root)));
                Lanes.store(p, i, Lanes.sub(weight, change), count);
            }
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
            int first,
            int last) {
        for (@Parallel int item = first; item < last; item++) {
            float alpha = (float) (rate[0] * rateMultiplier);
            float shrink = (float) (decayRate[0] * decay);
            int to = Math.min(size, (item + 1) * SPAN);
            for (int i = item * SPAN; i < to; i += Lanes.length()) {
                int count = Math.min(Lanes.length(), to - i);
                Lanes weight = Lanes.load(p, i, count);
                Lanes g = Lanes.mul(Lanes.load(gradient, i, count), Lanes.splat(scale[0]));
                g = Lanes.fma(weight, Lanes.splat(l2), g);
                Lanes mean = Lanes.fma(Lanes.splat(momentum), Lanes.load(m, i, count), g);
                Lanes.store(m, i, mean, count);
                Lanes change = Lanes.fma(weight, Lanes.splat(shrink), Lanes.mul(Lanes.splat(alpha), mean));
                Lanes.store(p, i, Lanes.sub(weight, change), count);
            }
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
            int first,
            int last) {
        for (@Parallel int item = first; item < last; item++) {
            float alpha = (float) (rate[0] * rateMultiplier);
            float shrink = (float) (decayRate[0] * decay);
            int to = Math.min(size, (item + 1) * SPAN);
            for (int i = item * SPAN; i < to; i += Lanes.length()) {
                int count = Math.min(Lanes.length(), to - i);
                Lanes weight = Lanes.load(p, i, count);
                Lanes g = Lanes.mul(Lanes.load(gradient, i, count), Lanes.splat(scale[0]));
                g = Lanes.fma(weight, Lanes.splat(l2), g);
                Lanes change = Lanes.fma(weight, Lanes.splat(shrink), Lanes.mul(Lanes.splat(alpha), g));
                Lanes.store(p, i, Lanes.sub(weight, change), count);
            }
        }
    }
}
