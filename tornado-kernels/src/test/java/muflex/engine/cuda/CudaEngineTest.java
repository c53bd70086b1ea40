package muflex.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What the engine says and reads without a device. */
class CudaEngineTest {

    @Test
    void whatAGroupSharesIsReadOffTheProgram() {
        assertThat(CudaCode.sharedBytes("\n// k shares 80 bytes\nextern …", "k"))
                .isEqualTo(80);
        assertThat(CudaCode.sharedBytes("\n// k2 shares 80 bytes\nextern …", "k"))
                .isZero();
    }

    @Test
    void aMissingDriverIsOneLineWithTheFix() {
        assertThat(Discovery.missingDriver("libcuda.so.1"))
                .isEqualTo("cuda: expected NVIDIA's driver libcuda.so.1, found none; install the GPU's driver"
                        + " (Debian: apt-get install nvidia-driver), or pass the GPU to this container"
                        + " (docker run --gpus all)");
    }
}
