package muflex.engine.opencl;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The process's signal handlers on Linux, kept over a call that replaces them. LLVM, which PoCL has inside, takes those of
 * crashes and of Ctrl-C when it starts, but the JVM stops its threads by page faults: the second thread that
 * runs into one meanwhile kills the process. PoCL's own for SIGFPE skips every integer division by zero, Java's among them,
 * which then gives a number and no ArithmeticException; translated kernels never divide by zero.
 */
final class SignalHandlers {
    /** Segment first, for the JVM's sake; division, bus, illegal, user 2, hang-up, interrupt, quit, trap, abort, termination, CPU, file size. */
    private static final List<Integer> SIGNALS = List.of(11, 8, 7, 4, 12, 1, 2, 3, 5, 6, 15, 24, 25);

    /** More than a {@code struct sigaction} of any Linux. */
    private static final long ACTION_BYTES = 256;

    private SignalHandlers() {}

    /** The result of {@code action}, after which the handlers are as before. */
    static <T> T keep(Supplier<T> action) {
        if (!System.getProperty("os.name").startsWith("Linux")) {
            return action.get();
        }
        try (Arena arena = Arena.ofConfined()) {
            Map<Integer, MemorySegment> before = new LinkedHashMap<>();
            for (int signal : SIGNALS) {
                MemorySegment handler = arena.allocate(ACTION_BYTES, Long.BYTES);
                if (sigaction(signal, MemorySegment.NULL, handler) == 0) {
                    before.put(signal, handler);
                }
            }
            try {
                return action.get();
            } finally {
                before.forEach((signal, handler) -> sigaction(signal, handler, MemorySegment.NULL));
            }
        }
    }

    /** As in C: sets the handler unless {@code to} is null, and fills {@code from} with the one before unless it is null. */
    static int sigaction(int signal, MemorySegment to, MemorySegment from) {
        try {
            return (int) Once.SIGACTION.invokeExact(signal, to, from);
        } catch (Throwable e) {
            throw new IllegalStateException("sigaction: " + e, e);
        }
    }

    private static final class Once {
        static final MethodHandle SIGACTION = find();

        @SuppressWarnings("restricted") // the flag is on in every script, and LWJGL needs it anyway
        private static MethodHandle find() {
            Linker linker = Linker.nativeLinker();
            return linker.downcallHandle(
                    linker.defaultLookup().findOrThrow("sigaction"),
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
        }
    }
}
