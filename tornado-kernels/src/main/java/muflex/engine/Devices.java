package muflex.engine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/** The devices of all engines on the class path. */
public final class Devices {

    private Devices() {}

    /** Found once, on first use. */
    private static final class Found {
        static final Map<String, String> PROBLEMS = new LinkedHashMap<>();
        static final List<Device> DEVICES = find();

        private static List<Device> find() {
            ClassLoader loader = Devices.class.getClassLoader();
            List<Engine> engines = new ArrayList<>();
            ServiceLoader.load(Engine.class, loader).forEach(engines::add);
            ServiceLoader.load(OptionalEngine.class, loader).forEach(engines::add);
            return Devices.find(engines, PROBLEMS);
        }
    }

    /** The devices of these engines, and why some have none or lack some. An engine that fails does not take the others' devices away. */
    static List<Device> find(List<Engine> engines, Map<String, String> problems) {
        List<Device> devices = new ArrayList<>();
        for (Engine engine : engines) {
            String problem;
            try {
                devices.addAll(engine.devices());
                problem = engine.problem();
            } catch (RuntimeException | LinkageError e) {
                problem = engine.name() + ": expected its devices, got "
                        + e.toString().lines().findFirst().orElse("") + "; mend or update its driver";
            }
            if (problem != null) {
                problems.put(engine.name(), problem);
            }
        }
        devices.sort(Comparator.comparingInt(Device::preference).reversed());
        return List.copyOf(devices);
    }

    /** Chosen once, on first use. */
    private static final class Auto {
        static final Device DEVICE = choose(all());
    }

    /** Every device, the one that {@link #auto()} takes first. */
    public static List<Device> all() {
        return Found.DEVICES;
    }

    /** Why an engine has no device, or lacks some, and what to do, one line each, by the engine's name. */
    public static Map<String, String> problems() {
        all();
        return Collections.unmodifiableMap(Found.PROBLEMS);
    }

    /** The device with this id; {@code auto} is {@link #auto()}. A device named here never falls back to another. */
    public static Device byId(String id) {
        if (id.equals("auto")) {
            return auto();
        }
        for (Device device : all()) {
            if (device.id().equals(id)) {
                return device;
            }
        }
        String problem = problems().get(id.contains(":") ? id.substring(0, id.indexOf(':')) : id);
        if (problem != null) {
            throw new IllegalArgumentException("device " + id + ": " + problem);
        }
        throw new IllegalArgumentException("device: expected one of auto, "
                + all().stream().map(Device::id).collect(Collectors.joining(", ")) + ", got " + id
                + "; `muflex devices` lists them and `muflex doctor` says what is missing");
    }

    /** A GPU where there is one, else the fastest way to use this CPU. Logs its choice once. */
    public static Device auto() {
        return Auto.DEVICE;
    }

    static Device choose(List<Device> devices) {
        Device best = devices.stream()
                .filter(device -> device.preference() > 0)
                .max(Comparator.comparingInt(Device::preference))
                .orElseThrow(() -> new IllegalStateException(
                        "device: expected an engine on the class path, got none; add muflex-kernels"));
        System.getLogger("muflex")
                .log(
                        System.Logger.Level.INFO,
                        "auto takes {0} ({1}) of {2}",
                        best.id(),
                        best.description(),
                        devices.stream().map(Device::id).collect(Collectors.joining(", ")));
        return best;
    }
}
