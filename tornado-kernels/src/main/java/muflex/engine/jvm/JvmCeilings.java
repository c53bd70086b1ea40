package muflex.engine.jvm;

import muflex.engine.Ceilings;
import muflex.kernels.CeilingKernels;

/** The ceilings of this process's cores: the best of several runs of {@link CeilingKernels}. */
final class JvmCeilings {
    private static final double SECONDS = 0.3;
    private static final int ITEMS_A_WORKER = 4;
    private static final int ROUNDS = 1 << 16;

    /** 64 MiB an array: beyond the caches of today's processors, for one core's share of them. */
    private static final int ELEMENTS = 1 << 24;

    private JvmCeilings() {}

    static Ceilings measure(Kernels kernels) {
        int items = ITEMS_A_WORKER * kernels.workers().threads();
        int lanes = kernels.constant(CeilingKernels.class, "lanes");
        float[] sums = new float[items * lanes];
        Step arithmetic =
                kernels.step(CeilingKernels.class, "multiplyAdd", items, Integer.MAX_VALUE, sums, 0.5f, ROUNDS);
        float[] a = new float[ELEMENTS];
        float[] b = new float[ELEMENTS];
        float[] c = new float[ELEMENTS];
        Step memory = kernels.step(
                CeilingKernels.class, "triad", ELEMENTS / CeilingKernels.SPAN, CeilingKernels.SPAN, a, b, c, 0.5f);
        return new Ceilings(
                items * CeilingKernels.flops(ROUNDS, lanes) / best(arithmetic),
                3.0 * Float.BYTES * ELEMENTS / best(memory));
    }

    /** Nanoseconds of the fastest run; the slow ones at first are those before the JIT compiled it. */
    private static double best(Step step) {
        long end = System.nanoTime() + (long) (SECONDS * 1e9);
        long best = Long.MAX_VALUE;
        long now = System.nanoTime();
        while (now < end) {
            step.run();
            long after = System.nanoTime();
            best = Math.min(best, after - now);
            now = after;
        }
        return best;
    }
}
