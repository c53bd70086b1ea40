package muflex.experiments.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The machine and the JVM of a measurement.
 *
 * @param cpu the processor's own name
 * @param cores processors that this JVM may use
 * @param memoryBytes physical memory
 * @param os operating system, version and architecture
 * @param jdk vendor and version
 * @param flags the JVM's own arguments, without class and module paths
 * @param maxHeapBytes the heap's limit
 * @param vectorBits width of {@code FloatVector.SPECIES_PREFERRED}; 0 where the Vector API is not on
 * @param host the machine's name on its network
 * @param tornado TornadoVM's version; null where it is not on the class path
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Environment(
        String cpu,
        int cores,
        long memoryBytes,
        String os,
        String jdk,
        List<String> flags,
        long maxHeapBytes,
        int vectorBits,
        String host,
        @Nullable String tornado) {

    public static Environment current() {
        return new Environment(
                cpuName(),
                Runtime.getRuntime().availableProcessors(),
                physicalMemory(),
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"),
                System.getProperty("java.vendor") + " " + Runtime.version(),
                ManagementFactory.getRuntimeMXBean().getInputArguments(),
                Runtime.getRuntime().maxMemory(),
                preferredVectorBits(),
                hostName(),
                tornadoVersion());
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "unknown";
        }
    }

    /** What the jar of TornadoVM's API says of itself. */
    private static @Nullable String tornadoVersion() {
        String properties = "/META-INF/maven/io.github.beehive-lab/tornado-api/pom.properties";
        try (InputStream in = Environment.class.getResourceAsStream(properties)) {
            if (in == null) {
                return null;
            }
            Properties values = new Properties();
            values.load(in);
            return values.getProperty("version");
        } catch (IOException e) {
            return null;
        }
    }

    private static String cpuName() {
        Path info = Path.of("/proc/cpuinfo");
        if (Files.isReadable(info)) {
            try (Stream<String> lines = Files.lines(info)) {
                return lines.filter(line -> line.startsWith("model name"))
                        .map(line -> line.substring(line.indexOf(':') + 1).strip())
                        .findFirst()
                        .orElse(System.getProperty("os.arch"));
            } catch (IOException e) {
                return System.getProperty("os.arch");
            }
        }
        return System.getProperty("os.arch");
    }

    private static long physicalMemory() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : 0;
    }

    /** By reflection, because the incubator module need not be there. */
    private static int preferredVectorBits() {
        try {
            Object species = Class.forName("jdk.incubator.vector.FloatVector")
                    .getField("SPECIES_PREFERRED")
                    .get(null);
            return (int) Class.forName("jdk.incubator.vector.VectorSpecies")
                    .getMethod("vectorBitSize")
                    .invoke(species);
        } catch (ReflectiveOperationException e) {
            return 0;
        }
    }
}
