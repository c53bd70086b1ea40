package muflex.engine.tornado;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import muflex.engine.offload.Accelerator;
import muflex.engine.offload.JavaKernel;
import muflex.engine.offload.Memory;
import muflex.engine.offload.Switches;
import muflex.engine.translate.ModFunctions;
import muflex.kernels.Parallel;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is said of kernels that TornadoVM's compiler fails on, on the first device of a real one; skipped where there is none. */
class JitRefusalsTest {
    private TornadoAccelerator accelerator;

    @BeforeEach
    void open() {
        System.setProperty(Switches.TORNADO_ROUTE, "jit");
        TornadoEngine engine = new TornadoEngine();
        assumeTrue(!engine.devices().isEmpty(), () -> String.valueOf(engine.problem()));
        TornadoVm vm = TornadoVm.devices().getFirst().vm();
        accelerator = new TornadoAccelerator(
                "tornado:0:0", vm, DeviceFacts.of(vm.device(), vm.backend()).limits());
    }

    @AfterEach
    void close() {
        System.clearProperty(Switches.TORNADO_ROUTE);
    }

    /** Kernels that TornadoVM's compiler does not make right. */
    static final class Unfit {
        private Unfit() {}

        /** TornadoVM makes another number of these 16 bits. */
        public static void half(float[] x, float[] y, int first, int last) {
            for (@Parallel int i = first; i < last; i++) {
                y[i] = x[i] + Float.float16ToFloat((short) (15360 + i));
            }
        }

        /** TornadoVM's compiler has no such call. */
        public static void unknown(float[] x, float[] y, int first, int last) {
            for (@Parallel int i = first; i < last; i++) {
                y[i] = Math.nextAfter(x[i], 2.0);
            }
        }
    }

    private List<String> refused(String method) {
        try (LogLines lines = new LogLines();
                Memory x = accelerator.allocate("x", 4 * 8);
                Memory y = accelerator.allocate("y", 4 * 8)) {
            assertThat(accelerator.bind(
                            new JavaKernel(Unfit.class, method, ModFunctions.NONE, 8), 8, 1, List.of(x, y, 0, 8)))
                    .isNull();
            return lines.all();
        }
    }

    /** The file that the line names must still be there for its reader: Failures keeps it. */
    @Test
    void codeThatIsWrongIsNamedWithItsFile() {
        assertThat(refused("half"))
                .singleElement(InstanceOfAssertFactories.STRING)
                .satisfies(line -> {
                    assertThat(line).contains("Unfit.half (").contains("expected what the method itself computes");
                    Matcher file = Pattern.compile("Unfit\\.half \\((\\S+)\\)").matcher(line);
                    assertThat(file.find()).isTrue();
                    assertThat(Path.of(file.group(1))).exists();
                });
        assertThat(Failures.namedFiles()).isTrue();
    }

    @Test
    void aTrialThatFailsTakesTimeToo() {
        assertThat(refused("unknown"))
                .singleElement(InstanceOfAssertFactories.STRING)
                .contains("Unfit.unknown comes from the translator");
        assertThat(accelerator.takeTimes()).singleElement().satisfies(time -> {
            assertThat(time.name()).isEqualTo(Accelerator.COMPILE);
            assertThat(time.nanos()).isPositive();
        });
    }
}
