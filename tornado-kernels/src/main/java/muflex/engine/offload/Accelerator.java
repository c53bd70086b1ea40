package muflex.engine.offload;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One device with its memory and one queue of commands, which run in order. Launches return at once; what goes wrong on
 * the device is thrown by the next call that waits. Safe for use by several threads, one call at a time.
 */
public interface Accelerator {

    /** The name of copies to the device in {@link #takeTimes()}. */
    String COPY_IN = "copy to device";

    /** The name of copies from the device. */
    String COPY_OUT = "copy from device";

    /** The name of commands that were timed {@link #together}. */
    String TOGETHER = "commands together";

    /** The name of compilation, where it is part of the first launch. */
    String COMPILE = "compile";

    /** As {@link muflex.engine.Device#id()}. */
    String id();

    Limits limits();

    /**
     * Reserves device memory, undefined at first.
     *
     * @param what names it in errors
     * @throws IllegalArgumentException for a negative size
     * @throws IllegalStateException before asking the driver, where the device has no room for it
     */
    Memory allocate(String what, long bytes);

    /**
     * Compiles a program, or finds it among those compiled before, here or on disk.
     *
     * @param title names it in errors
     */
    Code build(String source, String title);

    /** Whether it compiles kernels from Java itself, where it can. */
    default boolean compilesJava() {
        return false;
    }

    /**
     * Binds a kernel that this accelerator compiles from Java itself.
     *
     * @param items work items; a multiple of {@code group}
     * @param arguments of the Java method: {@link Memory} for arrays, boxed scalars, {@link Bundle} for captures
     * @return null where it does not, or not this kernel: then it is bound by {@link #build}
     */
    default Code.@Nullable Launch bind(JavaKernel kernel, long items, int group, List<Object> arguments) {
        return null;
    }

    /**
     * Enqueues what {@code launches} does; where a clock between two commands would hold up the second, they are timed as one, from
     * before the first to behind the last.
     */
    default void together(Runnable launches) {
        launches.run();
    }

    /** Waits for everything launched. */
    void finish();

    /**
     * Times on the device since the last call of this method, by kernel and by direction of copies; null where it did not
     * measure them.
     */
    @Nullable
    List<DeviceTime> takeTimes();

    /** What the device took for {@code count} commands of one name. */
    record DeviceTime(String name, long count, long nanos) {}
}
