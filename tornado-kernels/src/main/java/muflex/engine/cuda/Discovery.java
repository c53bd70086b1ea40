package muflex.engine.cuda;

import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.List;
import muflex.engine.nvrtc.NvrtcLibrary;
import muflex.engine.offload.NativeLibraries;
import org.jspecify.annotations.Nullable;
import org.lwjgl.cuda.CU;
import org.lwjgl.system.Configuration;
import org.lwjgl.system.MemoryStack;

/** Looks for NVIDIA's driver and its devices; without the driver, before LWJGL is loaded. */
final class Discovery {

    /**
     * What was found.
     *
     * @param problem null where there are devices
     */
    record Found(List<CudaDevice> devices, @Nullable String problem) {}

    private Discovery() {}

    /** What this machine has, looked for once. */
    static Found find() {
        return Once.FOUND;
    }

    private static final class Once {
        static final Found FOUND = search();
    }

    private static Found search() {
        String driver = System.getProperty("os.name").startsWith("Windows") ? "nvcuda" : "libcuda.so.1";
        if (!NativeLibraries.loads(driver)) {
            return none(missingDriver(driver));
        }
        // LWJGL looks for libcuda.so, which only the toolkit installs.
        Configuration.CUDA_LIBRARY_NAME.set(driver);
        try {
            int code = CU.cuInit(0);
            return code == Cu.SUCCESS
                    ? compilable(devices())
                    : none("cuda: the driver does not start: " + Cu.name(code));
        } catch (LinkageError | NullPointerException e) {
            // What LWJGL throws where the driver lacks a function, by name.
            return none("cuda: expected NVIDIA's driver for CUDA 11 or later, got one that lacks " + e.getMessage()
                    + "; update the driver");
        }
    }

    /** Without NVRTC a device is of no use, and must not be what {@code auto} takes. */
    private static Found compilable(Found found) {
        return found.problem() != null || NvrtcLibrary.installed() ? found : none(NvrtcLibrary.missing("cuda"));
    }

    private static Found none(String problem) {
        return new Found(List.of(), problem);
    }

    static String missingDriver(String library) {
        return "cuda: expected NVIDIA's driver " + library + ", found none; install the GPU's driver"
                + " (Debian: apt-get install nvidia-driver), or pass the GPU to this container (docker run --gpus all)";
    }

    private static Found devices() {
        List<CudaDevice> devices = new ArrayList<>();
        try (MemoryStack stack = MemoryStack.stackPush()) {
            IntBuffer count = stack.callocInt(1);
            Cu.check(CU.cuDeviceGetCount(count), "cuda: counting devices");
            for (int n = 0; n < count.get(0); n++) {
                devices.add(CudaDevice.of(n));
            }
        }
        return devices.isEmpty() ? none("cuda: no device" + Cu.advice(100)) : new Found(devices, null);
    }
}
