package muflex.experiments.compare;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import muflex.engine.Device;
import muflex.experiments.report.Row;
import org.jspecify.annotations.Nullable;

/** Each device's ceilings, measured once a run. */
final class MeasuredCeilings {

    private final Map<String, Optional<Row.Ceilings>> known = new HashMap<>();

    /** Null where the device can't measure them. */
    Row.@Nullable Ceilings of(Device device) {
        return known.computeIfAbsent(device.id(), id -> measure(device)).orElse(null);
    }

    /** Null for what has not been measured, such as the plain loop. */
    Row.@Nullable Ceilings of(@Nullable String device) {
        return known.getOrDefault(device == null ? "" : device, Optional.empty())
                .orElse(null);
    }

    private static Optional<Row.Ceilings> measure(Device device) {
        try {
            return device.ceilings().map(found -> new Row.Ceilings(found.gflops(), found.gigabytes()));
        } catch (RuntimeException | LinkageError e) {
            // A device that can't do even this fails its cases too, and they say why.
            return Optional.empty();
        }
    }
}
