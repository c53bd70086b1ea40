package muflex.engine.tornado;

import java.nio.file.Path;
import java.util.List;
import muflex.engine.offload.Code;
import org.jspecify.annotations.Nullable;

/**
 * A kernel and its arguments: what becomes a task.
 *
 * @param file its source; for a kernel that TornadoVM compiles, where its class comes from
 * @param task a function of TornadoVM's that it compiles; null where the source is given
 * @param written for each argument, whether the kernel writes it
 */
record TornadoLaunch(
        TornadoAccelerator accelerator,
        String kernel,
        Path file,
        @Nullable Object task,
        long items,
        int group,
        List<Object> arguments,
        List<Boolean> written)
        implements Code.Launch {

    @Override
    public void enqueue() {
        accelerator.enqueue(this);
    }

    boolean writes(int argument) {
        return written.get(argument);
    }

    /** Launches are equal only to themselves: their arguments change. */
    @Override
    @SuppressWarnings("EqualsUsingHashCode")
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }

    @Override
    public void close() {
        accelerator.forget(this);
    }
}
