package muflex.engine.translate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import muflex.engine.translate.Target.Language;
import muflex.engine.translate.samples.Samples;
import muflex.kernels.AttentionSizes;
import muflex.kernels.GroupBackward;
import muflex.kernels.GroupBackwardHalf;
import muflex.kernels.GroupBackwardHalfTurns;
import muflex.kernels.GroupBackwardSliced;
import muflex.kernels.GroupBackwardWide;
import muflex.kernels.GroupDecode;
import muflex.kernels.GroupForward;
import muflex.kernels.GroupForwardHalf;
import muflex.kernels.GroupForwardPair;
import muflex.kernels.GroupForwardSliced;
import muflex.kernels.GroupForwardWide;
import muflex.kernels.GroupMatMul;
import muflex.kernels.GroupMatMulHalf;
import muflex.kernels.GroupNorm;
import muflex.kernels.GroupTokens;
import muflex.kernels.WarpDecode;
import muflex.kernels.WarpDecodeHalf;
import muflex.kernels.WarpDelta;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
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

    /** Branches around divisions, for each element of an unrolled loop, took NVRTC minutes. */
    @Test
    void divisionsDoNotBranch(@TempDir Path folder) throws IOException, InterruptedException {
        Translator translator = new Translator(
                new Target(Language.CUDA, 4, 2, false, true, true), new ClassFiles(NvccTest.class.getClassLoader()));
        translator.kernel(Samples.class.getName(), "divide", Translator.Known.NOTHING);
        String ptx = compile(translator.source(), folder);
        assertThat(Pattern.compile("\\bbra\\b").matcher(ptx).results().count())
                .as("branches, one past the last item:\n" + ptx)
                .isLessThanOrEqualTo(1);
    }

    /** The group kernels' small arrays must all be registers: an array in local memory would be slow, and show as such. */
    @ParameterizedTest
    @MethodSource("groupKernels")
    void groupKernelsKeepTheirTilesInRegisters(
            Class<?> owner, String method, Translator.Known known, String instruction, @TempDir Path folder)
            throws IOException, InterruptedException {
        Translator translator = new Translator(
                new Target(Language.CUDA, 4, 2, false, true, true), new ClassFiles(NvccTest.class.getClassLoader()));
        translator.kernel(owner.getName(), method, known);
        String ptx = compile(translator.source(), folder);
        assertThat(ptx).contains(instruction).doesNotContain("__local_depot");
    }

    static Stream<Arguments> groupKernels() {
        String vectors = "ld.shared.v4.f32";
        Translator.Known products = new Translator.Known(Map.of(7, 0, 8, 1), Map.of());
        return Stream.of(
                Arguments.of(GroupForward.class, "forward", attention(8, 64, Map.of(10, 0f)), vectors),
                Arguments.of(GroupForward.class, "forward", attention(8, 128, Map.of(10, 0f)), vectors),
                Arguments.of(GroupBackward.class, "keys", attention(10, 128, Map.of(12, 0, 13, 0, 14, 0f)), vectors),
                Arguments.of(GroupBackward.class, "queries", attention(9, 128, Map.of(11, 0, 12, 0f)), vectors),
                Arguments.of(GroupForwardSliced.class, "forward", attention(8, 128, Map.of(10, 0f)), vectors),
                Arguments.of(
                        GroupBackwardSliced.class, "keys", attention(10, 128, Map.of(12, 0, 13, 0, 14, 0f)), vectors),
                Arguments.of(GroupBackwardSliced.class, "queries", attention(9, 128, Map.of(11, 0, 12, 0f)), vectors),
                Arguments.of(GroupMatMul.class, "multiply", products, vectors),
                Arguments.of(GroupDecode.class, "forward", attention(8, 128, Map.of(10, 0f, 15, 1)), vectors),
                Arguments.of(
                        WarpDecode.class, "forward", attention(8, 256, Map.of(10, 0f, 15, 1)), "shfl.sync.bfly.b32"),
                Arguments.of(
                        WarpDecodeHalf.class,
                        "forward",
                        attention(8, 128, Map.of(10, 0f, 15, 1, 16, 0)),
                        "ld.global.nc.L1::no_allocate.v4.f32"),
                Arguments.of(
                        GroupForwardHalf.class,
                        "forward",
                        attention(8, 128, Map.of(10, 0f, 13, 2, 14, 2, 15, 0, 16, 1)),
                        "mma.sync.aligned.m16n8k16.row.col.f32.f16"),
                Arguments.of(
                        GroupForwardHalf.class,
                        "forward",
                        attention(8, 128, Map.of(10, 0f, 13, 1, 14, 0, 15, 0, 16, 1)),
                        "mma.sync.aligned.m16n8k16.row.col.f32.f16"),
                Arguments.of(
                        GroupForwardHalf.class,
                        "forward",
                        attention(8, 64, Map.of(10, 0f, 13, 1, 14, 1, 15, 1, 16, 0)),
                        "mma.sync.aligned.m16n8k16.row.col.f32.bf16"),
                Arguments.of(
                        GroupForwardWide.class,
                        "forward",
                        attention(9, 128, Map.of(11, 0f, 14, 2, 15, 0, 16, 1)),
                        "wgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16"),
                Arguments.of(
                        GroupForwardWide.class,
                        "forward",
                        attention(9, 64, Map.of(11, 0f, 14, 1, 15, 1, 16, 0)),
                        "wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16"),
                Arguments.of(
                        GroupForwardPair.class,
                        "forward",
                        attention(9, 64, Map.of(11, 0f, 14, 1, 15, 0)),
                        "wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16"),
                Arguments.of(
                        GroupBackwardHalf.class,
                        "keys",
                        attention(10, 128, Map.of(12, 0, 13, 0, 14, 0f, 19, 0)),
                        "mma.sync.aligned.m16n8k16.row.col.f32.f16"),
                Arguments.of(
                        GroupBackwardHalfTurns.class,
                        "keys",
                        attention(10, 128, Map.of(12, 0, 13, 0, 14, 0f, 19, 0)),
                        "mma.sync.aligned.m16n8k16.row.col.f32.f16"),
                Arguments.of(
                        GroupBackwardHalfTurns.class,
                        "queries",
                        attention(9, 128, Map.of(11, 0, 12, 0f, 15, 1)),
                        "mma.sync.aligned.m16n8k16.row.col.f32.bf16"),
                Arguments.of(
                        GroupBackwardHalf.class,
                        "queries",
                        attention(9, 128, Map.of(11, 0, 12, 0f, 15, 1)),
                        "mma.sync.aligned.m16n8k16.row.col.f32.bf16"),
                Arguments.of(
                        GroupBackwardWide.class,
                        "keys",
                        attention(10, 128, Map.of(12, 0, 13, 0f, 16, 0, 17, 1)),
                        "wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16"),
                Arguments.of(
                        GroupBackwardWide.class,
                        "queries",
                        attention(9, 128, Map.of(11, 0, 12, 0f, 15, 1, 16, 0)),
                        "wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16"),
                Arguments.of(
                        WarpDelta.class,
                        "delta",
                        new Translator.Known(Map.of(7, 128), Map.of()),
                        "ld.global.nc.L1::no_allocate.v4.f32"),
                Arguments.of(
                        GroupMatMulHalf.class,
                        "multiply",
                        new Translator.Known(Map.of(7, 4, 8, 64, 9, 3, 10, 1), Map.of()),
                        "mma.sync.aligned.m16n8k16.row.col.f32.bf16"),
                Arguments.of(
                        GroupMatMulHalf.class,
                        "multiply",
                        new Translator.Known(Map.of(7, 4, 8, 32, 9, 2, 10, 0), Map.of()),
                        "mma.sync.aligned.m16n8k16.row.col.f32.f16"),
                Arguments.of(
                        GroupMatMulHalf.class,
                        "pack",
                        new Translator.Known(Map.of(4, 1, 5, 1), Map.of()),
                        "cvt.rn.bf16x2.f32"),
                Arguments.of(GroupNorm.class, "gradient", new Translator.Known(Map.of(10, 1), Map.of()), "bar.sync"),
                Arguments.of(GroupTokens.class, "embeddingGradient", Translator.Known.NOTHING, "bar.sync"));
    }

    /** Both dims, the sizes being parameter {@code sizes}, and these scalars: no dropout, no mods. */
    private static Translator.Known attention(int sizes, int dim, Map<Integer, Number> scalars) {
        Map<Integer, Integer> dims = Map.of(AttentionSizes.HEAD_DIM, dim, AttentionSizes.VALUE_DIM, dim);
        return new Translator.Known(scalars, Map.of(sizes, dims));
    }

    /** The PTX of a program for sm_90a; where nvcc is missing the test is reported as not run. */
    static String compile(String source, Path folder) throws IOException, InterruptedException {
        Path file = Files.writeString(folder.resolve("program.cu"), source);
        Path ptx = folder.resolve("program.ptx");
        Process process;
        try {
            process = new ProcessBuilder("nvcc", "-ptx", "-arch=sm_90a", "-o", ptx.toString(), file.toString())
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
