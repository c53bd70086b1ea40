package muflex.engine.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import muflex.engine.Ceilings;
import muflex.engine.Devices;
import muflex.kernels.CeilingKernels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CeilingsTest {

    @Test
    void theArithmeticKernelComputesItsSeries() {
        float[] out = new float[2 * CeilingKernels.lanes()];

        CeilingKernels.multiplyAdd(out, 0.5f, 60, 0, 2);

        // x ← x/2 + 1/2 ends at 1 from any start; twelve chains are summed up.
        assertThat(out).containsOnly(12f);
    }

    @Test
    void triadAddsWhatItMultiplies() {
        float[] a = new float[2 * CeilingKernels.SPAN];
        float[] b = a.clone();
        float[] c = a.clone();
        Arrays.fill(a, 1);
        Arrays.fill(b, 6);

        CeilingKernels.triad(a, b, c, 0.5f, CeilingKernels.SPAN, 1, 2);

        assertThat(c[CeilingKernels.SPAN - 1]).isZero();
        assertThat(Arrays.copyOfRange(c, CeilingKernels.SPAN, c.length)).containsOnly(4f);
    }

    /** How high they are is the machine's business. */
    @Test
    void aDeviceMeasuresItsOwn() {
        Ceilings ceilings = Devices.byId("cpu").ceilings().orElseThrow();

        assertThat(ceilings.gflops()).isPositive().isFinite();
        assertThat(ceilings.gigabytes()).isPositive().isFinite();
    }

    @Test
    void energyIsTheSumOfPackagesWithoutTheirParts(@TempDir Path folder) throws IOException {
        for (String name : new String[] {"intel-rapl:0", "intel-rapl:0:0", "intel-rapl:1"}) {
            Files.createDirectories(folder.resolve(name));
            Files.writeString(folder.resolve(name).resolve("energy_uj"), "1500000\n");
        }

        assertThat(Rapl.joules(Rapl.counters(folder))).hasValue(3.0);
        assertThat(Rapl.joules(Rapl.counters(folder.resolve("none")))).isEmpty();
    }
}
