package muflex.engine.tornado;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import muflex.engine.nvrtc.NvrtcLibrary;
import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;

class TornadoEngineTest {

    @Test
    void aReleaseWithoutABackendOfUseNamesWhatItHas() {
        assertThat(TornadoEngine.noDevice(List.of(TornadoVMBackendType.SPIRV), List.of("SPIRV Intel GPU")))
                .isEqualTo(
                        "this TornadoVM has SPIRV, which reaches SPIRV Intel GPU: MuFlex's kernels go to its backends OPENCL, "
                                + "CUDA and PTX; set TORNADOVM_HOME to a TornadoVM with one of them");
        assertThat(TornadoEngine.noDevice(List.of(), List.of())).startsWith("this TornadoVM has no backend: ");
    }

    @Test
    void withoutNvrtcThePtxBackendSaysWhatToInstall() {
        assertThat(NvrtcLibrary.missing(TornadoEngine.NEEDS_NVRTC))
                .startsWith(
                        "tornado's backend PTX: expected NVIDIA's run-time compiler libnvrtc.so, found none; install ")
                .doesNotContain("\n");
    }

    @Test
    void aReleaseThatDiffersIsNamed() {
        Throwable inside = new NoSuchFieldException("currentMemoryAvailable");
        Throwable failure = new ExceptionInInitializerError(new Release.UnknownRelease("not that of 5.2", inside));
        assertThat(TornadoEngine.cannotStart(failure, "5.3.0")).isEqualTo("not that of 5.2");
        assertThat(TornadoEngine.cannotStart(inside, "5.3.0")).startsWith("TornadoVM does not start (");
        String lacks =
                "TornadoVM 5.3.0 lacks what MuFlex uses of 5.2.0 (java.lang.%s); set TORNADOVM_HOME to TornadoVM 5.2.0 for this JDK";
        String clazz = "uk/ac/manchester/tornado/runtime/tasks/PrebuiltTask";
        assertThat(TornadoEngine.cannotStart(new NoClassDefFoundError(clazz), "5.3.0"))
                .isEqualTo(lacks.formatted("NoClassDefFoundError: " + clazz));
        assertThat(TornadoEngine.cannotStart(new NoSuchMethodError("withPrintKernel"), "5.3.0"))
                .isEqualTo(lacks.formatted("NoSuchMethodError: withPrintKernel"));
    }

    @Test
    void withoutTheArgfileItIsNotOnTheModulePath() {
        Throwable failure = new NoClassDefFoundError("uk/ac/manchester/tornado/api/TaskGraph");
        assertThat(TornadoEngine.cannotStart(failure, null)).startsWith("TornadoVM is not on the module path; ");
        assertThat(TornadoEngine.cannotStart(new NoClassDefFoundError("jdk/vm/ci/meta/JavaKind"), "5.2.0"))
                .startsWith("TornadoVM is not on the module path; ");
    }

    @Test
    void onlyOpenClReachesPocl() {
        assertThat(TornadoEngine.noDevice(List.of(TornadoVMBackendType.CUDA), List.of()))
                .isEqualTo(
                        "TornadoVM's CUDA reaches no device; install the GPU's driver, or for this CPU set TORNADOVM_HOME "
                                + "to a TornadoVM with the backend OPENCL");
        assertThat(TornadoEngine.noDevice(List.of(TornadoVMBackendType.OPENCL), List.of()))
                .endsWith("install the GPU's driver, or PoCL for the CPU: apt-get install pocl-opencl-icd");
    }

    @Test
    void aMissingLibraryIsNamedWithTheBackendThatWantsIt() {
        assertThat(TornadoEngine.noLibrary(List.of("ptx"), "libcuda.so.1: cannot open shared object file"))
                .isEqualTo(
                        "TornadoVM's backend ptx can't load a library (libcuda.so.1: cannot open shared object file); "
                                + "install the GPU's driver, or set TORNADOVM_HOME to a TornadoVM with a backend for this machine's device");
    }
}
