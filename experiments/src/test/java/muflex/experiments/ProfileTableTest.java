package muflex.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import muflex.engine.offload.Accelerator;
import muflex.engine.offload.Accelerator.DeviceTime;
import org.junit.jupiter.api.Test;

class ProfileTableTest {

    @Test
    void kernelsByCostThenCopiesThenCompilation() {
        Map<String, List<DeviceTime>> byDevice = Map.of(
                "opencl:0:0",
                List.of(
                        new DeviceTime(Accelerator.COPY_IN, 4, 1_000_000),
                        new DeviceTime("small", 2, 1_000_000),
                        new DeviceTime(Accelerator.COMPILE, 1, 900_000_000),
                        new DeviceTime(Accelerator.COPY_OUT, 2, 0),
                        new DeviceTime("attention", 1000, 8_000_000)));

        assertThat(ProfileTable.of(byDevice)).isEqualTo("""
                device      command           count    total     each  share
                opencl:0:0  attention         1,000  8.00 ms  8.00 µs   80 %
                opencl:0:0  small                 2  1.00 ms   500 µs   10 %
                opencl:0:0  copy to device        4  1.00 ms   250 µs   10 %
                opencl:0:0  copy from device      2     0 ns     0 ns    0 %
                opencl:0:0  compile               1   900 ms   900 ms
                """);
    }
}
