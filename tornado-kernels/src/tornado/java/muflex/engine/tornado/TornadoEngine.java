package muflex.engine.tornado;

import java.lang.reflect.InaccessibleObjectException;
import java.util.List;
import muflex.engine.Device;
import muflex.engine.OptionalEngine;
import org.jspecify.annotations.Nullable;

/** Every device of every backend of TornadoVM. Needs TornadoVM on the module path and its JVM flags; without them there is none. */
public final class TornadoEngine implements OptionalEngine {

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
                devices = TornadoVm.devices().stream()
                        .filter(found -> found.vm().takesC())
                        .map(TornadoDevice::of)
                        .toList();
                if (devices.isEmpty()) {
                    missing = "TornadoVM reaches no device; install the GPU's driver, or PoCL for the CPU: "
                            + "apt-get install pocl-opencl-icd";
                }
            } catch (LinkageError | RuntimeException e) {
                missing = reason(e);
            }
            DEVICES = devices;
            MISSING = missing;
        }

        private static String reason(Throwable failure) {
            Throwable cause = failure;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            if (cause instanceof InaccessibleObjectException) {
                return "TornadoVM's task graphs are closed to MuFlex; start java with " + TornadoVm.OPEN
                        + ", as scripts/muflex does";
            }
            if (cause instanceof Release.UnknownRelease) {
                return String.valueOf(cause.getMessage());
            }
            return cause instanceof NoClassDefFoundError || cause instanceof ClassNotFoundException
                    ? "TornadoVM is not on the module path; set TORNADOVM_HOME and start scripts/muflex, "
                            + "or start java with @$TORNADOVM_HOME/tornado-argfile"
                    : "TornadoVM does not start (" + cause
                            + "); start java with @$TORNADOVM_HOME/tornado-argfile of this JDK's TornadoVM";
        }
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
