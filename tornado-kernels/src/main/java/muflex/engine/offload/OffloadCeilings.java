package muflex.engine.offload;

import java.util.List;
import muflex.engine.Ceilings;
import muflex.engine.offload.Code.Launch;
import muflex.engine.translate.Kernel;
import muflex.engine.translate.Translator.Known;
import muflex.kernels.CeilingKernels;

/**
 * The ceilings of a device with memory of its own: the best of several runs of {@link CeilingKernels}, by the host's
 * clock around batches of launches that are long enough for their starts not to count.
 */
final class OffloadCeilings {

    private static final double LONGEST_SECONDS = 2;
    private static final long LEAST_BATCH_NANOS = 20_000_000;

    /** Batches in a row without a better time, after which there is none to come. */
    private static final int IN_VAIN = 8;

    private static final int ROUNDS = 1 << 14;

    /** Work items of arithmetic for each unit: on a GPU enough warps to hide its latency, else one for each turn. */
    private static final int GPU_ITEMS = 2048;

    private static final int ITEMS = 4;

    /** 64 MiB an array: beyond the caches of today's devices, all three together. */
    private static final int ELEMENTS = 1 << 24;

    private OffloadCeilings() {}

    /**
     * What runs here counts in no profile.
     *
     * @throws RuntimeException where the device can't compile or hold them
     */
    static Ceilings measure(Platform platform) {
        platform.takeTimes(); // of what was run before
        try {
            return run(platform);
        } finally {
            platform.accelerator().takeTimes();
        }
    }

    private static Ceilings run(Platform platform) {
        Accelerator accelerator = platform.accelerator();
        int lanes = platform.machine().lanes();
        int items = accelerator.limits().units() * (platform.gpu() ? GPU_ITEMS : ITEMS);
        // On a GPU a vector an item, so that neighbours read neighbours.
        int span = platform.gpu() ? lanes : CeilingKernels.SPAN;
        try (Memory sums = accelerator.allocate("ceilings", 4L * items * lanes);
                Memory a = accelerator.allocate("ceilings", 4L * ELEMENTS);
                Memory b = accelerator.allocate("ceilings", 4L * ELEMENTS);
                Memory c = accelerator.allocate("ceilings", 4L * ELEMENTS);
                KernelProgram program = new KernelProgram(accelerator, platform.target(true), "ceilings")) {
            Kernel multiplyAdd = program.add(CeilingKernels.class, "multiplyAdd", Known.NOTHING);
            Kernel triad = program.add(CeilingKernels.class, "triad", Known.NOTHING);
            // What lies there may be numbers that cores are slow on.
            for (Memory array : List.of(a, b)) {
                array.write(new float[ELEMENTS]);
            }
            Launch arithmetic = program.launch(multiplyAdd, items, new DeviceArray(sums, items * lanes), 0.5f, ROUNDS);
            Launch memory = program.launch(
                    triad,
                    ELEMENTS / span,
                    new DeviceArray(a, ELEMENTS),
                    new DeviceArray(b, ELEMENTS),
                    new DeviceArray(c, ELEMENTS),
                    0.5f,
                    span);
            return new Ceilings(
                    items * CeilingKernels.flops(ROUNDS, lanes) / best(accelerator, arithmetic),
                    3.0 * Float.BYTES * ELEMENTS / best(accelerator, memory));
        }
    }

    /** Nanoseconds of a launch in the fastest batch. */
    private static double best(Accelerator accelerator, Launch launch) {
        int batch = 1;
        while (nanos(accelerator, launch, batch) < LEAST_BATCH_NANOS) {
            batch *= 2;
        }
        long end = System.nanoTime() + (long) (LONGEST_SECONDS * 1e9);
        long best = Long.MAX_VALUE;
        for (int inVain = 0; inVain < IN_VAIN && System.nanoTime() < end; ) {
            long taken = nanos(accelerator, launch, batch);
            // A per cent is no progress but chance.
            inVain = taken < 0.99 * best ? 0 : inVain + 1;
            best = Math.min(best, taken);
        }
        return (double) best / batch;
    }

    private static long nanos(Accelerator accelerator, Launch launch, int batch) {
        long begin = System.nanoTime();
        for (int i = 0; i < batch; i++) {
            launch.enqueue();
        }
        accelerator.finish();
        return System.nanoTime() - begin;
    }
}
