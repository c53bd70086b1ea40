package muflex.engine.tornado;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import muflex.engine.offload.Accelerator;
import muflex.engine.offload.Code;
import muflex.engine.offload.JavaKernel;
import muflex.engine.offload.Memory;
import muflex.engine.offload.Switches;
import muflex.engine.translate.ModFunctions;
import muflex.kernels.AttentionBackward;
import muflex.kernels.ElementKernels;
import muflex.kernels.HeadKernels;
import muflex.kernels.MatMulKernels;
import muflex.kernels.ReduceKernels;
import muflex.kernels.TokenKernels;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Kernels that TornadoVM compiles itself, on the first device of a real one; skipped where there is none. */
class JitRouteTest {
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

    private static JavaKernel kernel(Class<?> owner, String method) {
        return new JavaKernel(owner, method, ModFunctions.NONE, 8);
    }

    /** Whole vectors and a rest; out is a. */
    @Test
    void aKernelWithVectorsRuns() {
        int columns = 13;
        try (Memory a = accelerator.allocate("a", 8L * columns);
                Memory row = accelerator.allocate("row", 4L * columns)) {
            Code.Launch launch =
                    accelerator.bind(kernel(ElementKernels.class, "addRow"), 2, 1, List.of(a, row, a, columns, 0, 2));
            assertThat(launch).isNotNull();
            assertThat(accelerator.takeTimes()).singleElement().satisfies(time -> {
                assertThat(time.name()).isEqualTo(Accelerator.COMPILE);
                assertThat(time.nanos()).isPositive();
            });
            float[] values = new float[2 * columns];
            float[] sums = new float[2 * columns];
            for (int i = 0; i < values.length; i++) {
                values[i] = i;
                sums[i] = i + 10f * (i % columns);
            }
            a.write(values);
            float[] tens = new float[columns];
            for (int c = 0; c < columns; c++) {
                tens[c] = 10f * c;
            }
            row.write(tens);
            launch.enqueue();
            float[] result = new float[2 * columns];
            a.read(result);
            assertThat(result).containsExactly(sums);
            launch.close();
        }
    }

    /** A helper with a loop, spans that end within a vector; out is b. */
    @Test
    void aKernelWithHelpersRuns() {
        try (Memory a = accelerator.allocate("a", 4 * 30);
                Memory b = accelerator.allocate("b", 4 * 30)) {
            Code.Launch launch =
                    accelerator.bind(kernel(ElementKernels.class, "add"), 2, 1, List.of(a, b, b, 30, 17, 0, 2));
            assertThat(launch).isNotNull();
            float[] values = new float[30];
            float[] sums = new float[30];
            for (int i = 0; i < values.length; i++) {
                values[i] = i;
                sums[i] = 2 * i;
            }
            a.write(values);
            b.write(values);
            launch.enqueue();
            float[] result = new float[30];
            b.read(result);
            assertThat(result).containsExactly(sums);
            launch.close();
        }
    }

    /** The length of dLse says whether there is one. */
    @Test
    void lengthsOfArraysAreKnown() {
        try (Memory out = accelerator.allocate("out", 4 * 6);
                Memory dOut = accelerator.allocate("dOut", 4 * 6);
                Memory none = accelerator.allocate("dLse", 0);
                Memory delta = accelerator.allocate("delta", 4 * 3)) {
            Code.Launch launch = accelerator.bind(
                    kernel(AttentionBackward.class, "delta"), 3, 1, List.of(out, dOut, none, delta, 2, 0, 3));
            assertThat(launch).isNotNull();
            out.write(new float[] {1, 2, 3, 4, 5, 6});
            dOut.write(new float[] {1, 1, 2, 2, 3, 3});
            launch.enqueue();
            float[] result = new float[3];
            delta.read(result);
            assertThat(result).containsExactly(3, 14, 33);
            launch.close();
        }
    }

    /** TornadoVM would not copy an array that it thinks is only written; the elements that no item writes must stay. */
    @Test
    void whatAKernelDoesNotWriteStays() {
        try (Memory x = accelerator.allocate("x", 40);
                Memory partial = accelerator.allocate("partial", 16)) {
            Code.Launch launch =
                    accelerator.bind(kernel(ReduceKernels.class, "sum"), 1, 1, List.of(x, partial, 2, 10, 4096, 0, 1));
            assertThat(launch).isNotNull();
            x.write(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
            partial.write(new float[] {7, 7, 7, 7});
            launch.enqueue();
            float[] result = new float[4];
            partial.read(result);
            assertThat(result).containsExactly(7, 7, 55, 7);
            launch.close();
        }
    }

    /** Panels, whose layout depends on the length of vectors; tiles that are cut short, and arrays of an item's own. */
    @ParameterizedTest
    @ValueSource(ints = {8, 16})
    void productsOfMatricesRun(int lanes) {
        int rows = 70;
        int columns = 150;
        int depth = 200;
        int width = lanes * LanesClass.tileVectors(lanes);
        int panels = Math.ceilDiv(columns, width);
        SplittableRandom random = new SplittableRandom(5);
        float[] left = normal(random, rows * depth);
        float[] right = normal(random, depth * columns);
        try (Memory a = accelerator.allocate("a", 4L * left.length);
                Memory b = accelerator.allocate("b", 4L * right.length);
                Memory packed = accelerator.allocate("packed", 4L * panels * width * depth);
                Memory c = accelerator.allocate("c", 4L * rows * columns)) {
            a.write(left);
            b.write(right);
            int strips = Math.ceilDiv(depth, MatMulKernels.STRIP);
            run(lanes, "pack", strips, List.of(b, packed, 1f, depth, columns));
            run(lanes, "multiply", 2, List.of(a, packed, c, rows, columns, depth, 64));
            requireProduct(c, left, depth, 1, right, rows, columns, depth);
        }
        int across = Math.ceilDiv(rows, width);
        try (Memory a = accelerator.allocate("a", 4L * left.length);
                Memory b = accelerator.allocate("b", 4L * right.length);
                Memory packedA = accelerator.allocate("packed a", 4L * across * width * depth);
                Memory packedB = accelerator.allocate("packed b", 4L * panels * width * depth);
                Memory c = accelerator.allocate("c", 4L * rows * columns)) {
            a.write(left);
            b.write(right);
            int strips = Math.ceilDiv(depth, MatMulKernels.STRIP);
            run(lanes, "pack", strips, List.of(a, packedA, 1f, depth, rows));
            run(lanes, "pack", strips, List.of(b, packedB, 1f, depth, columns));
            List<Object> arguments = List.of(packedA, packedB, c, rows, columns, depth, 1, 1);
            run(lanes, "multiplyTransposed", across * panels, arguments);
            requireProduct(c, left, 1, rows, right, rows, columns, depth);
        }
    }

    private void run(int lanes, String method, int items, List<Object> arguments) {
        List<Object> all = new ArrayList<>(arguments);
        all.addAll(List.of(0, items));
        Code.Launch launch =
                accelerator.bind(new JavaKernel(MatMulKernels.class, method, ModFunctions.NONE, lanes), items, 1, all);
        assertThat(launch).as(method).isNotNull();
        launch.enqueue();
        accelerator.finish();
        launch.close();
    }

    /** a's element of a row and a place in depth is at {@code row · byRow + place · byDepth}. */
    private static void requireProduct(
            Memory c, float[] a, int byRow, int byDepth, float[] b, int rows, int columns, int depth) {
        float[] expected = new float[rows * columns];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                double sum = 0;
                for (int k = 0; k < depth; k++) {
                    sum += (double) a[row * byRow + k * byDepth] * b[k * columns + column];
                }
                expected[row * columns + column] = (float) sum;
            }
        }
        float[] got = new float[rows * columns];
        c.read(got);
        assertThat(Agreement.error(got, expected)).isLessThan(1e-6);
    }

    /** Attention's δ must be the dP of a query with one key to the bit, which the translator's kernel sums by fma. */
    @Test
    void aProductAndASumAreRoundedOnce() {
        try (Memory out = accelerator.allocate("out", 8);
                Memory dOut = accelerator.allocate("dOut", 8);
                Memory none = accelerator.allocate("dLse", 0);
                Memory delta = accelerator.allocate("delta", 4)) {
            Code.Launch launch = accelerator.bind(
                    kernel(AttentionBackward.class, "delta"), 1, 1, List.of(out, dOut, none, delta, 2, 0, 1));
            assertThat(launch).isNotNull();
            out.write(new float[] {-1, 1 + 0x1p-12f});
            dOut.write(new float[] {1 + 0x1p-11f, 1 + 0x1p-12f});
            launch.enqueue();
            float[] result = new float[1];
            delta.read(result);
            assertThat(result).containsExactly(0x1p-24f);
            launch.close();
        }
    }

    /** What a kernel throws is an error here too; other rows are right. */
    @Test
    void whatThrowsIsSeen() {
        try (Memory logits = accelerator.allocate("logits", 4 * 24);
                Memory targets = accelerator.allocate("targets", 4 * 3);
                Memory losses = accelerator.allocate("losses", 4 * 3);
                Memory lse = accelerator.allocate("lse", 4 * 3)) {
            Code.Launch launch = accelerator.bind(
                    kernel(TokenKernels.class, "crossEntropy"), 3, 1, List.of(logits, targets, losses, lse, 8, 0, 3));
            assertThat(launch).isNotNull();
            logits.write(new float[24]);
            targets.write(new int[] {7, 3, 0});
            launch.enqueue();
            float[] result = new float[3];
            losses.read(result);
            float uniform = (float) Math.log(8);
            assertThat(result).containsExactly(uniform, uniform, uniform);
            logits.write(new float[] {100});
            losses.write(new float[3]);
            for (int wrong : new int[] {8, -1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
                targets.write(new int[] {0, wrong, 1});
                launch.enqueue();
                assertThatThrownBy(accelerator::finish)
                        .isInstanceOf(IndexOutOfBoundsException.class)
                        .hasMessageContaining("tornado:0:0: TokenKernels.crossEntropy (jit) (")
                        .hasMessageEndingWith("run it on cpu for the message");
                losses.read(result);
                assertThat(result).containsExactly(0, 0, uniform);
            }
            launch.close();
        }
    }

    /** Of a kernel in which a loop's item may throw. */
    @Test
    void aCacheIsWritten() {
        try (Memory x = accelerator.allocate("x", 4 * 12);
                Memory position = accelerator.allocate("position", 4);
                Memory cache = accelerator.allocate("cache", 4 * 24)) {
            Code.Launch launch = accelerator.bind(
                    kernel(HeadKernels.class, "cacheWrite"), 2, 1, List.of(x, position, cache, 2, 4, 3, 1, 0, 2));
            assertThat(launch).isNotNull();
            x.write(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
            position.write(new int[] {2});
            cache.write(new float[24]);
            launch.enqueue();
            float[] result = new float[24];
            cache.read(result);
            assertThat(result)
                    .containsExactly(0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 0, 7, 8, 9, 10, 11, 12);
            position.write(new int[] {3});
            launch.enqueue();
            assertThatThrownBy(accelerator::finish).isInstanceOf(IndexOutOfBoundsException.class);
            float[] after = new float[24];
            cache.read(after);
            assertThat(after).containsExactly(result);
            launch.close();
        }
    }

    private static float[] normal(SplittableRandom random, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
