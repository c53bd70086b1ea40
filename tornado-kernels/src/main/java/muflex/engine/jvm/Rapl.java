package muflex.engine.jvm;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * The processors' energy counters as Linux shows them, {@code /sys/class/powercap/intel-rapl:N} (AMD's too): one a
 * package, in microjoules. Most systems let only root read them, and most virtual machines have none.
 */
final class Rapl {
    private static final Path FOLDER = Path.of("/sys/class/powercap");
    private static final List<Path> COUNTERS = counters(FOLDER);

    private Rapl() {}

    static List<Path> counters(Path folder) {
        List<Path> found = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> packages = Files.newDirectoryStream(folder, "intel-rapl:[0-9]*")) {
                for (Path one : packages) {
                    Path counter = one.resolve("energy_uj");
                    // Two colons: a part of a package, which its package counts too.
                    if (one.getFileName().toString().lastIndexOf(':') == "intel-rapl".length()
                            && Files.isReadable(counter)) {
                        found.add(counter);
                    }
                }
            } catch (IOException e) {
                return List.of();
            }
        }
        return found;
    }

    static OptionalDouble joules() {
        return joules(COUNTERS);
    }

    /** The sum of all packages; it starts again at 0 every few hours of full load. */
    static OptionalDouble joules(List<Path> counters) {
        if (counters.isEmpty()) {
            return OptionalDouble.empty();
        }
        double sum = 0;
        for (Path counter : counters) {
            try {
                sum += Long.parseLong(Files.readString(counter).strip()) * 1e-6;
            } catch (IOException | NumberFormatException e) {
                return OptionalDouble.empty();
            }
        }
        return OptionalDouble.of(sum);
    }
}
