package muflex.engine.opencl;

import static org.lwjgl.opencl.CL10.CL_DEVICE_EXTENSIONS;
import static org.lwjgl.opencl.CL10.CL_DEVICE_GLOBAL_MEM_SIZE;
import static org.lwjgl.opencl.CL10.CL_DEVICE_LOCAL_MEM_SIZE;
import static org.lwjgl.opencl.CL10.CL_DEVICE_MAX_COMPUTE_UNITS;
import static org.lwjgl.opencl.CL10.CL_DEVICE_MAX_MEM_ALLOC_SIZE;
import static org.lwjgl.opencl.CL10.CL_DEVICE_MAX_WORK_GROUP_SIZE;
import static org.lwjgl.opencl.CL10.CL_DEVICE_NAME;
import static org.lwjgl.opencl.CL10.CL_DEVICE_TYPE;
import static org.lwjgl.opencl.CL10.CL_DEVICE_TYPE_ACCELERATOR;
import static org.lwjgl.opencl.CL10.CL_DEVICE_TYPE_GPU;
import static org.lwjgl.opencl.CL10.CL_DEVICE_VERSION;
import static org.lwjgl.opencl.CL10.CL_DRIVER_VERSION;
import static org.lwjgl.opencl.CL10.CL_PLATFORM_NAME;
import static org.lwjgl.opencl.CL10.clGetDeviceInfo;
import static org.lwjgl.opencl.CL10.clGetPlatformInfo;
import static org.lwjgl.opencl.CL11.CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT;

import muflex.engine.offload.Limits;

/** An OpenCL device by its handles. */
record OpenClDevice(String id, long platform, long handle) {

    private Cl.Query query() {
        return (what, value, size) -> clGetDeviceInfo(handle, what, value, size);
    }

    Limits limits() {
        long type = Cl.number(query(), CL_DEVICE_TYPE);
        Limits.Type kind = (type & CL_DEVICE_TYPE_GPU) != 0
                ? Limits.Type.GPU
                : (type & CL_DEVICE_TYPE_ACCELERATOR) != 0 ? Limits.Type.ACCELERATOR : Limits.Type.CPU;
        return new Limits(
                kind,
                Cl.number(query(), CL_DEVICE_GLOBAL_MEM_SIZE),
                Cl.number(query(), CL_DEVICE_MAX_MEM_ALLOC_SIZE),
                Cl.number(query(), CL_DEVICE_LOCAL_MEM_SIZE),
                (int) Cl.number(query(), CL_DEVICE_MAX_WORK_GROUP_SIZE),
                (int) Cl.number(query(), CL_DEVICE_MAX_COMPUTE_UNITS),
                (int) Cl.number(query(), CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT),
                Cl.text(query(), CL_DEVICE_EXTENSIONS).contains("cl_khr_fp64"),
                false,
                false);
    }

    /**
     * Whether the driver keeps what it compiled on disk itself. PoCL does, and compiles everything once more when asked for a
     * binary: the first use takes half as long again.
     */
    boolean keepsPrograms() {
        return driver().startsWith("Portable Computing Language");
    }

    /** Everything that a compiled program depends on. */
    String identity() {
        return String.join(
                "\n",
                Cl.text((what, value, size) -> clGetPlatformInfo(platform, what, value, size), CL_PLATFORM_NAME),
                Cl.text(query(), CL_DEVICE_NAME),
                Cl.text(query(), CL_DEVICE_VERSION),
                Cl.text(query(), CL_DRIVER_VERSION));
    }

    /** The platform and the driver's version. */
    String driver() {
        return Cl.text((what, value, size) -> clGetPlatformInfo(platform, what, value, size), CL_PLATFORM_NAME) + " "
                + Cl.text(query(), CL_DRIVER_VERSION);
    }

    /** One line: name, kind, units, memory, driver. */
    String description() {
        Limits limits = limits();
        return "%s (%s, %d units, %.1f GB), %s, driver %s"
                .formatted(
                        Cl.text(query(), CL_DEVICE_NAME),
                        limits.type(),
                        limits.units(),
                        limits.memory() / 1e9,
                        Cl.text(
                                (what, value, size) -> clGetPlatformInfo(platform, what, value, size),
                                CL_PLATFORM_NAME),
                        Cl.text(query(), CL_DRIVER_VERSION));
    }
}
