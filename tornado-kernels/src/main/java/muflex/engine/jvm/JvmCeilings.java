package muflex.engine.jvm;

import muflex.engine.Ceilings;
import muflex.kernels.CeilingKernels;

/** The ceilings of this process's cores: the best of several runs of {@link CeilingKernels}. */
final class JvmCeilings {
    private static final double LONGEST_SECONDS = 3;

    /** Runs in a row without a better time, after which there is none to come. */
    private static final int IN_VAIN = 200;

    private static final int LEAST_IN_VAIN = 12;
    private static final int ITEMS_A_WORKER = 4;

    /** Short at first, so that the JIT has many calls to compile, not one that takes seconds in the interpreter. */
    private static final int WARM_UP_ROUNDS = 64;

    private static final int ROUNDS = 1 << 15;

    /** 64 MiB an array: beyond the caches of today's processors, for one core's share of them. */
    private static final int ELEMENTS = 1 << 24;

    private JvmCeilings() {}

    static Ceilings measure(Kernels kernels) {
        int items = ITEMS_A_WORKER * kernels.workers().threads();
        int lanes = kernels.constant(CeilingKernels.class, "lanes");
        float[] sums = new float[items * lanes];
        best(arithmetic(kernels, items, sums, WARM_UP_ROUNDS), IN_VAIN);
        double arithmetic = best(arithmetic(kernels, items, sums, ROUNDS), LEAST_IN_VAIN);
        float[] a = new float[ELEMENTS];
        float[] b = new float[ELEMENTS];
        float[] c = new float[ELEMENTS];
        best(triad(kernels, 2, a, b, c), IN_VAIN);
        double memory = best(triad(kernels, ELEMENTS / CeilingKernels.SPAN, a, b, c), LEAST_IN_VAIN);
        return new Ceilings(
                items * CeilingKernels.flops(ROUNDS, lanes) / arithmetic, 3.0 * Float.BYTES * ELEMENTS / memory);
    }

    private static Step arithmetic(Kernels kernels, int items, float[] sums, int rounds) {
        return kernels.step(CeilingKernels.class, "multiplyAdd", items, Integer.MAX_VALUE, sums, 0.5f, rounds);
    }

    private static Step triad(Kernels kernels, int items, float[] a, float[] b, float[] c) {
        return kernels.step(
                CeilingKernels.class, "triad", items, CeilingKernels.SPAN, a, b, c, 0.5f, CeilingKernels.SPAN);
    }

    /** Nanoseconds of the fastest run. */
    private static double best(Step step, int patience) {
        long end = System.nanoTime() + (long) (LONGEST_SECONDS * 1e9);
        long best = Long.MAX_VALUE;
        int inVain = 0;
        long now = System.nanoTime();
        while (now < end && inVain < patience) {
            step.run();
            long after = System.nanoTime();
            // A per cent is no progress but chance.
            inVain = after - now < 0.99 * best ? 0 : inVain + 1;
            best = Math.min(best, after - now);
            now = after;
        }
        return best;
    }
}
