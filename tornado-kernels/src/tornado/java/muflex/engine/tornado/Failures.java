package muflex.engine.tornado;

import java.nio.file.Path;
import java.util.Collection;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** TornadoVM throws exceptions of many kinds, some of them errors; here they become one, which says what was run and where. */
final class Failures {
    /** Kernels that a message names. */
    private static final int MOST = 3;

    /** Whether a message named files of kernels: they are then kept, for somebody to read. */
    private static volatile boolean named;

    private Failures() {}

    static boolean namedFiles() {
        return named;
    }

    /** A kernel and its file, for a message. */
    static String name(String kernel, Path file) {
        named = true;
        return kernel + " (" + file + ")";
    }

    /** @param attempt what was tried, for the message: {@code tornado:0:0: TornadoVM failed to …} */
    static void explained(Supplier<String> attempt, Runnable action) {
        try {
            action.run();
        } catch (RuntimeException | Error e) {
            throw new IllegalStateException(attempt.get() + ": " + reason(e), e);
        }
    }

    /** The attempt to run these. */
    static String running(String device, Collection<TornadoLaunch> launches) {
        return device + ": TornadoVM failed to run " + names(launches);
    }

    /** The kernels and their files, for a message; of many the first. */
    static String names(Collection<TornadoLaunch> launches) {
        if (launches.isEmpty()) {
            return "its kernels";
        }
        String kernels = launches.stream()
                .map(launch -> name(launch.kernel(), launch.file()))
                .distinct()
                .limit(MOST)
                .collect(Collectors.joining(", "));
        return launches.size() > MOST ? "a graph of " + launches.size() + " tasks: " + kernels + ", …" : kernels;
    }

    /** What a failure began with, in one line. */
    static String reason(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return plain(cause);
    }

    /** Without colours, and without the stack trace that TornadoVM puts into its messages. */
    private static String plain(Throwable cause) {
        String text = String.valueOf(cause).replaceAll("\\e\\[[0-9;]*m", "");
        int trace = text.indexOf("Stacktrace:");
        return (trace < 0 ? text : text.substring(0, trace)).strip().replaceAll("\\s*\\n\\s*", "; ");
    }
}
