package muflex.engine.opencl;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import muflex.engine.Devices;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** A driver must not take the JVM's signals. */
@EnabledOnOs(OS.LINUX)
class SignalHandlersTest {
    private static final int SEGMENT = 11;
    private static final int DIVISION = 8;
    private static final int USER_2 = 12;
    private static final int ACTION_BYTES = 256;

    /** The address of a signal's handler, the first field of its action. */
    private static long handler(int signal) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment action = arena.allocate(ACTION_BYTES, Long.BYTES);
            assertThat(SignalHandlers.sigaction(signal, MemorySegment.NULL, action))
                    .isZero();
            return action.getAtIndex(JAVA_LONG, 0);
        }
    }

    private static void ignore(int signal) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment action = arena.allocate(ACTION_BYTES, Long.BYTES);
            action.setAtIndex(JAVA_LONG, 0, 1);
            SignalHandlers.sigaction(signal, action, MemorySegment.NULL);
        }
    }

    @Test
    void whatTheActionSetsIsUndone() {
        long before = handler(USER_2);
        long within = SignalHandlers.keep(() -> {
            ignore(USER_2);
            return handler(USER_2);
        });
        assertThat(within).isEqualTo(1);
        assertThat(handler(USER_2)).isEqualTo(before);
    }

    /** In a JVM of its own, which has not looked for devices before. */
    @Test
    void discoveryLeavesTheJvmItsOwn() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Discover.class.getName())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output)
                .contains("page faults go to libjvm.so")
                .contains("divisions by zero go to libjvm.so")
                .contains("1000 of 1000 caught");
    }

    /** Says which libraries have the handlers once devices were looked for, and whether compiled code throws. */
    static final class Discover {
        private Discover() {}

        public static void main(String[] args) throws IOException {
            Devices.all();
            System.out.println("page faults go to " + libraryOf(handler(SEGMENT)));
            System.out.println("divisions by zero go to " + libraryOf(handler(DIVISION)));
            int caught = 0;
            for (int i = 0; i < 100_000; i++) {
                caught += throwsByZero(i, i % 100 - 50) ? 1 : 0;
            }
            System.out.println(caught + " of 1000 caught");
        }

        private static boolean throwsByZero(int a, int b) {
            try {
                return a / b == Integer.MIN_VALUE;
            } catch (ArithmeticException e) {
                return true;
            }
        }

        private static String libraryOf(long address) throws IOException {
            for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
                String[] range = line.split("[- ]");
                if (address >= Long.parseUnsignedLong(range[0], 16) && address < Long.parseUnsignedLong(range[1], 16)) {
                    return line.substring(line.lastIndexOf('/') + 1);
                }
            }
            return "no library";
        }
    }
}
