package muflex.engine.tornado;

import java.util.List;
import java.util.stream.Collectors;

/** TornadoVM throws exceptions of many kinds, some of them errors; here they become one, which says what was run and where. */
final class Failures {
    /** Kernels that a message names. */
    private static final int MOST = 3;

    private Failures() {}

    static void explained(String device, List<TornadoLaunch> launches, Runnable action) {
        try {
            action.run();
        } catch (RuntimeException | Error e) {
            throw new IllegalStateException(message(device, launches, e), e);
        }
    }

    static String message(String device, List<TornadoLaunch> launches, Throwable failure) {
        String kernels = launches.stream()
                .map(launch -> launch.kernel() + " (" + launch.file() + ")")
                .distinct()
                .limit(MOST)
                .collect(Collectors.joining(", "));
        if (launches.size() > MOST) {
            kernels = "a graph of " + launches.size() + " tasks: " + kernels + ", …";
        }
        return device + ": TornadoVM failed to run " + kernels + ": " + reason(failure);
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
