package muflex.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import muflex.engine.Device;
import muflex.experiments.report.Environment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {

    @TempDir
    private Path home;

    private Doctor.Finding find(Environment machine, Map<String, String> variables, String subject) {
        return find(machine, variables, subject, Map.of());
    }

    private Doctor.Finding find(
            Environment machine, Map<String, String> variables, String subject, Map<String, String> missing) {
        return new Doctor(machine, variables, home)
                .findings(List.of(), missing).stream()
                        .filter(finding -> finding.subject().equals(subject))
                        .findFirst()
                        .orElseThrow();
    }

    private static Environment machine(int vectorBits, long heap) {
        return new Environment(
                "Some CPU", 2, 8L << 30, "Linux", "Vendor 25", List.of(), heap, vectorBits, "host", null);
    }

    @Test
    void saysWhichFlagTurnsVectorsOn() {
        assertThat(find(machine(0, 4L << 30), Map.of(), "vectors").fix())
                .contains("--add-modules jdk.incubator.vector");
        assertThat(find(machine(256, 4L << 30), Map.of(), "vectors"))
                .isEqualTo(new Doctor.Finding("vectors", "256 bits, 8 floats", null));
    }

    @Test
    void warnsOfASmallHeap() {
        assertThat(find(machine(256, 1L << 30), Map.of(), "memory").fix()).contains("-Xmx2g");
        assertThat(find(machine(256, 2L << 30), Map.of(), "memory").ok()).isTrue();
    }

    @Test
    void looksForTheDefaultText() throws IOException {
        assertThat(find(machine(256, 4L << 30), Map.of(), "corpus").fix()).contains("--text");

        Files.createDirectories(home.resolve("lib"));
        Files.createFile(home.resolve("lib/src.zip"));

        assertThat(find(machine(256, 4L << 30), Map.of(), "corpus").ok()).isTrue();
    }

    @Test
    void saysHowToSetUpTornadoVm() throws IOException {
        Environment machine = machine(256, 4L << 30);

        assertThat(find(machine, Map.of(), "TornadoVM").fix()).contains("set TORNADOVM_HOME");
        assertThat(find(machine, Map.of("TORNADOVM_HOME", home.resolve("no").toString()), "TornadoVM")
                        .found())
                .endsWith("is no folder");
        Map<String, String> set = Map.of("TORNADOVM_HOME", home.toString());
        assertThat(find(machine, set, "TornadoVM").found()).endsWith("has no tornado-argfile");
        Files.createFile(home.resolve("tornado-argfile"));
        assertThat(find(machine, set, "TornadoVM").fix()).contains("-Ptornado");
        assertThat(find(machine, set, "TornadoVM", Map.of("tornado", "no driver; install one"))
                        .fix())
                .isEqualTo("no driver; install one");
    }

    @Test
    void saysWhatTornadoVmLacksBesideItsDevices() throws IOException {
        Files.createFile(home.resolve("tornado-argfile"));
        Device device = (Device) Proxy.newProxyInstance(
                Device.class.getClassLoader(),
                new Class<?>[] {Device.class},
                (proxy, method, arguments) -> "tornado:0:0");
        Map<String, String> problems = Map.of("tornado", "tornado's backend PTX: no NVRTC; install it");

        assertThat(new Doctor(machine(256, 4L << 30), Map.of("TORNADOVM_HOME", home.toString()), home)
                        .findings(List.of(device), problems))
                .contains(new Doctor.Finding(
                        "TornadoVM", home + ", 1 device", "tornado's backend PTX: no NVRTC; install it"));
    }

    @Test
    void saysWhyAnEngineHasNoDevice() {
        Map<String, String> problems =
                Map.of("opencl", "opencl: expected the OpenCL loader libOpenCL.so.1, found none; install a driver");

        assertThat(find(machine(256, 4L << 30), Map.of(), "OpenCL", problems))
                .isEqualTo(new Doctor.Finding(
                        "OpenCL",
                        "expected the OpenCL loader libOpenCL.so.1, found none (optional)",
                        "install a driver"));
    }

    @Test
    void saysWhatCudaLacks() {
        Environment machine = machine(256, 4L << 30);

        assertThat(find(machine, Map.of(), "CUDA", Map.of("cuda", "cuda: expected NVRTC, found none; install it")))
                .isEqualTo(new Doctor.Finding("CUDA", "expected NVRTC, found none (optional)", "install it"));
        assertThat(find(machine, Map.of(), "CUDA", Map.of("cuda", "cuda: the driver does not start: CUDA_ERROR")))
                .isEqualTo(new Doctor.Finding(
                        "CUDA",
                        "the driver does not start: CUDA_ERROR (optional)",
                        "update the driver, and see nvidia-smi"));
    }
}
