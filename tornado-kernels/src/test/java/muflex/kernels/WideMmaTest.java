package muflex.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Products by four warps are matrix products of tiles whose quads are exchanged. */
class WideMmaTest {
    private static final int ROWS = WideMma.ROWS;
    private static final int PANEL = WideMma.PANEL;

    /** Small integers, {@code [ROWS, PANEL]}, which both kinds of 16 bits and their sums hold exactly. */
    private static int[][] integers(long seed) {
        Random random = new Random(seed);
        return IntStream.range(0, ROWS)
                .mapToObj(r -> random.ints(PANEL, -8, 9).toArray())
                .toArray(int[][]::new);
    }

    private static void fill(float[] tile, int panel, int[][] values, boolean bfloat) {
        for (int r = 0; r < ROWS; r++) {
            for (int p = 0; p < PANEL / 2; p++) {
                int at = panel * ROWS * PANEL / 2 + WideMma.swizzled(r * PANEL / 2 + p);
                tile[at] = Mma.pack(values[r][2 * p], values[r][2 * p + 1], bfloat);
            }
        }
    }

    @Test
    void quadsOfEightRowsInOneColumnAreEightDifferentOnes() {
        for (int column = 0; column < 32; column += 4) {
            int[] quads = new int[8];
            for (int row = 0; row < 8; row++) {
                quads[row] = WideMma.swizzled(row * 32 + column) % 32 / 4;
            }
            Arrays.sort(quads);
            assertThat(quads).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void productsWithColumnsAndWithRows(boolean bfloat) {
        int[][] left = integers(1);
        int[][] right = integers(2);
        int[][] second = integers(3);
        float[] leftTile = new float[ROWS * PANEL / 2];
        float[] tile = new float[ROWS * PANEL];
        fill(leftTile, 0, left, bfloat);
        fill(tile, 0, right, bfloat);
        fill(tile, 1, second, bfloat);
        float[] columns = new float[64 * ROWS];
        float[] lowerColumns = new float[64 * 64];
        float[] rows = new float[64 * 2 * PANEL];

        WorkGroup.run(1, 128, () -> {
            int row = HalfTile.row(1);
            float[] c = new float[ROWS / 2];
            WideMma.multiplyColumns(leftTile, 64 * PANEL / 2, tile, 0, 8, c, 0, ROWS, false, bfloat);
            WideMma.multiplyColumns(leftTile, 64 * PANEL / 2, tile, 0, 24, c, 0, ROWS, true, bfloat);
            store(c, columns, ROWS);
            float[] lower = new float[32];
            WideMma.multiplyColumns(leftTile, 64 * PANEL / 2, tile, 64 * PANEL / 2, 8, lower, 0, 64, false, bfloat);
            WideMma.multiplyColumns(leftTile, 64 * PANEL / 2, tile, 64 * PANEL / 2, 24, lower, 0, 64, true, bfloat);
            store(lower, lowerColumns, 64);
            float[] a = new float[4];
            for (int i = 0; i < 4; i++) {
                int[] of = left[row + i % 2 * 8];
                int k = i / 2 * 8 + HalfTile.column();
                a[i] = Mma.pack(of[k], of[k + 1], bfloat);
            }
            float[] d = new float[PANEL];
            WideMma.multiplyRows(a, 0, tile, 0, 32 * PANEL / 2, d, 0, 2, bfloat);
            store(d, rows, 2 * PANEL);
        });

        for (int i = 0; i < 64; i++) {
            for (int j = 0; j < ROWS; j++) {
                int ofColumns = 0;
                int ofRows = 0;
                for (int k = 0; k < 16; k++) {
                    ofColumns += left[64 + i][16 + k] * right[j][16 + k] + left[64 + i][48 + k] * right[j][48 + k];
                    ofRows += left[i][k] * (j < PANEL ? right : second)[32 + k][j % PANEL];
                }
                assertThat(columns[i * ROWS + j]).isEqualTo(ofColumns);
                if (j >= 64) {
                    assertThat(lowerColumns[i * 64 + j - 64]).isEqualTo(ofColumns);
                }
                assertThat(rows[i * 2 * PANEL + j]).isEqualTo(ofRows);
            }
        }
    }

    private static void store(float[] c, float[] to, int width) {
        for (int i = 0; i < c.length; i++) {
            int row = HalfTile.row(1) + i / 2 % 2 * 8;
            to[row * width + i / 4 * 8 + HalfTile.column() + i % 2] = c[i];
        }
    }
}
