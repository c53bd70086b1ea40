package muflex.engine.tornado;

import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Counts, on the device, the launches that ran: each adds 1 when it starts. TornadoVM only prints that a driver refused one, and the
 * arrays then hold what they held. It counts, too, the items that threw, in kernels that TornadoVM compiles. Used under {@link TornadoAccelerator#locked}.
 */
final class LaunchCounter {
    /** Of the counts: launches. */
    static final int LAUNCHES = 0;

    /** Of the counts: items that threw, at least 1 if any did. */
    static final int REFUSALS = 1;

    private final String device;
    private final TornadoMemory memory;
    private int expected;

    /** What was launched since the last check. */
    private final Set<TornadoLaunch> unchecked = new LinkedHashSet<>();

    private int launches;

    LaunchCounter(TornadoAccelerator accelerator) {
        device = accelerator.id();
        memory = new TornadoMemory(accelerator, "launch counter", 2 * Integer.BYTES);
    }

    /** The counts, an argument of every kernel. */
    TornadoMemory memory() {
        return memory;
    }

    /** TornadoVM was given these, each of which adds 1. */
    void launched(Iterable<TornadoLaunch> given) {
        for (TornadoLaunch launch : given) {
            expected++;
            launches++;
            unchecked.add(launch);
        }
    }

    /** After a failure nobody knows how many ran: counting begins anew. */
    void reset() {
        memory.clear();
        expected = 0;
        launches = 0;
        unchecked.clear();
    }

    /**
     * @throws IllegalStateException if fewer ran than were launched since the last check
     * @throws IndexOutOfBoundsException if an item threw
     */
    void requireAll() {
        if (launches == 0) {
            return;
        }
        int[] counts = memory.ints();
        if (counts[REFUSALS] != 0) {
            String message = device + ": " + Failures.names(unchecked)
                    + ": expected indices in range; run it on cpu for the message";
            reset();
            throw new IndexOutOfBoundsException(message);
        }
        int missing = expected - counts[LAUNCHES];
        if (missing != 0) {
            String message =
                    "%s: the driver refused %d of %d launches of %s, as TornadoVM printed; what they were to write is not written: use smaller sizes, or another form of the kernels (muflex.form)"
                            .formatted(device, missing, launches, Failures.names(unchecked));
            reset();
            throw new IllegalStateException(message);
        }
        launches = 0;
        unchecked.clear();
    }
}
