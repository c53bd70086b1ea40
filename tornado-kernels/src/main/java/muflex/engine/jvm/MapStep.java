package muflex.engine.jvm;

import java.lang.invoke.MethodHandle;

/**
 * An elementwise map over whole arrays, by all workers.
 *
 * @param map {@code (int offset, int count)void}
 */
record MapStep(Workers workers, MethodHandle map, int size) implements Step, Workers.Range {

    private static final int SPAN = 4096;

    @Override
    public void run() {
        workers.run(Math.ceilDiv(size, SPAN), 1, this);
    }

    @Override
    public void run(int first, int last) throws Throwable {
        int from = first * SPAN;
        map.invokeExact(from, Math.min(size, last * SPAN) - from);
    }
}
