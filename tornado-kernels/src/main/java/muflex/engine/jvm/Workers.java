package muflex.engine.jvm;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The threads that run work items: one a core, the caller among them. Items are handed out in order, a few at a time,
 * to whoever is free, so unequal items (a causal mask's) balance themselves.
 *
 * <p>A worker that has run out of items spins for some microseconds before it parks, since attention calls come in
 * rows. The caller waits for items, not for workers: one that wakes late finds nothing left and costs nothing. A call
 * made while another is in progress (from another thread, or from within an item) runs on its own thread alone.
 */
final class Workers {
    private static final int SPINS = 2_000;

    private final Worker[] workers;
    private final ReentrantLock busy = new ReentrantLock();
    private final Job job = new Job();

    /** The body of a kernel: items {@code first} … {@code last − 1}. */
    @FunctionalInterface
    interface Range {
        @SuppressWarnings("checkstyle:IllegalThrows") // what a method handle's invokeExact throws
        void run(int first, int last) throws Throwable;
    }

    private static final class Shared {
        static final Workers INSTANCE = new Workers(
                Integer.getInteger("muflex.threads", Runtime.getRuntime().availableProcessors()));
    }

    /** @param threads how many threads run items at once, the caller included */
    Workers(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("muflex.threads: expected at least 1, got " + threads);
        }
        workers = new Worker[threads - 1];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker(i + 1);
        }
        for (Worker worker : workers) {
            worker.start();
        }
    }

    /** The workers of this process: {@code -Dmuflex.threads}, else one a core. */
    static Workers shared() {
        return Shared.INSTANCE;
    }

    /** Threads that run items at once, the caller included. */
    int threads() {
        return workers.length + 1;
    }

    /** Runs items 0 … items − 1, one at a time. */
    void run(int items, Range body) {
        run(items, 1, body);
    }

    /** Runs items 0 … items − 1, {@code grain} at a time; returns when all are done, or throws what one threw. */
    void run(int items, int grain, Range body) {
        if (items <= grain || workers.length == 0 || busy.isHeldByCurrentThread() || !busy.tryLock()) {
            runHere(items, body);
            return;
        }
        try {
            int number = job.open(items, grain, body);
            int helpers = Math.min(workers.length, (items - 1) / grain);
            for (int i = 0; i < helpers; i++) {
                workers[i].wake();
            }
            job.work(number);
            job.await();
            job.close();
        } finally {
            busy.unlock();
        }
    }

    private static void runHere(int items, Range body) {
        try {
            if (items > 0) {
                body.run(0, items);
            }
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    static RuntimeException unchecked(Throwable e) {
        return switch (e) {
            case RuntimeException runtime -> runtime;
            case Error error -> throw error;
            default -> new IllegalStateException(e);
        };
    }

    /**
     * The call in progress: one object for all of them, so that a call allocates nothing. Its other fields change only
     * while {@code claim} has no items to give, so whoever takes items has read the fields that belong to them.
     */
    private static final class Job {
        private static final int NONE_LEFT = Integer.MAX_VALUE;

        /** The number of the call, and the first item that nobody has taken. */
        private final AtomicLong claim = new AtomicLong(NONE_LEFT);

        private final AtomicInteger done = new AtomicInteger();
        private int items;
        private int grain;
        private @Nullable Range body;
        private @Nullable Thread caller;
        private volatile @Nullable Throwable failure;

        private static int number(long claim) {
            return (int) (claim >>> 32);
        }

        /** The number of the latest call. */
        int number() {
            return number(claim.get());
        }

        /** Starts a call; returns its number. */
        int open(int newItems, int newGrain, Range newBody) {
            items = newItems;
            grain = newGrain;
            body = newBody;
            caller = Thread.currentThread();
            done.set(0);
            int number = number() + 1;
            claim.set((long) number << 32);
            return number;
        }

        /** Takes items of the call {@code number} until none is left; after a failure they are only counted off. */
        void work(int number) {
            while (true) {
                long claimed = claim.get();
                int first = (int) claimed;
                int end = items;
                int last = Math.min(end, first + grain);
                Range range = body;
                Thread waiting = caller;
                if (number(claimed) != number || first >= end || range == null) {
                    return;
                }
                if (claim.compareAndSet(claimed, claimed - first + last)) {
                    run(range, first, last);
                    if (done.addAndGet(last - first) == end && Thread.currentThread() != waiting) {
                        LockSupport.unpark(waiting);
                    }
                }
            }
        }

        private void run(Range range, int first, int last) {
            try {
                if (failure == null) {
                    range.run(first, last);
                }
            } catch (Throwable e) {
                failure = e;
            }
        }

        void await() {
            for (int spins = 0; done.get() < items; spins++) {
                if (spins < SPINS) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.park(this);
                }
            }
        }

        /** Ends the call; throws what an item threw. */
        void close() {
            claim.set(claim.get() | NONE_LEFT);
            body = null;
            Throwable e = failure;
            failure = null;
            if (e != null) {
                throw unchecked(e);
            }
        }
    }

    private final class Worker extends Thread {
        private volatile boolean parked;

        private Worker(int number) {
            super("muflex-worker-" + number);
            setDaemon(true);
        }

        private void wake() {
            if (parked) {
                LockSupport.unpark(this);
            }
        }

        @Override
        public void run() {
            int last = 0;
            for (int spins = 0; ; spins++) {
                int number = job.number();
                if (number != last) {
                    job.work(number);
                    last = number;
                    spins = 0;
                } else if (spins < SPINS) {
                    Thread.onSpinWait();
                } else {
                    parked = true;
                    if (job.number() == last) {
                        LockSupport.park(this);
                    }
                    parked = false;
                }
            }
        }
    }
}
