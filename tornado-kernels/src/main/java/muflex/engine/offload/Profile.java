package muflex.engine.offload;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import muflex.engine.offload.Accelerator.DeviceTime;

/** Where the devices' time of this whole process went, kept where {@link Switches#PROFILE} asks for it. */
public final class Profile {
    private static final Map<String, Times> DEVICES = new TreeMap<>();

    private Profile() {}

    static synchronized void add(String device, List<DeviceTime> times) {
        Times known = DEVICES.computeIfAbsent(device, id -> new Times());
        times.forEach(known::add);
    }

    /** By device's id: kernels, copies and compilation, in the order in which they came up. */
    public static synchronized Map<String, List<DeviceTime>> byDevice() {
        Map<String, List<DeviceTime>> copy = new TreeMap<>();
        DEVICES.forEach((device, times) -> copy.put(device, times.list()));
        return copy;
    }
}
