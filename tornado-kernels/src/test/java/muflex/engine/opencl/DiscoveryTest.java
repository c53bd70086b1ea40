package muflex.engine.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class DiscoveryTest {

    @Test
    void withoutALoaderItNamesTheLibraryAndThePackages() {
        assertThat(Discovery.missingLoader("libOpenCL.so.1"))
                .isEqualTo(
                        "opencl: expected the OpenCL loader libOpenCL.so.1, found none; install ocl-icd-libopencl1 and a"
                                + " driver (Debian: apt-get install ocl-icd-libopencl1 pocl-opencl-icd)");
    }

    @Test
    void withoutADriverItSaysWhereItLooked() {
        assertThat(Discovery.missingDriver(null, List.of()))
                .isEqualTo(
                        "opencl: expected a driver, found no .icd file in /etc/OpenCL/vendors; install your GPU's OpenCL"
                                + " driver, or pocl-opencl-icd for this CPU");
        assertThat(Discovery.missingDriver("/nowhere", List.of()))
                .isEqualTo(
                        "opencl: expected a driver, found none in OCL_ICD_VENDORS=/nowhere; unset it, or point it at a"
                                + " folder with the driver's .icd file");
        assertThat(Discovery.missingDriver(null, List.of("gpu.icd", "pocl.icd")))
                .isEqualTo(
                        "opencl: expected a driver, found gpu.icd, pocl.icd in /etc/OpenCL/vendors but none of them loads;"
                                + " reinstall the driver's package");
    }

    @Test
    void devicesThatTakeOnlyBinariesAreNamed() {
        assertThat(Discovery.offline(List.of("a board", "another")))
                .isEqualTo(
                        "opencl: expected devices whose driver compiles while the program runs, found a board, another,"
                                + " which take binaries made beforehand; MuFlex makes none: use another device");
    }

    @Test
    void withoutADeviceItTellsAMissingPermissionFromAMissingDevice() {
        assertThat(Discovery.noDevice("NVIDIA CUDA", List.of()))
                .isEqualTo(
                        "opencl: expected a device, found none on NVIDIA CUDA; check that the GPU's kernel driver runs");
        assertThat(Discovery.noDevice("ROCm", List.of("/dev/dri/renderD128")))
                .isEqualTo(
                        "opencl: expected a device, found none on ROCm: no permission for /dev/dri/renderD128; add this"
                                + " user to the groups render and video");
    }
}
