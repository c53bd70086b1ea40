package muflex.engine.tornado;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import muflex.engine.offload.Limits;
import muflex.engine.offload.Times;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.runtime.common.XPUDeviceBufferState;

/**
 * What differs between TornadoVM's releases: how tasks are added (later ones take a {@code Method}) and what its task graphs do not
 * show. To follow a release, implement this and name the class in {@link #of}.
 */
interface Release {

    /** That of the running TornadoVM, chosen once. */
    final class Running {
        private static final Release RELEASE = of(version());

        private Running() {}
    }

    /** @throws UnknownRelease for a release that MuFlex does not know */
    static Release running() {
        return Running.RELEASE;
    }

    /** @param version such as {@code 5.2.0-jdk25} */
    static Release of(String version) {
        if (version.startsWith("5.")) {
            return new Release5();
        }
        throw new UnknownRelease(
                "TornadoVM " + version
                        + ": expected a release 5, whose task graphs MuFlex knows; set TORNADOVM_HOME to TornadoVM 5.2.0 for this JDK");
    }

    /**
     * A release 5 that lacks something of 5.2's.
     *
     * @param missing the exception that names it
     */
    static UnknownRelease differs(String version, Throwable missing) {
        return new UnknownRelease(
                "TornadoVM " + version + " lacks what MuFlex uses of 5.2.0 (" + missing
                        + "); set TORNADOVM_HOME to TornadoVM 5.2.0 for this JDK",
                missing);
    }

    /** A release whose task graphs MuFlex does not know. */
    final class UnknownRelease extends IllegalStateException {
        private static final long serialVersionUID = 1;

        UnknownRelease(String message) {
            super(message);
        }

        UnknownRelease(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** The running TornadoVM's, by the name of its API's jar. */
    static String version() {
        var source = TaskGraph.class.getProtectionDomain().getCodeSource();
        String jar = source == null || source.getLocation() == null
                ? ""
                : String.valueOf(Path.of(source.getLocation().getPath()).getFileName());
        Matcher version = Pattern.compile("tornado-api-(.*)\\.jar").matcher(jar);
        return version.matches() ? version.group(1) : "of an unknown release (" + jar + ")";
    }

    /** What kind of device: later releases have no FPGAs, and no such constant. */
    Limits.Type type(TornadoDevice device);

    /** Bytes that may be allocated on a device: its own memory, or less where {@code tornado.device.memory} says so. */
    long memory(TornadoDevice device);

    /**
     * Sets what TornadoVM itself lets be allocated on a device to {@link #memory}. Its flag {@code tornado.device.memory} is one
     * number for all devices, read before it knows any.
     */
    void limitMemory(TornadoDevice device, long bytes);

    /** The compute capability that TornadoVM's PTX backend declares, major · 10 + minor; 8.6 for all newer devices. */
    int ptxArchitecture(TornadoDevice device);

    /** Throws if the flag {@link TornadoVm#OPEN} is missing. */
    void requireInternals();

    /**
     * Makes the tasks of a graph that has not run distinct: TornadoVM's prebuilt tasks are not equal to themselves, and it
     * then runs a graph's first kernel for all of them. Files of PTX are written once more, with the names that it looks for.
     *
     * @param measured whether TornadoVM's profiler is to run, which fails on tasks that share compiled code
     */
    void distinguish(ImmutableTaskGraph graph, boolean measured);

    /** Adds a task that TornadoVM compiles: the function and its arguments. */
    void addTask(TaskGraph to, String id, Object task, List<Object> arguments);

    /**
     * TornadoVM does not copy an array to the device that it thinks a kernel only writes, even if the kernel writes a part. It is
     * made to think that such kernels read it too. Which arguments a task writes.
     */
    List<Boolean> keepWhatIsNotWritten(Object task);

    /** Whether copies from the device that follow are measured: TornadoVM knows it for all graphs together. */
    void profile(boolean on);

    /** Adds what the graph's last run took, by kernel; copies to the device with TornadoVM's own few bytes a task. */
    void addTimes(ImmutableTaskGraph graph, List<String> tasks, List<String> kernels, Times to);

    /** Adds what the graph's last copy from the device took. */
    void addDownload(ImmutableTaskGraph graph, Times to);

    /** What TornadoVM knows of an array's copy on the device, in this graph: graphs may share a buffer. */
    XPUDeviceBufferState state(TornadoDevice device, ImmutableTaskGraph graph, FloatArray array);
}
