package muflex.engine.opencl;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import muflex.engine.Devices;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** A driver must not take the JVM's signals. */
@EnabledOnOs(OS.LINUX)
class SignalHandlersTest {
    private static final int SEGMENT = 11;
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
        assertThat(output).contains("page faults go to libjvm.so");
    }

    /** Says which library has the handler of page faults once devices were looked for. */
    static final class Discover {
        private Discover() {}

        public static void main(String[] args) throws IOException {
            Devices.all();
            long handler = handler(SEGMENT);
            List<String> maps = Files.readAllLines(Path.of("/proc/self/maps"));
            maps.stream()
                    .filter(line -> handler >= Long.parseUnsignedLong(line.split("[- ]")[0], 16)
                            && handler < Long.parseUnsignedLong(line.split("[- ]")[1], 16))
                    .forEach(line -> System.out.println("page faults go to "
                            + Path.of(line.substring(line.indexOf('/'))).getFileName()));
        }
    }
}
