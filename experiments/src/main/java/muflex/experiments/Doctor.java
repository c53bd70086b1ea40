package muflex.experiments;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import muflex.engine.Device;
import muflex.experiments.report.Environment;
import muflex.experiments.report.Units;
import org.jspecify.annotations.Nullable;

/** Looks at what MuFlex needs or can use on this machine, and says what to do about what is missing. */
final class Doctor {

    /**
     * One finding.
     *
     * @param fix what to do, or null if all is well
     */
    record Finding(String subject, String found, @Nullable String fix) {
        boolean ok() {
            return fix == null;
        }
    }

    private static final long ENOUGH_HEAP = 2L << 30;

    private final Environment machine;
    private final Map<String, String> variables;
    private final Path javaHome;

    /** @param variables the process's environment */
    Doctor(Environment machine, Map<String, String> variables, Path javaHome) {
        this.machine = machine;
        this.variables = variables;
        this.javaHome = javaHome;
    }

    static Doctor here() {
        return new Doctor(Environment.current(), System.getenv(), Path.of(System.getProperty("java.home")));
    }

    /**
     * @param devices those that are found
     * @param problems why engines found none, or lack some, by engine
     */
    List<Finding> findings(List<Device> devices, Map<String, String> problems) {
        List<Finding> findings = new ArrayList<>();
        findings.add(jdk());
        findings.add(vectors());
        findings.add(new Finding("cores", machine.cores() + " (" + machine.cpu() + ")", null));
        findings.add(memory());
        findings.add(corpus());
        findings.add(tornado(devices, problems.get("tornado")));
        findings.add(engine("CUDA", "cuda", devices, problems.get("cuda")));
        findings.add(engine("OpenCL", "opencl", devices, problems.get("opencl")));
        findings.add(new Finding("devices", devices.stream().map(Device::id).collect(Collectors.joining(", ")), null));
        return findings;
    }

    private Finding jdk() {
        int feature = Runtime.version().feature();
        return new Finding(
                "JDK", machine.jdk(), feature >= 25 ? null : "install JDK 25 or later and set JAVA_HOME to it");
    }

    private Finding vectors() {
        return machine.vectorBits() > 0
                ? new Finding(
                        "vectors",
                        machine.vectorBits() + " bits, " + machine.vectorBits() / Float.SIZE + " floats",
                        null)
                : new Finding(
                        "vectors",
                        "the Vector API is off, so `cpu` runs plain loops",
                        "start java with --add-modules jdk.incubator.vector, as scripts/muflex does");
    }

    private Finding memory() {
        String found = Units.bytes(machine.memoryBytes()) + ", heap up to " + Units.bytes(machine.maxHeapBytes());
        boolean enough = machine.maxHeapBytes() >= ENOUGH_HEAP;
        return new Finding("memory", found, enough ? null : "allow 2 GiB: MUFLEX_JAVA_OPTS=-Xmx2g scripts/muflex …");
    }

    private Finding corpus() {
        Path zip = javaHome.resolve("lib/src.zip");
        return Files.isReadable(zip)
                ? new Finding("corpus", zip.toString(), null)
                : new Finding(
                        "corpus",
                        "this JDK has no lib/src.zip, the default text",
                        "pass --text FILE_OR_FOLDER, or install a full JDK");
    }

    private Finding tornado(List<Device> devices, @Nullable String problem) {
        String home = variables.get("TORNADOVM_HOME");
        if (home == null || home.isBlank()) {
            return new Finding(
                    "TornadoVM", "not set up (optional)", "install TornadoVM for JDK 25 and set TORNADOVM_HOME to it");
        }
        if (!Files.isDirectory(Path.of(home))) {
            return new Finding("TornadoVM", home + " is no folder", "set TORNADOVM_HOME to TornadoVM's installation");
        }
        if (!Files.exists(Path.of(home, "tornado-argfile"))
                && !Files.exists(Path.of(home, "tornado-argfile.template"))) {
            return new Finding(
                    "TornadoVM",
                    home + " has no tornado-argfile",
                    "set TORNADOVM_HOME to the folder of an unpacked release, as tornadovm-5.2.0-jdk25-opencl");
        }
        long found = devices.stream()
                .filter(device -> device.id().startsWith("tornado:"))
                .count();
        if (found > 0) {
            return new Finding("TornadoVM", home + ", " + found + (found == 1 ? " device" : " devices"), problem);
        }
        return new Finding(
                "TornadoVM",
                home + " gives no device",
                problem == null ? "build with -Ptornado, as scripts/muflex does where TORNADOVM_HOME is set" : problem);
    }

    /** An engine that translates the kernels itself: its devices, or why there are none. */
    private Finding engine(String subject, String name, List<Device> devices, @Nullable String problem) {
        String found = devices.stream()
                .filter(device -> device.id().startsWith(name + ":"))
                .map(device -> device.id() + " " + device.description())
                .collect(Collectors.joining("; "));
        if (!found.isEmpty() || problem == null) {
            return new Finding(subject, found.isEmpty() ? "no device (optional)" : found, null);
        }
        String[] parts = problem.replaceFirst("^" + name + ": ", "").split("; ", 2);
        String fix = name.equals("opencl") ? "see docs/opencl.md" : "update the driver, and see nvidia-smi";
        return new Finding(subject, parts[0] + " (optional)", parts.length == 1 ? fix : parts[1]);
    }
}
