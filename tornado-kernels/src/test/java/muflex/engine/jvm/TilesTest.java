package muflex.engine.jvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import muflex.kernels.ColumnTile;
import muflex.kernels.LanesProbe;
import muflex.kernels.Panels;
import muflex.kernels.RowTile;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Register tiles and panels against triple loops, on both bindings. */
class TilesTest {
    private static final int COLUMNS_OF_A = 67;

    static Stream<Arguments> cases() {
        return Stream.of(false, true)
                .flatMap(vector -> Stream.of(1, 7, 64)
                        .flatMap(depth -> Stream.of(1, 2, 3, 4, 9).map(rows -> Arguments.of(vector, depth, rows))));
    }

    private final Random random = new Random(7);

    private float[] random(int n) {
        float[] r = new float[n];
        for (int i = 0; i < n; i++) {
            r[i] = random.nextFloat(-1, 1);
        }
        return r;
    }

    private static KernelLoader loader(boolean vector) {
        return KernelLoader.forLanes(vector ? Optional.of(LaneBinding.VECTOR) : Optional.empty());
    }

    private static int[] lanes(KernelLoader loader) throws Throwable {
        int length = (int) loader.find(LanesProbe.class, "length").invokeExact();
        int vectors = (int) loader.find(LanesProbe.class, "tileVectors").invokeExact();
        return new int[] {length, vectors};
    }

    @ParameterizedTest
    @MethodSource("cases")
    void rowTile(boolean vector, int depth, int rows) throws Throwable {
        KernelLoader loader = loader(vector);
        int[] lanes = lanes(loader);
        int width = lanes[0] * lanes[1];
        float[] a = random(3 + COLUMNS_OF_A * rows);
        float[] b = random(5 + width * depth);
        for (String method : List.of("multiply", "add")) {
            MethodHandle tile = loader.find(RowTile.class, method);
            for (int vectors = 1; vectors <= lanes[1]; vectors++) {
                float[] c = random(7 + 4 * (width + 1));
                float[] before = c.clone();
                tile.invokeExact(vectors, a, 3, COLUMNS_OF_A, rows, b, 5, depth, c, 7, width + 1);
                for (int r = 0; r < 4; r++) {
                    for (int j = 0; j < vectors * lanes[0]; j++) {
                        double expected = method.equals("add") ? before[7 + r * (width + 1) + j] : 0;
                        for (int k = 0; k < depth; k++) {
                            expected += (double) a[3 + Math.min(r, rows - 1) * COLUMNS_OF_A + k] * b[5 + k * width + j];
                        }
                        assertThat(c[7 + r * (width + 1) + j]).isCloseTo((float) expected, within(1e-5f));
                    }
                    assertThat(c[7 + r * (width + 1) + width]).isEqualTo(before[7 + r * (width + 1) + width]);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void columnTile(boolean vector, int depth, int from) throws Throwable {
        KernelLoader loader = loader(vector);
        int[] lanes = lanes(loader);
        int width = lanes[0] * lanes[1];
        MethodHandle tile = loader.find(ColumnTile.class, "add");
        float[] a = random(width * depth);
        float[] b = random(width * depth);
        for (int vectors = 1; vectors <= lanes[1]; vectors++) {
            float[] c = random(4 * width);
            float[] before = c.clone();
            tile.invokeExact(vectors, a, from, b, 0, depth, c, 0, width);
            for (int r = 0; r < 4; r++) {
                for (int j = 0; j < vectors * lanes[0]; j++) {
                    double expected = before[r * width + j];
                    for (int k = 0; k < depth; k++) {
                        expected += (double) a[from + r + k * width] * b[k * width + j];
                    }
                    assertThat(c[r * width + j]).isCloseTo((float) expected, within(1e-5f));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void panels(boolean vector, int columns, int rows) throws Throwable {
        KernelLoader loader = loader(vector);
        int[] lanes = lanes(loader);
        int width = lanes[0] * lanes[1];
        float[] from = random(2 + rows * columns);
        int stride = rows + 1;
        float[] packed = new float[Math.ceilDiv(columns, width) * stride * width];
        Arrays.fill(packed, 9f);
        loader.find(Panels.class, "pack").invokeExact(from, 2, rows, columns, packed, stride);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < Math.ceilDiv(columns, width) * width; c++) {
                float expected = c < columns ? from[2 + r * columns + c] : 0f;
                assertThat(packed[(c / width * stride + r) * width + c % width]).isEqualTo(expected);
            }
        }
        float[] transposed = new float[Math.ceilDiv(rows, width) * columns * width];
        Arrays.fill(transposed, 9f);
        loader.find(Panels.class, "packTransposed").invokeExact(from, 2, rows, columns, 2f, transposed);
        for (int r = 0; r < Math.ceilDiv(rows, width) * width; r++) {
            for (int c = 0; c < columns; c++) {
                float expected = r < rows ? 2f * from[2 + r * columns + c] : 0f;
                assertThat(transposed[(r / width * columns + c) * width + r % width])
                        .isEqualTo(expected);
            }
        }
    }
}
