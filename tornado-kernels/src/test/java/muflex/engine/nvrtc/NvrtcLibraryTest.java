package muflex.engine.nvrtc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NvrtcLibraryTest {

    private static void install(Path folder, String version) throws IOException {
        Files.createDirectories(folder);
        Files.createFile(folder.resolve("libnvrtc.so." + version));
        Files.createFile(folder.resolve("libnvrtc-builtins.so." + version));
    }

    private static Path found(String property, Map<String, String> environment, Path root) {
        NvrtcLibrary library = NvrtcLibrary.find(NvrtcLibrary.folders(property, environment, root));
        assertThat(library).isNotNull();
        assertThat(library.builtins().getParent()).isEqualTo(library.compiler().getParent());
        return root.relativize(library.compiler());
    }

    @Test
    void theNamedOneThenCudaHomeThenWhatIsInstalled(@TempDir Path root) throws IOException {
        install(root.resolve("usr/lib/x86_64-linux-gnu"), "12");
        assertThat(found(null, Map.of(), root)).hasToString("usr/lib/x86_64-linux-gnu/libnvrtc.so.12");
        install(root.resolve("usr/local/cuda-12.4/lib64"), "12");
        install(root.resolve("usr/local/cuda-13.0/lib64"), "13");
        assertThat(found(null, Map.of(), root)).hasToString("usr/local/cuda-13.0/lib64/libnvrtc.so.13");
        Path home = root.resolve("home");
        install(home.resolve("lib64"), "12.1");
        assertThat(found(null, Map.of("CUDA_HOME", home.toString()), root)).hasToString("home/lib64/libnvrtc.so.12.1");
        install(root.resolve("mine"), "11");
        String file = root.resolve("mine/libnvrtc.so.11").toString();
        assertThat(found(file, Map.of("CUDA_HOME", home.toString()), root)).hasToString("mine/libnvrtc.so.11");
    }

    @Test
    void aPythonEnvironmentHasOne(@TempDir Path root) throws IOException {
        install(root.resolve("venv/lib/python3.12/site-packages/nvidia/cu13/lib"), "13");
        String environment = root.resolve("venv").toString();
        assertThat(found(null, Map.of("VIRTUAL_ENV", environment), root))
                .hasToString("venv/lib/python3.12/site-packages/nvidia/cu13/lib/libnvrtc.so.13");
    }

    @Test
    void noneIsOneLineWithTheFix(@TempDir Path root) {
        assertThat(NvrtcLibrary.find(NvrtcLibrary.folders(null, Map.of(), root)))
                .isNull();
        assertThat(NvrtcLibrary.missing("cuda"))
                .isEqualTo("cuda: expected NVIDIA's run-time compiler libnvrtc.so, found none; install the CUDA toolkit"
                        + " (Debian: apt-get install libnvrtc12; Python: pip install nvidia-cuda-nvrtc) and set"
                        + " CUDA_HOME to it, or set -Dmuflex.nvrtc=FILE");
    }
}
