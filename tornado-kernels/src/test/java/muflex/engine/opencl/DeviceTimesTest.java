package muflex.engine.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import muflex.attention.AttentionShape;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;
import muflex.engine.DeviceTimes;
import org.junit.jupiter.api.Test;

class DeviceTimesTest {

    @Test
    void copiesAndKernelsAreToldApartAndCountedOnce() {
        FirstDevice.accelerator(); // says so where there is none
        List<Device> devices = new OpenClEngine().devices();
        AttentionShape shape = AttentionShape.of(1, 2, 64, 32);
        float[] q = new float[shape.querySize()];
        try (AttentionOp op = devices.getFirst().compile(AttentionSpec.of(shape))) {
            op.takeTimes();
            long start = System.nanoTime();
            op.forward(q, q, q, new float[shape.outSize()], new float[shape.lseSize()]);
            long wall = System.nanoTime() - start;

            DeviceTimes times = op.takeTimes();
            assertThat(times.copyIn()).isPositive();
            assertThat(times.kernel()).isPositive();
            assertThat(times.copyOut()).isPositive();
            assertThat(times.copyIn() + times.kernel() + times.copyOut()).isLessThanOrEqualTo(wall);
            assertThat(op.takeTimes()).isEqualTo(new DeviceTimes(0, 0, 0));
        }
    }
}
