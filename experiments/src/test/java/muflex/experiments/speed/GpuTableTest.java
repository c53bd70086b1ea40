package muflex.experiments.speed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code scripts/gpu-table}, which makes a table of our rows and other libraries'. */
class GpuTableTest {
    @TempDir
    Path folder;

    private static String row(String who, String device, String source, String direction, String millis) {
        return """
                {"who":"%s","device":"%s","source":"%s","shape":"1x8x1024x64","variant":"full","precision":"half","direction":"%s",\
                "kernelMillis":%s,"wallMillis":2.5,"teraflops":10.5,"largestError":1e-5,"meanError":1e-6}""".formatted(who, device, source, direction, millis);
    }

    private String table(List<String> lines, int status) throws IOException, InterruptedException {
        Path rows = Files.write(folder.resolve("rows"), lines);
        Process process;
        try {
            process = new ProcessBuilder("python3", "../scripts/gpu-table", rows.toString())
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            assumeTrue(false, "needs python3");
            throw e;
        }
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(out).isEqualTo(status);
        return out;
    }

    @Test
    void rowsOfOneCaseStandTogether() throws Exception {
        String gpu = "NVIDIA H200 (GPU, 132 units)";
        String out = table(
                List.of(
                        row("cuda:0", gpu, "abc1234", "backward", "0.5"),
                        row("cuda:0", gpu, "abc1234", "forward", "0.25"),
                        "what the profiler printed",
                        row("tornado:1:0", gpu + ", TornadoVM CUDA, NVIDIA CUDA", "abc1234", "forward", "null"),
                        row("cudnn:0", gpu + ", cuDNN by TornadoVM's library task", "abc1234", "forward", "0.2"),
                        row("SDPA flash", "NVIDIA H200", "PyTorch 2.11", "forward", "0.3")),
                0);
        assertThat(out.lines())
                .containsExactly(
                        gpu + "; muflex abc1234; PyTorch 2.11",
                        "",
                        "| shape | variant | precision | direction | who | ms | TFLOP/s | largest error | mean error |",
                        "|---|---|---|---|---|--:|--:|--:|--:|",
                        "| 1x8x1024x64 | full | half | forward | **cuda:0** | 0.250 | 10.5 | 1.0e-05 | 1.0e-06 |",
                        "| 1x8x1024x64 | full | half | forward | **tornado:1:0**, TornadoVM CUDA | 2.500 (call) | 10.5 | 1.0e-05 | 1.0e-06 |",
                        "| 1x8x1024x64 | full | half | forward | cuDNN by TornadoVM | 0.200 | 10.5 | 1.0e-05 | 1.0e-06 |",
                        "| 1x8x1024x64 | full | half | forward | SDPA flash | 0.300 | 10.5 | 1.0e-05 | 1.0e-06 |",
                        "| 1x8x1024x64 | full | half | backward | **cuda:0** | 0.500 | 10.5 | 1.0e-05 | 1.0e-06 |");
    }

    @Test
    void noRowsAreAnError() throws Exception {
        assertThat(table(List.of("nothing"), 1)).startsWith("gpu-table: expected rows, got none");
    }
}
