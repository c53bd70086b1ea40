package muflex.engine.tornado;

import java.lang.reflect.InaccessibleObjectException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import muflex.engine.Device;
import muflex.engine.OptionalEngine;
import muflex.engine.nvrtc.NvrtcLibrary;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;

/** Every device of every backend of TornadoVM. Needs TornadoVM on the module path and its JVM flags; without them there is none. */
public final class TornadoEngine implements OptionalEngine {

    /** What has no devices without {@link NvrtcLibrary}: TornadoVM's PTX backend takes what NVRTC compiles. */
    static final String NEEDS_NVRTC = "tornado's backend PTX";

    /** Looked for once. */
    private static final class Found {
        static final List<Device> DEVICES;
        static final @Nullable String MISSING;

        static {
            List<Device> devices = List.of();
            String missing = null;
            try {
                TornadoVm.configure();
                Release.running().requireInternals();
                List<TornadoVm.Found> found = TornadoVm.devices();
                boolean nvrtc = NvrtcLibrary.installed();
                devices = found.stream()
                        .filter(one -> takes(one.vm(), nvrtc))
                        .map(TornadoDevice::of)
                        .toList();
                if (!nvrtc && found.stream().anyMatch(one -> takes(one.vm(), true) && !takes(one.vm(), false))) {
                    missing = NvrtcLibrary.missing(NEEDS_NVRTC);
                } else if (devices.isEmpty()) {
                    missing = noDevice(
                            TornadoVm.backends(),
                            found.stream().map(one -> one.vm().name()).toList());
                }
            } catch (LinkageError | RuntimeException e) {
                missing = cannotStart(e);
            }
            DEVICES = devices;
            MISSING = missing;
        }
    }

    /** Whether a device takes the translator's kernels, with NVRTC or without. */
    private static boolean takes(TornadoVm device, boolean nvrtc) {
        return device.prebuilt().filter(form -> nvrtc || form != Prebuilt.PTX).isPresent();
    }

    /** Why TornadoVM does not start, and what to do. */
    private static String cannotStart(Throwable failure) {
        boolean started = ModuleLayer.boot().findModule("tornado.runtime").isPresent();
        return cannotStart(failure, started ? Release.version() : null);
    }

    /** @param version of the TornadoVM whose modules java was started with; null where it was started without */
    static String cannotStart(Throwable failure, @Nullable String version) {
        Throwable cause = failure;
        while (cause.getCause() != null && !(cause instanceof Release.UnknownRelease)) {
            cause = cause.getCause();
        }
        if (cause instanceof Release.UnknownRelease) {
            return String.valueOf(cause.getMessage());
        }
        if (cause instanceof InaccessibleObjectException) {
            return "TornadoVM's task graphs are closed to MuFlex; start java with " + TornadoVm.OPEN
                    + ", as scripts/muflex does";
        }
        String message = String.valueOf(cause.getMessage());
        // The backends OpenCL and CUDA have an exception of their own for it.
        if (cause instanceof UnsatisfiedLinkError || message.contains("JNI Library not found")) {
            return noLibrary(builtIn(), message.replace("[ERROR] ", ""));
        }
        boolean noClass = cause instanceof NoClassDefFoundError || cause instanceof ClassNotFoundException;
        boolean ofTornado = message.replace('/', '.').contains("uk.ac.manchester.tornado");
        if (version != null && (noClass && ofTornado || cause instanceof IncompatibleClassChangeError)) {
            return String.valueOf(Release.differs(version, cause).getMessage());
        }
        return noClass
                ? "TornadoVM is not on the module path; set TORNADOVM_HOME and start scripts/muflex, "
                        + "or start java with @$TORNADOVM_HOME/tornado-argfile"
                : "TornadoVM does not start (" + cause
                        + "); start java with @$TORNADOVM_HOME/tornado-argfile of this JDK's TornadoVM";
    }

    /** The backends among the modules that java was started with: {@code opencl}, {@code ptx} and so on. */
    private static List<String> builtIn() {
        String drivers = "tornado.drivers.";
        return ModuleLayer.boot().modules().stream()
                .map(Module::getName)
                .filter(name -> name.startsWith(drivers) && !name.endsWith(".common") && !name.endsWith(".jni"))
                .map(name -> name.substring(drivers.length()))
                .sorted()
                .toList();
    }

    /** Why TornadoVM does not start where a library is missing, its own or the driver's. */
    static String noLibrary(List<String> backends, String missing) {
        String driver = backends.contains("opencl")
                ? "an OpenCL driver (for the CPU: apt-get install pocl-opencl-icd ocl-icd-libopencl1)"
                : "the GPU's driver";
        return "TornadoVM's backend " + String.join(", ", backends) + " can't load a library (" + missing
                + "); install " + driver
                + ", or set TORNADOVM_HOME to a TornadoVM with a backend for this machine's device";
    }

    /**
     * Why no device can be used.
     *
     * @param backends that this TornadoVM was built with
     * @param devices what they reach, none of which takes what MuFlex translates to
     */
    static String noDevice(List<TornadoVMBackendType> backends, List<String> devices) {
        String built = backends.isEmpty()
                ? "no backend"
                : backends.stream().map(Object::toString).collect(Collectors.joining(", "));
        if (backends.stream().map(Prebuilt::of).allMatch(Optional::isEmpty)) {
            return "this TornadoVM has " + built
                    + (devices.isEmpty() ? "" : ", which reaches " + String.join(", ", devices))
                    + ": MuFlex's kernels go to its backends OPENCL, CUDA and PTX; set TORNADOVM_HOME to a TornadoVM with one of them";
        }
        return "TornadoVM's " + built + " reaches no device; install the GPU's driver"
                + (backends.contains(TornadoVMBackendType.OPENCL)
                        ? ", or PoCL for the CPU: apt-get install pocl-opencl-icd"
                        : ", or for this CPU set TORNADOVM_HOME to a TornadoVM with the backend OPENCL");
    }

    @Override
    public String name() {
        return "tornado";
    }

    @Override
    public List<Device> devices() {
        return Found.DEVICES;
    }

    @Override
    public @Nullable String problem() {
        return Found.MISSING;
    }
}
