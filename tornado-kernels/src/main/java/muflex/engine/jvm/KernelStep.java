package muflex.engine.jvm;

import java.lang.invoke.MethodHandle;

/**
 * A kernel over its items, by all workers.
 *
 * @param kernel {@code (int first, int last)void}, everything else bound
 * @param grain items that one worker takes at a time
 */
record KernelStep(Workers workers, MethodHandle kernel, int items, int grain) implements Step, Workers.Range {

    @Override
    public void run() {
        workers.run(items, grain, this);
    }

    @Override
    public void run(int first, int last) throws Throwable {
        kernel.invokeExact(first, last);
    }
}
