package muflex.engine.translate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import muflex.engine.translate.Target.Language;
import muflex.engine.translate.samples.Samples;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Generated CUDA C goes through NVIDIA's compiler, where there is one. */
class NvccTest {

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void samplesCompileToPtx(boolean checked, @TempDir Path folder) throws IOException, InterruptedException {
        Translator translator = new Translator(
                new Target(Language.CUDA, 16, 4, checked, true, true), new ClassFiles(NvccTest.class.getClassLoader()));
        for (String kernel : List.of("axpy", "torture", "edges", "softmax", "reverse", "tooFar")) {
            translator.kernel(Samples.class.getName(), kernel, Translator.Known.NOTHING);
        }
        String ptx = compile(translator.source(), folder);
        assertThat(ptx).contains(".entry Samples_softmax(").contains("bar.sync").contains("ex2.approx");
    }

    /** The PTX of a program for sm_90; where nvcc is missing the test is reported as not run. */
    static String compile(String source, Path folder) throws IOException, InterruptedException {
        Path file = Files.writeString(folder.resolve("program.cu"), source);
        Path ptx = folder.resolve("program.ptx");
        Process process;
        try {
            process = new ProcessBuilder("nvcc", "-ptx", "-arch=sm_90", "-o", ptx.toString(), file.toString())
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            System.err.println("NOT RUN: generated CUDA C was not compiled: there is no nvcc on the PATH");
            Assumptions.abort("no nvcc on the PATH");
            throw e;
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return Files.readString(ptx);
    }
}
