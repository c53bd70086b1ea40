package muflex.engine.tornado;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import muflex.engine.translate.ClassFiles;
import muflex.engine.translate.Target;
import muflex.engine.translate.Translator;
import muflex.kernels.AttentionSizes;
import muflex.kernels.GroupForwardSliced;
import org.junit.jupiter.api.Test;

class PrebuiltSourceTest {
    private static final String PROGRAM = """
        // prelude

        // Helper.twice, line 3
        static inline float Helper_twice(float x) {
          return 2.0f * x;
        }

        // Kernels.other, line 9
        kernel void Kernels_other(global float *restrict out) {
          out[0] = 1.0f;
        }

        // Kernels.scale, line 15
        kernel void Kernels_scale(const global float *restrict x, global float *restrict out, int out_length, float by) {
          out[0] = by * Helper_twice(x[0]);
        }
        """;

    @Test
    void keepsOneKernelAndWhatItCalls() {
        PrebuiltSource source = PrebuiltSource.of(PROGRAM, "Kernels_scale", Prebuilt.OPENCL, 16, List.of(0, 1, 2, 3));

        assertThat(source.text())
                .contains("Helper_twice(float x)")
                .doesNotContain("Kernels_other")
                .contains("static inline void Kernels_scale_body(const global float *restrict x,");
        assertThat(source.written()).containsExactly(false, true, false, false, true);
    }

    @Test
    void tornadosArgumentsComeFirstAndElementsAfterTheHeader() {
        PrebuiltSource source = PrebuiltSource.of(PROGRAM, "Kernels_scale", Prebuilt.OPENCL, 24, List.of(0, 1, 2, 3));

        assertThat(source.text())
                .contains(
                        "kernel void Kernels_scale(global long *tornado_context, constant uchar *tornado_constants, "
                                + "local uchar *tornado_locals, global int *tornado_atomics, const global float *x, "
                                + "global float *out, int out_length, float by, global int *muflex_launches) {",
                        "  if (get_global_id(0) == 0) {\n    atomic_inc((global int *) ((global uchar *) muflex_launches + 24));")
                .contains("Kernels_scale_body((const global float *) ((const global uchar *) x + 24), "
                        + "(global float *) ((global uchar *) out + 24), out_length, by);");
    }

    /** A kernel in place: TornadoVM would wait forever for a task that takes an array twice. */
    @Test
    void anArrayThatIsPassedTwiceBecomesOneParameter() {
        PrebuiltSource source = PrebuiltSource.of(PROGRAM, "Kernels_scale", Prebuilt.OPENCL, 16, List.of(0, 0, 2, 3));

        assertThat(source.text())
                .contains(
                        "global int *tornado_atomics, const global float *x, int out_length, float by, global int *muflex_launches) {")
                .contains("Kernels_scale_body((const global float *) ((const global uchar *) x + 16), "
                        + "(global float *) ((global uchar *) x + 16), out_length, by);");
        assertThat(source.written()).containsExactly(true, false, false, true);
    }

    private static final String GROUPS = """
        // Groups.turn, line 3
        kernel void Groups_turn(const global float *restrict x, global float *restrict out, int n) {
          local float tile[64] __attribute__((aligned(64)));
          tile[get_local_id(0)] = x[get_global_id(0)];
          barrier(CLK_LOCAL_MEM_FENCE);
          out[get_global_id(0)] = tile[63 - get_local_id(0)];
        }
        """;

    /** OpenCL has arrays of a group in kernels alone, not in functions. */
    @Test
    void aKernelWithArraysOfAGroupStaysAKernel() {
        PrebuiltSource source = PrebuiltSource.of(GROUPS, "Groups_turn", Prebuilt.OPENCL, 16, List.of(0, 1, 2));

        assertThat(source.text())
                .contains(
                        "global int *tornado_atomics, const global float *x_passed, global float *out_passed, int n, global int *muflex_launches) {",
                        "  const global float *x = (const global float *) ((const global uchar *) x_passed + 16);",
                        "  global float *out = (global float *) ((global uchar *) out_passed + 16);",
                        "  local float tile[64]")
                .doesNotContain("_body");
        assertThat(source.written()).containsExactly(false, true, false, true);
    }

    @Test
    void aKernelWithArraysOfAGroupTakesAnArrayOnce() {
        PrebuiltSource source = PrebuiltSource.of(GROUPS, "Groups_turn", Prebuilt.OPENCL, 16, List.of(0, 0, 2));

        assertThat(source.text())
                .contains(
                        "global int *tornado_atomics, const global float *x_passed, int n, global int *muflex_launches) {",
                        "  const global float *x = (const global float *) ((const global uchar *) x_passed + 16);",
                        "  global float *out = (global float *) ((global uchar *) x_passed + 16);");
        assertThat(source.written()).containsExactly(true, false, true);
    }

    /** As the translator writes it. */
    @Test
    void attentionsKernelsDeclareWhatTheirGroupsShare() {
        Translator translator = new Translator(
                new Target(Target.Language.CUDA, 4, 2, false, true, true),
                new ClassFiles(PrebuiltSourceTest.class.getClassLoader()));
        Map<Integer, Integer> dims = Map.of(AttentionSizes.HEAD_DIM, 64, AttentionSizes.VALUE_DIM, 64);
        translator.kernel(
                GroupForwardSliced.class.getName(), "forward", new Translator.Known(Map.of(10, 0f), Map.of(8, dims)));

        PrebuiltSource source = PrebuiltSource.of(
                translator.source(),
                "GroupForwardSliced_forward",
                Prebuilt.CUDA,
                16,
                IntStream.range(0, 12).boxed().toList());

        assertThat(source.text())
                .contains("char shared_memory[" + Float.BYTES * GroupForwardSliced.localFloats() + "];")
                .doesNotContain("extern __shared__");
    }

    /** TornadoVM launches CUDA's kernels without memory of their groups' own. */
    @Test
    void inCudaAKernelDeclaresWhatItsGroupShares() {
        String program = """
            extern __shared__ __align__(16) char shared_memory[];

            // Groups.turn, line 3
            // Groups_turn shares 256 bytes
            extern "C" __global__ void Groups_turn(const float *__restrict__ x, float *__restrict__ out) {
              float *tile = (float *) (shared_memory + 0);
            }
            """;

        PrebuiltSource source = PrebuiltSource.of(program, "Groups_turn", Prebuilt.CUDA, 16, List.of(0, 1));

        assertThat(source.text())
                .contains("__shared__ __align__(16) char shared_memory[256];")
                .doesNotContain("extern __shared__")
                .contains("Groups_turn_body((const float *) ((const char *) x + 16), (float *) ((char *) out + 16));")
                .contains("atomicAdd((int *) ((char *) muflex_launches + 16), 1);");
    }

    /** TornadoVM's PTX backend passes every argument in eight bytes, and the whole part of a float. */
    @Test
    void forPtxEveryScalarHasEightBytesAndAFloatItsBits() {
        String program = """
            // Kernels.scale, line 15
            extern "C" __global__ void Kernels_scale(const float *__restrict__ x, float *__restrict__ out, int n, float by, double d, long long l) {
              out[0] = by * x[0];
            }
            """;

        PrebuiltSource source =
                PrebuiltSource.of(program, "Kernels_scale", Prebuilt.PTX, 16, List.of(0, 0, 2, 3, 4, 5));

        assertThat(source.text())
                .contains(
                        "void Kernels_scale(long *tornado_context, const float *x, long long n, long long by, "
                                + "long long d, long long l, int *muflex_launches, long long muflex_group) {",
                        "Kernels_scale_body((const float *) ((const char *) x + 16), (float *) ((char *) x + 16), "
                                + "(int) n, __int_as_float((int) by), __longlong_as_double(d), l);",
                        "if (blockIdx.x == 0 && threadIdx.x == 0 && blockDim.x == muflex_group) {");
        assertThat(source.written()).containsExactly(true, false, false, false, false, true, false);
        assertThat(Prebuilt.PTX.passed(0.1f)).isEqualTo(Float.floatToRawIntBits(0.1f));
        assertThat(Prebuilt.PTX.passed(0.1)).isEqualTo(Double.doubleToRawLongBits(0.1));
        assertThat(Prebuilt.PTX.passed(3)).isEqualTo(3);
        assertThat(Prebuilt.CUDA.passed(0.1f)).isEqualTo(0.1f);
    }
}
