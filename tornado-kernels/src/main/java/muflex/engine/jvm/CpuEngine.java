package muflex.engine.jvm;

import java.util.List;
import java.util.Optional;
import muflex.engine.Device;
import muflex.engine.Engine;

/**
 * The kernels on this machine's vector units. Needs {@code --add-modules jdk.incubator.vector}; without it the lanes are plain
 * loops, and the log says so once.
 */
public final class CpuEngine implements Engine {
    private static final String MODULE = "jdk.incubator.vector";

    /** Logs once, where the module is missing. */
    private static final class Found {
        static final boolean VECTORS = ModuleLayer.boot().findModule(MODULE).isPresent();

        static {
            if (!VECTORS) {
                System.getLogger("muflex")
                        .log(
                                System.Logger.Level.WARNING,
                                "cpu runs plain loops, not vectors; pass --add-modules {0} to java",
                                MODULE);
            }
        }
    }

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public List<Device> devices() {
        int threads = Workers.shared().threads();
        String lanes = Found.VECTORS ? 32 * VectorLanes.length() + "-bit vectors" : "no vectors (no " + MODULE + ")";
        return List.of(new JvmDevice(
                "cpu",
                lanes + ", " + threads + " threads",
                10,
                Found.VECTORS ? Optional.of(LaneBinding.VECTOR) : Optional.empty()));
    }
}
