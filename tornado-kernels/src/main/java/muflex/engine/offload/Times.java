package muflex.engine.offload;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import muflex.engine.offload.Accelerator.DeviceTime;

/** What a device's commands took, summed by name. Not safe for use by several threads. */
public final class Times {
    private final Map<String, DeviceTime> byName = new LinkedHashMap<>();

    public void add(String name, long nanos) {
        add(new DeviceTime(name, 1, nanos));
    }

    public void add(DeviceTime time) {
        byName.merge(
                time.name(), time, (a, b) -> new DeviceTime(a.name(), a.count() + b.count(), a.nanos() + b.nanos()));
    }

    /** The sums in the order in which their names came up. */
    List<DeviceTime> list() {
        return List.copyOf(byName.values());
    }

    /** The sums since the last call. */
    public List<DeviceTime> take() {
        List<DeviceTime> taken = list();
        byName.clear();
        return taken;
    }
}
