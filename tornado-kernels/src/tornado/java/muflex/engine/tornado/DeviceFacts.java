package muflex.engine.tornado;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.incubator.vector.FloatVector;
import muflex.engine.offload.Limits;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;

/**
 * What TornadoVM tells of a device.
 *
 * @param name of the hardware
 * @param platform the driver's
 * @param driver the driver's version; empty where TornadoVM does not tell it
 * @param half whether it computes in fp16
 */
record DeviceFacts(
        TornadoVMBackendType backend, String name, String platform, String driver, Limits limits, boolean half) {
    /** Floats of AVX2's vectors, where this JVM can't tell. */
    private static final int CPU_VECTOR = 8;

    private static final Pattern DRIVER = Pattern.compile("(?m)^Driver version\\s*: (.*)$");

    private static final Pattern CAPABILITY = Pattern.compile("(?m)^Device version\\s*: CUDA (\\d+)\\.");

    /** The first compute capability, major · 10, whose tensor cores multiply 16 × 8 × 16 halves. */
    private static final int WITH_FRAGMENTS = 80;

    static DeviceFacts of(TornadoDevice device, TornadoVMBackendType backend) {
        String info = String.valueOf(device.getPhysicalDevice().getDeviceInfo());
        Limits.Type type = Release.running().type(device);
        Matcher driver = DRIVER.matcher(info);
        return new DeviceFacts(
                backend,
                device.getPhysicalDevice().getDeviceName(),
                device.getPlatformName(),
                driver.find() ? driver.group(1).strip() : "",
                new Limits(
                        type,
                        Release.running().memory(device),
                        TornadoMemory.largest(device.getMaxAllocMemory()),
                        device.getDeviceLocalMemorySize(),
                        Math.toIntExact(device.getDeviceMaxWorkgroupDimensions()[0]),
                        device.getPhysicalDevice().getDeviceMaxComputeUnits(),
                        type == Limits.Type.CPU ? hostVector() : 1,
                        backend != TornadoVMBackendType.OPENCL || info.contains("cl_khr_fp64"),
                        hasFragments(device, backend, info),
                        false),
                backend == TornadoVMBackendType.OPENCL ? info.contains("cl_khr_fp16") : true);
    }

    /**
     * Whether a device has {@link muflex.kernels.Mma}, by the compute capability that the backend compiles for. The products of
     * {@link muflex.kernels.WideMma} it has not: they are of sm_90a, and TornadoVM's CUDA backend compiles for sm_90, its PTX backend
     * for sm_86 at most.
     */
    private static boolean hasFragments(TornadoDevice device, TornadoVMBackendType backend, String info) {
        int architecture = switch (backend) {
            case CUDA -> architecture(info);
            case PTX -> Release.running().ptxArchitecture(device);
            default -> 0;
        };
        return architecture >= WITH_FRAGMENTS;
    }

    /** The compute capability that TornadoVM's CUDA backend tells of a device, its major version · 10; else 0. */
    static int architecture(String info) {
        Matcher capability = CAPABILITY.matcher(info);
        return capability.find() ? 10 * Integer.parseInt(capability.group(1)) : 0;
    }

    /** Floats in this CPU's vectors: TornadoVM does not tell the device's own, and a device that is a CPU is this one. */
    private static int hostVector() {
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
                ? FloatVector.SPECIES_PREFERRED.length()
                : CPU_VECTOR;
    }

    /** One line: name, kind, memory, work groups, half, backend. */
    String description() {
        return "%s (%s, %d units, %.1f GB, arrays to %.1f GB, groups to %d, local %d KiB, %s), TornadoVM %s, %s"
                .formatted(
                        name,
                        limits.type(),
                        limits.units(),
                        limits.memory() / 1e9,
                        limits.largest() / 1e9,
                        limits.group(),
                        limits.local() >> 10,
                        half ? "half" : "no half",
                        backend,
                        platform);
    }
}
