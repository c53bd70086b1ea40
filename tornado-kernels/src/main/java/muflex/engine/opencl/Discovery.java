package muflex.engine.opencl;

import static org.lwjgl.opencl.CL10.CL_DEVICE_AVAILABLE;
import static org.lwjgl.opencl.CL10.CL_DEVICE_COMPILER_AVAILABLE;
import static org.lwjgl.opencl.CL10.CL_DEVICE_NAME;
import static org.lwjgl.opencl.CL10.CL_DEVICE_TYPE_ALL;
import static org.lwjgl.opencl.CL10.CL_PLATFORM_NAME;
import static org.lwjgl.opencl.CL10.clGetDeviceIDs;
import static org.lwjgl.opencl.CL10.clGetDeviceInfo;
import static org.lwjgl.opencl.CL10.clGetPlatformIDs;
import static org.lwjgl.opencl.CL10.clGetPlatformInfo;

import java.io.IOException;
import java.nio.IntBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import muflex.engine.offload.NativeLibraries;
import org.jspecify.annotations.Nullable;
import org.lwjgl.PointerBuffer;
import org.lwjgl.opencl.CL;
import org.lwjgl.system.Configuration;
import org.lwjgl.system.MemoryStack;
import org.lwjgl.system.Platform;

/** Finds the OpenCL devices of this machine, or the one line that says why there are none and what to do. */
final class Discovery {
    private static final Path VENDORS = Path.of("/etc/OpenCL/vendors");
    private static final int NO_PLATFORM = -1001;

    /**
     * What was found.
     *
     * @param problem null where nothing is missing
     */
    record Found(List<OpenClDevice> devices, @Nullable String problem) {}

    private Discovery() {}

    /** What this machine has: looked for once, because LWJGL opens OpenCL once. */
    static Found find() {
        return Once.FOUND;
    }

    private static final class Once {
        static final Found FOUND = SignalHandlers.keep(Discovery::search);
    }

    private static Found search() {
        String loader = Platform.get() == Platform.LINUX ? "libOpenCL.so.1" : null;
        if (loader != null && !NativeLibraries.loads(loader)) {
            return none(missingLoader(loader));
        }
        Configuration.OPENCL_EXPLICIT_INIT.set(true);
        if (loader != null && Configuration.OPENCL_LIBRARY_NAME.get() == null) {
            // LWJGL asks for libOpenCL.so, which only the loader's development package has.
            Configuration.OPENCL_LIBRARY_NAME.set(loader);
        }
        try {
            CL.create();
        } catch (UnsatisfiedLinkError e) {
            return none(missingLoader(loader == null ? "an OpenCL library" : loader));
        }
        return devices();
    }

    private static Found none(String problem) {
        return new Found(List.of(), problem);
    }

    static String missingLoader(String library) {
        return "opencl: expected the OpenCL loader " + library + ", found none; install ocl-icd-libopencl1 and a driver"
                + " (Debian: apt-get install ocl-icd-libopencl1 pocl-opencl-icd)";
    }

    static String missingDriver(@Nullable String vendorsVariable, List<String> icdFiles) {
        if (vendorsVariable != null) {
            return "opencl: expected a driver, found none in OCL_ICD_VENDORS=" + vendorsVariable
                    + "; unset it, or point it at a folder with the driver's .icd file";
        }
        if (icdFiles.isEmpty()) {
            return "opencl: expected a driver, found no .icd file in " + VENDORS
                    + "; install your GPU's OpenCL driver, or pocl-opencl-icd for this CPU";
        }
        return "opencl: expected a driver, found " + String.join(", ", icdFiles) + " in " + VENDORS
                + " but none of them loads; reinstall the driver's package";
    }

    static String noDevice(String platforms, List<String> forbidden) {
        return forbidden.isEmpty()
                ? "opencl: expected a device, found none on " + platforms + "; check that the GPU's kernel driver runs"
                : "opencl: expected a device, found none on " + platforms + ": no permission for "
                        + String.join(", ", forbidden) + "; add this user to the groups render and video";
    }

    static String offline(List<String> names) {
        return "opencl: expected devices whose driver compiles while the program runs, found "
                + String.join(", ", names)
                + ", which take binaries made beforehand; MuFlex makes none: use another device";
    }

    private static Found devices() {
        List<OpenClDevice> devices = new ArrayList<>();
        List<String> offline = new ArrayList<>();
        List<String> platformNames = new ArrayList<>();
        try (MemoryStack stack = MemoryStack.stackPush()) {
            IntBuffer count = stack.callocInt(1);
            int code = clGetPlatformIDs(null, count);
            if (code == NO_PLATFORM || count.get(0) == 0) {
                return none(missingDriver(System.getenv("OCL_ICD_VENDORS"), icdFiles()));
            }
            Cl.check(code, "opencl: listing platforms");
            PointerBuffer platforms = stack.mallocPointer(count.get(0));
            Cl.check(clGetPlatformIDs(platforms, (IntBuffer) null), "opencl: listing platforms");
            for (int p = 0; p < platforms.capacity(); p++) {
                long platform = platforms.get(p);
                platformNames.add(Cl.text(
                        (what, value, size) -> clGetPlatformInfo(platform, what, value, size), CL_PLATFORM_NAME));
                addDevices(stack, platform, p, devices, offline);
            }
        }
        if (!offline.isEmpty()) {
            return new Found(devices, offline(offline));
        }
        return devices.isEmpty()
                ? none(noDevice(String.join(", ", platformNames), forbidden()))
                : new Found(devices, null);
    }

    private static void addDevices(
            MemoryStack stack, long platform, int p, List<OpenClDevice> devices, List<String> offline) {
        IntBuffer count = stack.callocInt(1);
        if (clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, null, count) != 0 || count.get(0) == 0) {
            return;
        }
        PointerBuffer ids = stack.mallocPointer(count.get(0));
        Cl.check(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, ids, (IntBuffer) null), "opencl: listing devices");
        for (int d = 0; d < ids.capacity(); d++) {
            long id = ids.get(d);
            Cl.Query query = (what, value, size) -> clGetDeviceInfo(id, what, value, size);
            if (Cl.number(query, CL_DEVICE_AVAILABLE) == 0) {
                continue;
            }
            if (Cl.number(query, CL_DEVICE_COMPILER_AVAILABLE) == 0) {
                offline.add(Cl.text(query, CL_DEVICE_NAME));
                continue;
            }
            devices.add(new OpenClDevice("opencl:" + p + ":" + d, platform, id));
        }
    }

    private static List<String> icdFiles() {
        return files(VENDORS, ".icd", false);
    }

    /** Devices' files that this user may not open. */
    private static List<String> forbidden() {
        List<String> all = new ArrayList<>(files(Path.of("/dev/dri"), "", true));
        all.addAll(files(Path.of("/dev"), "nvidia", true));
        all.addAll(files(Path.of("/dev"), "kfd", true));
        return all;
    }

    private static List<String> files(Path folder, String part, boolean unreadable) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().contains(part))
                    .filter(file -> !Files.isDirectory(file))
                    .filter(file -> !unreadable || !Files.isReadable(file) || !Files.isWritable(file))
                    .map(file ->
                            unreadable ? file.toString() : file.getFileName().toString())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }
}
