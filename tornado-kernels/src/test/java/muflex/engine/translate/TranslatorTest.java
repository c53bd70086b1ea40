package muflex.engine.translate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import muflex.engine.translate.Target.Language;
import muflex.engine.translate.samples.Mistakes;
import muflex.engine.translate.samples.Samples;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TranslatorTest {
    private static final ClassFiles CLASSES = new ClassFiles(TranslatorTest.class.getClassLoader());

    private static Translator translator(Language language, boolean checked) {
        return new Translator(new Target(language, 8, 2, checked, true, true), CLASSES);
    }

    @Test
    void aKernelReadsLikeItsSource() {
        Translator translator = translator(Language.OPENCL, false);
        Kernel kernel = translator.kernel(Samples.class.getName(), "axpy", Translator.Known.NOTHING);
        assertThat(translator.source().replaceAll("\\d+$", "N").replaceAll("(line|//) \\d+", "$1 N"))
                .isEqualTo("""

                // muflex.engine.translate.samples.Samples.axpy, line N
                kernel void Samples_axpy(float alpha, const global float *restrict x, global float *restrict y, int first, int last) {
                  int item;
                  item = first + (int) get_global_id(0);  // N
                  if (item < last) {
                    y[item] = alpha * x[item] + y[item];  // N
                  }
                }
                """);
        assertThat(kernel)
                .isEqualTo(new Kernel(
                        "Samples_axpy",
                        List.of(
                                new Kernel.Argument.Scalar(0, "alpha", Kind.FLOAT),
                                new Kernel.Argument.Array(1, "x", Element.FLOAT, false),
                                new Kernel.Argument.Array(2, "y", Element.FLOAT, true),
                                new Kernel.Argument.Scalar(3, "first", Kind.INT),
                                new Kernel.Argument.Scalar(4, "last", Kind.INT)),
                        false,
                        0,
                        0));
    }

    @Test
    void aConstantParameterIsNotPassed() {
        Translator translator = translator(Language.OPENCL, false);
        Kernel kernel =
                translator.kernel(Samples.class.getName(), "axpy", new Translator.Known(Map.of(0, 2f), Map.of()));
        assertThat(translator.source()).contains("y[item] = 2.0f * x[item] + y[item]");
        assertThat(kernel.arguments()).hasSize(4);
    }

    @Test
    void conditionsAreWrittenAsInTheSource() {
        Translator translator = translator(Language.OPENCL, false);
        translator.kernel(Samples.class.getName(), "torture", Translator.Known.NOTHING);
        translator.kernel(Samples.class.getName(), "edges", Translator.Known.NOTHING);
        assertThat(translator.source())
                .contains("if (acc < 0L && r > 40) goto")
                .contains("while (z < 8) {")
                .contains("= f < 1.0f ? 1 : 2;")
                .contains("= !(f > 0.0f) && f != 5.0f ? 1 : 0;")
                .contains("return NAN > x ? 0.0f : x;")
                .contains("h = (int) ((uint) h * (uint) -2073254261);");
    }

    @Test
    void cudaHasItsOwnWords() {
        Translator translator = translator(Language.CUDA, false);
        translator.kernel(Samples.class.getName(), "reverse", Translator.Known.NOTHING);
        assertThat(translator.source())
                .contains("extern \"C\" __global__ void Samples_reverse(const float *__restrict__ x, ")
                .contains("float *shared = (float *) (shared_memory + 0);")
                .contains("__syncthreads();")
                .contains("shared[i] = x[(int) (blockIdx.x * blockDim.x + threadIdx.x)];");
    }

    /** What launches are checked by. */
    @Test
    void aKernelTellsTheBytesOfItsArrays() {
        Translator translator = translator(Language.OPENCL, false);
        assertThat(translator
                        .kernel(Samples.class.getName(), "reverse", Translator.Known.NOTHING)
                        .sharedBytes())
                .isEqualTo(64);
        Kernel scratch = translator.kernel(Samples.class.getName(), "softmax", Translator.Known.NOTHING);
        assertThat(scratch.itemBytes()).isEqualTo(Float.BYTES * 16 * 8);
        assertThat(scratch.sharedBytes()).isZero();
    }

    @Test
    void checkedProgramsReportArrayLineAndIndex() {
        Translator translator = translator(Language.OPENCL, true);
        Kernel kernel = translator.kernel(Samples.class.getName(), "tooFar", Translator.Known.NOTHING);
        assertThat(translator.source()).containsPattern("x\\[checked\\(item \\+ 1, 1, x_length, \\d+, 0, fault\\)\\]");
        assertThat(translator.arrayNames())
                .containsExactly(
                        "x in " + Samples.class.getName() + ".tooFar", "y in " + Samples.class.getName() + ".tooFar");
        assertThat(kernel.arguments()).contains(new Kernel.Argument.Length(0), new Kernel.Argument.Fault());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            object | a call of java.lang.Integer.valueOf
            instance | the variable s of type Ljava/lang/String;
            caught | try … catch
            returns | a return inside the @Parallel loop; use continue
            stepsByTwo | a @Parallel loop whose step is not 1
            sequential | a kernel without a @Parallel loop and without WorkGroup
            goesOn | a statement after the @Parallel loop
            recursive | a recursive call of factorial
            swaps | array variable a assigned twice; use two
            chooses | an array chosen at run time
            sizes | an array whose size is not constant: n
            mutable | the field muflex.engine.translate.samples.Mistakes.counter, which is not static final with a number
            nested | the variable n of type [[I
            compares | a call of java.lang.Integer.compare
            unknownMath | Math.nextUp
            sharedInFunction | an array of the work group outside of a kernel's own body
            builds | the instruction NEW
            """)
    void whatDevicesCannotRunIsNamedWithItsLine(String method, String construct) {
        Translator translator = translator(Language.OPENCL, false);
        assertThatThrownBy(() -> translator.kernel(Mistakes.class.getName(), method, Translator.Known.NOTHING))
                .isInstanceOf(TranslationException.class)
                .hasMessageMatching("kernel " + Mistakes.class.getName().replace(".", "\\.")
                        + "\\.\\w+, line \\d+: expected the kernel dialect, got .*")
                .hasMessageEndingWith("got " + construct);
    }

    @Test
    void anUnknownKernelIsNamed() {
        assertThatThrownBy(() ->
                        translator(Language.OPENCL, false).kernel("muflex.Nothing", "run", Translator.Known.NOTHING))
                .hasMessage("kernel: expected a static method, got muflex.Nothing.run, which does not exist");
    }
}
