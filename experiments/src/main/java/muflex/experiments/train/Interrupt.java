package muflex.experiments.train;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Ctrl-C as a request: the JVM waits until what runs has come to a good end. */
public final class Interrupt implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 60;

    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread hook = new Thread(this::ask, "muflex-interrupt");
    private volatile boolean requested;

    public Interrupt() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Whether to stop. */
    public boolean requested() {
        return requested;
    }

    private void ask() {
        requested = true;
        try {
            ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** All is written: the JVM may end. */
    @Override
    public void close() {
        ended.countDown();
        remove(hook);
    }

    /** Takes a shutdown hook back, unless the JVM is already on its way down. */
    public static void remove(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            // Too late, and no harm: the hook runs or ran.
        }
    }
}
