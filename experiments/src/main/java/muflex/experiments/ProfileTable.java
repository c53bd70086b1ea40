package muflex.experiments;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import muflex.engine.offload.Accelerator;
import muflex.engine.offload.Accelerator.DeviceTime;
import muflex.experiments.report.TextTable;
import muflex.experiments.report.Units;

/** What {@code --profile} shows: each device's kernels, the dearest first, then copies and compilation. */
final class ProfileTable {
    private static final List<String> LAST = List.of(Accelerator.COPY_IN, Accelerator.COPY_OUT, Accelerator.COMPILE);

    private ProfileTable() {}

    /** Shares are of all times but compilation. */
    static String of(Map<String, List<DeviceTime>> byDevice) {
        TextTable table = new TextTable()
                .left("device")
                .left("command")
                .right("count")
                .right("total")
                .right("each")
                .right("share");
        byDevice.forEach((device, times) -> {
            double all = times.stream()
                    .filter(time -> !time.name().equals(Accelerator.COMPILE))
                    .mapToLong(DeviceTime::nanos)
                    .sum();
            times.stream()
                    .sorted(Comparator.comparingInt((DeviceTime time) -> LAST.indexOf(time.name()))
                            .thenComparing(
                                    Comparator.comparingLong(DeviceTime::nanos).reversed()))
                    .forEach(time -> table.row(
                            device,
                            time.name(),
                            String.format(Locale.ROOT, "%,d", time.count()),
                            Units.time((double) time.nanos()),
                            Units.time((double) time.nanos() / time.count()),
                            time.name().equals(Accelerator.COMPILE) || all == 0
                                    ? ""
                                    : Units.percent(time.nanos() / all)));
        });
        return table.toString();
    }
}
