package muflex.engine.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import muflex.FlexAttention;
import muflex.attention.AttentionShape;
import muflex.attention.MaskMods;
import muflex.attention.ScoreMods;
import muflex.engine.Devices;
import org.junit.jupiter.api.Test;

/** {@code cpu} in JVMs with other flags than the tests': {@link CpuProbe} compares it with the reference there. */
class OtherJvmsTest {

    private static List<String> probe(String... flags) throws IOException, InterruptedException {
        return run(CpuProbe.class, flags);
    }

    private static List<String> run(Class<?> program, String... flags) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(flags));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output.lines().toList();
    }

    /** Right, if slowly, and the log says once how to mend it. */
    @Test
    void withoutTheVectorModule() throws IOException, InterruptedException {
        List<String> lines = probe();
        assertThat(lines).anySatisfy(line -> assertThat(line).startsWith("no vectors (no jdk.incubator.vector), "));
        assertThat(lines).filteredOn(line -> line.startsWith("right: ")).hasSize(CpuProbe.SPECS);
        assertThat(lines)
                .filteredOn(line -> line.contains(
                        "cpu runs plain loops, not vectors; pass --add-modules jdk.incubator.vector to java"))
                .hasSize(1);
    }

    /** 256-bit vectors and half the registers, where the processor has more; elsewhere the flag is passed over. */
    @Test
    void withShorterVectors() throws IOException, InterruptedException {
        List<String> lines =
                probe("--add-modules", "jdk.incubator.vector", "-XX:+IgnoreUnrecognizedVMOptions", "-XX:UseAVX=2");
        assertThat(lines).anySatisfy(line -> assertThat(line).matches("(128|256)-bit vectors, .*"));
        assertThat(lines).filteredOn(line -> line.startsWith("right: ")).hasSize(CpuProbe.SPECS);
    }

    /** Memory is O(length · dim): the scores of 65,536 × 65,536 would be 17 GB, one tensor of the operation is 4 MB. */
    @Test
    void longSequencesFitASmallHeap() throws IOException, InterruptedException {
        assertThat(run(LongSequence.class, "--add-modules", "jdk.incubator.vector", "-Xmx192m"))
                .contains("done");
    }

    /** A program: forward and backward of 65,536 tokens. */
    static final class LongSequence {
        private LongSequence() {}

        public static void main(String[] arguments) {
            AttentionShape shape = AttentionShape.of(1, 1, 65_536, 16);
            float[] q = new float[shape.querySize()];
            try (FlexAttention attention = FlexAttention.builder(shape)
                    .mask(MaskMods.slidingWindow(64))
                    .scoreMod(ScoreMods.softcap(20))
                    .device(Devices.byId("cpu"))
                    .build()) {
                attention.backward(q, q, q, attention.forward(q, q, q), q);
            }
            System.out.println("done");
        }
    }
}
