package muflex.engine.jvm;

import java.util.concurrent.atomic.AtomicInteger;
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
    private volatile @Nullable Job current;

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
            Job job = new Job(items, grain, body);
            current = job;
            int helpers = Math.min(workers.length, (items - 1) / grain);
            for (int i = 0; i < helpers; i++) {
                workers[i].wake();
            }
            job.work();
            job.await();
            current = null;
            job.rethrow();
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

    private static final class Job {
        private final int items;
        private final int grain;
        private final Range body;
        private final Thread caller = Thread.currentThread();
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger done = new AtomicInteger();
        private volatile @Nullable Throwable failure;

        private Job(int items, int grain, Range body) {
            this.items = items;
            this.grain = grain;
            this.body = body;
        }

        /** Takes items until none is left; after a failure they are only counted off. */
        private void work() {
            int first;
            while (next.get() < items && (first = next.getAndAdd(grain)) < items) {
                int last = Math.min(items, first + grain);
                try {
                    if (failure == null) {
                        body.run(first, last);
                    }
                } catch (Throwable e) {
                    failure = e;
                }
                if (done.addAndGet(last - first) == items && Thread.currentThread() != caller) {
                    LockSupport.unpark(caller);
                }
            }
        }

        private void await() {
            for (int spins = 0; done.get() < items; spins++) {
                if (spins < SPINS) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.park(this);
                }
            }
        }

        private void rethrow() {
            Throwable e = failure;
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
            Job last = null;
            for (int spins = 0; ; spins++) {
                Job job = current;
                if (job != null && job != last) {
                    job.work();
                    last = job;
                    spins = 0;
                } else if (spins < SPINS) {
                    Thread.onSpinWait();
                } else {
                    parked = true;
                    if (current == job) {
                        LockSupport.park(this);
                    }
                    parked = false;
                }
            }
        }
    }
}
