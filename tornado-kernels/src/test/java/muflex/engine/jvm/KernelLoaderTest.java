package muflex.engine.jvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.invoke.MethodHandle;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import jdk.incubator.vector.FloatVector;
import muflex.kernels.LanesProbe;
import muflex.kernels.Scratch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both bindings of Lanes compute what the same operations on single floats do. */
class KernelLoaderTest {

    @FunctionalInterface
    private interface Op {
        float apply(float x, float y, float z);
    }

    private static final Op[] OPS = {
        (x, y, z) -> x + y,
        (x, y, z) -> x - y,
        (x, y, z) -> x * y,
        (x, y, z) -> x / y,
        Math::fma,
        (x, y, z) -> y > x ? y : x,
        (x, y, z) -> y < x ? y : x,
        (x, y, z) -> (float) Math.sqrt(x < 0 ? 0 : x),
        (x, y, z) -> x < -87.33654f ? 0f : (float) Math.exp(x),
        (x, y, z) -> x < y ? z : 7f
    };

    private static KernelLoader loader(boolean vector) {
        return KernelLoader.forLanes(vector ? Optional.of(LaneBinding.VECTOR) : Optional.empty());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void lanesComputeWhatScalarsDo(boolean vector) throws Throwable {
        KernelLoader loader = loader(vector);
        int n = 1003;
        float[] a = random(n, 1);
        float[] b = random(n, 2);
        float[] c = random(n, 3);
        a[0] = 0f;
        a[1] = Float.NEGATIVE_INFINITY;
        a[2] = Float.NaN;
        a[3] = -87.34f;
        a[4] = 88.2f;
        float[][] out = new float[OPS.length][n];
        int lanes = (int) loader.find(LanesProbe.class, "length").invokeExact();
        assertThat(lanes).isEqualTo(vector ? FloatVector.SPECIES_PREFERRED.length() : 8);
        MethodHandle kernel = loader.find(LanesProbe.class, "elementwise");
        kernel.invokeExact(a, b, c, out, 0, (n + lanes - 1) / lanes);
        for (int op = 0; op < OPS.length; op++) {
            for (int i = 0; i < n; i++) {
                float expected = OPS[op].apply(a[i], b[i], c[i]);
                if (op == 8 && Float.isFinite(expected)) {
                    float budget = (3e-7f + Math.min(Math.abs(a[i]), 90f) * 4e-8f) * expected;
                    assertThat(out[op][i]).as("exp(%s)", a[i]).isCloseTo(expected, within(budget));
                } else {
                    assertThat(out[op][i])
                            .as("operation %d of %s, %s", op, a[i], b[i])
                            .isEqualTo((Float) expected);
                }
            }
        }
        assertThat(out[8][0]).isEqualTo(1f);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void horizontalMethodsTakeEveryLane(boolean vector) throws Throwable {
        float[] a = new float[64];
        a[11] = -4f;
        a[37] = 5f;
        float[] r =
                (float[]) loader(vector).find(LanesProbe.class, "horizontal").invokeExact(a);
        assertThat(r).containsExactly(1f, 5f, 1f);
        assertThat(a[37]).isEqualTo(10f);
    }

    @Test
    void statefulClassesAreSharedAndKernelsAreNot() throws Exception {
        KernelLoader engine = loader(true);
        KernelLoader mods = engine.with(Map.of(), Set.of());
        assertThat(engine.loadClass(Scratch.class.getName())).isSameAs(Scratch.class);
        assertThat(engine.loadClass(LanesProbe.class.getName())).isNotSameAs(LanesProbe.class);
        assertThat(mods.loadClass(LanesProbe.class.getName())).isSameAs(engine.loadClass(LanesProbe.class.getName()));
        KernelLoader again = engine.with(Map.of(), Set.of(LanesProbe.class.getName()));
        assertThat(again.loadClass(LanesProbe.class.getName()))
                .isNotSameAs(engine.loadClass(LanesProbe.class.getName()));
    }

    @Test
    void aKernelThatIsNotThereIsNamed() {
        assertThatThrownBy(() -> loader(true).find(LanesProbe.class, "absent"))
                .hasMessage("kernel: no static method absent in muflex.kernels.LanesProbe");
    }

    private static float[] random(int n, long seed) {
        Random random = new Random(seed);
        float[] r = new float[n];
        for (int i = 0; i < n; i++) {
            r[i] = (float) random.nextGaussian(0, i % 3 == 0 ? 30 : 1);
            r[i] = Math.min(r[i], 88f);
        }
        return r;
    }
}
