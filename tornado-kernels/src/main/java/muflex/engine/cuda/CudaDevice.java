package muflex.engine.cuda;

import static org.lwjgl.cuda.CU.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR;
import static org.lwjgl.cuda.CU.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR;
import static org.lwjgl.cuda.CU.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN;
import static org.lwjgl.cuda.CU.CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK;
import static org.lwjgl.cuda.CU.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT;
import static org.lwjgl.cuda.CU.cuDeviceGet;
import static org.lwjgl.cuda.CU.cuDeviceGetAttribute;
import static org.lwjgl.cuda.CU.cuDeviceGetName;
import static org.lwjgl.cuda.CU.cuDeviceTotalMem;
import static org.lwjgl.cuda.CU.cuDriverGetVersion;

import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import muflex.engine.nvrtc.Nvrtc;
import muflex.engine.offload.Limits;
import org.lwjgl.PointerBuffer;
import org.lwjgl.system.MemoryStack;
import org.lwjgl.system.MemoryUtil;

/**
 * A device by its handle, and what it has.
 *
 * @param architecture its compute capability, major · 10 + minor
 * @param driver the newest CUDA that the driver knows, as in 13.0
 */
record CudaDevice(String id, int handle, String name, int architecture, String driver, Limits limits) {
    /** A GPU's native vectors are scalars: it has a thread for each. */
    private static final int VECTOR = 1;

    /** The first architecture whose tensor cores multiply 16 × 8 × 16 halves, and that copies without waiting. */
    private static final int WITH_FRAGMENTS = 80;

    /** Ordinal {@code n} of an initialised driver. */
    static CudaDevice of(int n) {
        try (MemoryStack stack = MemoryStack.stackPush()) {
            IntBuffer handle = stack.mallocInt(1);
            Cu.check(cuDeviceGet(handle, n), "cuda: opening device " + n);
            int device = handle.get(0);
            ByteBuffer name = stack.calloc(256);
            Cu.check(cuDeviceGetName(name, device), "cuda: the name of device " + n);
            PointerBuffer memory = stack.mallocPointer(1);
            Cu.check(cuDeviceTotalMem(memory, device), "cuda: the memory of device " + n);
            int major = attribute(device, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
            int minor = attribute(device, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
            Limits limits = new Limits(
                    Limits.Type.GPU,
                    memory.get(0),
                    memory.get(0),
                    attribute(device, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN),
                    attribute(device, CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK),
                    attribute(device, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT),
                    VECTOR,
                    true,
                    10 * major + minor >= WITH_FRAGMENTS,
                    Nvrtc.wide(10 * major + minor));
            return new CudaDevice(
                    "cuda:" + n,
                    device,
                    MemoryUtil.memUTF8(MemoryUtil.memAddress(name)),
                    10 * major + minor,
                    driverVersion(),
                    limits);
        }
    }

    private static int attribute(int device, int attribute) {
        try (MemoryStack stack = MemoryStack.stackPush()) {
            IntBuffer value = stack.mallocInt(1);
            Cu.check(cuDeviceGetAttribute(value, attribute, device), "cuda: attribute " + attribute);
            return value.get(0);
        }
    }

    private static String driverVersion() {
        try (MemoryStack stack = MemoryStack.stackPush()) {
            IntBuffer version = stack.mallocInt(1);
            Cu.check(cuDriverGetVersion(version), "cuda: the driver's version");
            return version.get(0) / 1000 + "." + version.get(0) % 1000 / 10;
        }
    }

    /** Everything that a compiled program depends on. */
    String identity() {
        return name + "\nsm_" + architecture + "\ndriver " + driver;
    }

    /** One line: name, kind, units, memory, driver. */
    String description() {
        return "%s (%s, %d units, %.1f GB), compute capability %d.%d, driver for CUDA %s"
                .formatted(
                        name,
                        limits.type(),
                        limits.units(),
                        limits.memory() / 1e9,
                        architecture / 10,
                        architecture % 10,
                        driver);
    }
}
