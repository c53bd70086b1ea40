package muflex.engine.tornado;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;

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

    /** Who launched since the last check. */
    private final Set<Thread> threads = Collections.newSetFromMap(new WeakHashMap<>());

    /** What threads that did not make the check are still to hear: the launch that failed may be theirs. */
    private final Map<Thread, Failure> untold = new WeakHashMap<>();

    private record Failure(boolean threw, String message) {
        RuntimeException exception() {
            return threw ? new IndexOutOfBoundsException(message) : new IllegalStateException(message);
        }
    }

    LaunchCounter(TornadoAccelerator accelerator) {
        device = accelerator.id();
        memory = new TornadoMemory(accelerator, "launch counter", 2 * Integer.BYTES);
    }

    /** The counts, an argument of every kernel. */
    TornadoMemory memory() {
        return memory;
    }

    /** This thread has launches that the next check is about. */
    void enqueued(Thread thread) {
        threads.add(thread);
    }

    /** TornadoVM was given these, each of which adds 1. */
    void launched(Iterable<TornadoLaunch> given) {
        for (TornadoLaunch launch : given) {
            expected++;
            launches++;
            unchecked.add(launch);
        }
    }

    /** A plan failed, which this thread hears of otherwise: launches of others may have been lost with it. */
    void lost(String reason) {
        Failure failure = new Failure(
                false, device + ": launches of this thread were lost when another thread's failed: " + reason);
        threads.remove(Thread.currentThread());
        threads.forEach(thread -> untold.put(thread, failure));
        reset();
    }

    /** After a failure nobody knows how many ran: counting begins anew. */
    private void reset() {
        memory.clear();
        expected = 0;
        checked();
    }

    private void checked() {
        launches = 0;
        unchecked.clear();
        threads.clear();
    }

    /**
     * One check is of the launches of all threads, since nobody knows whose the driver refused; each of them hears of a failure, at its
     * own next check.
     *
     * @throws IllegalStateException if fewer ran than were launched since the last check
     * @throws IndexOutOfBoundsException if an item threw
     */
    void requireAll() {
        if (launches > 0) {
            int[] counts = memory.ints();
            int missing = expected - counts[LAUNCHES];
            if (counts[REFUSALS] != 0) {
                failed(new Failure(
                        true,
                        device + ": " + Failures.names(unchecked)
                                + ": expected indices in range; run it on cpu for the message"));
            } else if (missing != 0) {
                failed(new Failure(
                        false,
                        "%s: the driver refused %d of %d launches of %s, as TornadoVM printed; what they were to write is not written: use smaller sizes, or another form of the kernels (muflex.form)"
                                .formatted(device, missing, launches, Failures.names(unchecked))));
            }
            checked();
        }
        Failure mine = untold.remove(Thread.currentThread());
        if (mine != null) {
            throw mine.exception();
        }
    }

    private void failed(Failure failure) {
        threads.add(Thread.currentThread());
        threads.forEach(thread -> untold.put(thread, failure));
        reset();
    }
}
