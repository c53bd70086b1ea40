package muflex.experiments.compare;

import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.ObjectName;

/** Whether the JVM is still compiling with C2: what is timed before that is over is not the code that runs from then on. */
final class JustInTime {

    private static final String QUEUE = "C2 compile queue:\n";

    private JustInTime() {}

    /**
     * Waits until C2 has nothing to do, at most {@code seconds}.
     *
     * @return whether there was anything to wait for; never on a JVM that doesn't tell
     */
    static boolean settle(double seconds) {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        boolean waited = false;
        while (isBusy(queues()) && System.nanoTime() < end) {
            waited = true;
            try {
                Thread.sleep(10);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return true;
            }
        }
        return waited;
    }

    /** Whether {@code queues}, as {@code jcmd Compiler.queue} prints them, have C2 at work. */
    static boolean isBusy(String queues) {
        boolean waiting = queues.contains(QUEUE) && !queues.contains(QUEUE + "Empty");
        return waiting || queues.contains("C2 CompilerThread");
    }

    /** What {@code jcmd Compiler.queue} prints. */
    static String queues() {
        try {
            Object queues = ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=DiagnosticCommand"),
                            "compilerQueue",
                            new Object[0],
                            new String[0]);
            return queues.toString();
        } catch (JMException e) {
            return "";
        }
    }
}
