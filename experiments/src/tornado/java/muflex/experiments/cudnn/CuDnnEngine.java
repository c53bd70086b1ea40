package muflex.experiments.cudnn;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.ServiceLoader;
import muflex.engine.Device;
import muflex.engine.OptionalEngine;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.TornadoRuntime;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;

/**
 * cuDNN on the devices of TornadoVM's CUDA backend, where this TornadoVM has its module {@code tornado.cudnn} and that module's
 * library; its devices are {@code cudnn:0} and so on.
 */
public final class CuDnnEngine implements OptionalEngine {
    private static final String LIBRARY = System.mapLibraryName("tornado-cudnn");

    private @Nullable String problem;

    @Override
    public String name() {
        return "cudnn";
    }

    @Override
    public List<Device> devices() {
        if (!tornadoStarts()) {
            return List.of();
        }
        List<TornadoDevice> found = found();
        problem = found.isEmpty()
                ? null
                : missing(
                        ModuleLayer.boot().findModule("tornado.cudnn").isPresent(),
                        System.getProperty("java.library.path", ""));
        List<Device> devices = new ArrayList<>();
        for (int i = 0; i < found.size() && problem == null; i++) {
            devices.add(new CuDnnDevice("cudnn:" + i, found.get(i)));
        }
        return devices;
    }

    /** TornadoVM's own engine sets its flags, before its classes are loaded, and tells what it lacks. */
    private static boolean tornadoStarts() {
        return ServiceLoader.load(OptionalEngine.class, OptionalEngine.class.getClassLoader()).stream()
                .map(ServiceLoader.Provider::get)
                .anyMatch(engine ->
                        engine.name().equals("tornado") && !engine.devices().isEmpty());
    }

    private static List<TornadoDevice> found() {
        TornadoRuntime runtime = TornadoRuntimeProvider.getTornadoRuntime();
        List<TornadoDevice> found = new ArrayList<>();
        for (int b = 0; b < runtime.getNumBackends(); b++) {
            if (runtime.getBackendType(b) == TornadoVMBackendType.CUDA) {
                for (int d = 0; d < runtime.getBackend(b).getNumDevices(); d++) {
                    found.add(runtime.getBackend(b).getDevice(d));
                }
            }
        }
        return found;
    }

    /** What a TornadoVM with a CUDA backend lacks for cuDNN; null if nothing. */
    static @Nullable String missing(boolean module, String libraryPath) {
        if (!module) {
            return "cuDNN: expected TornadoVM's module tornado.cudnn, got a release without it; use a later one, or leave cuDNN out";
        }
        boolean there = Arrays.stream(libraryPath.split(File.pathSeparator))
                .anyMatch(folder -> !folder.isEmpty() && Files.exists(Path.of(folder, LIBRARY)));
        return there
                ? null
                : "cuDNN: expected " + LIBRARY + " of TornadoVM's module tornado.cudnn in " + libraryPath
                        + ", got none; build TornadoVM where cuDNN is installed, or leave cuDNN out";
    }

    /** Known after {@link #devices}; nothing is said where there is no CUDA backend, to which cuDNN belongs. */
    @Override
    public @Nullable String problem() {
        return problem;
    }
}
