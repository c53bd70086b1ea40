package muflex.engine.nvrtc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import muflex.engine.translate.ClassFiles;
import muflex.engine.translate.Target;
import muflex.engine.translate.Target.Language;
import muflex.engine.translate.Translator;
import muflex.engine.translate.samples.Samples;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Generated CUDA C goes through the compiler that the engine uses, where it is installed; it needs no GPU. */
class NvrtcTest {

    @Test
    void samplesCompileToPtx() {
        if (!NvrtcLibrary.installed()) {
            System.err.println("NOT RUN: generated CUDA C was not compiled by NVRTC: " + NvrtcLibrary.missing("cuda"));
            Assumptions.abort(NvrtcLibrary.missing("cuda"));
        }
        Translator translator = new Translator(
                new Target(Language.CUDA, 16, 4, false, true, true), new ClassFiles(Samples.class.getClassLoader()));
        for (String kernel : List.of("axpy", "torture", "softmax")) {
            translator.kernel(Samples.class.getName(), kernel, Translator.Known.NOTHING);
        }
        assertThat(Nvrtc.compile(translator.source(), 90, "samples"))
                .contains(".target sm_90")
                .contains(".entry Samples_softmax(");
    }
}
