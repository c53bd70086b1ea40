package muflex.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The algebra of fragments: loads and products of a warp are a matrix product. */
class MmaTest {
    private static final int STRIDE = 9;

    /** Small integers, which halves and their sums hold exactly: {@code rows} rows of 8 pairs, {@code STRIDE} apart. */
    private static float[] tile(int rows, int[][] values, boolean bfloat) {
        float[] tile = new float[rows * STRIDE];
        Random random = new Random(rows);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < 16; c++) {
                values[r][c] = random.nextInt(-8, 9);
            }
            for (int p = 0; p < 8; p++) {
                tile[r * STRIDE + p] = Mma.pack(values[r][2 * p], values[r][2 * p + 1], bfloat);
            }
        }
        return tile;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void productsWithRowsAndWithColumns(boolean bfloat) {
        int[][] left = new int[16][16];
        int[][] right = new int[16][16];
        float[] a = tile(16, left, bfloat);
        float[] b = tile(16, right, bfloat);
        float[] straight = new float[16 * 16];
        float[] transposed = new float[16 * 16];
        WorkGroup.run(1, 64, () -> {
            product(a, b, false, straight, bfloat);
            product(a, b, true, transposed, bfloat);
        });
        for (int i = 0; i < 16; i++) {
            for (int j = 0; j < 16; j++) {
                int sum = 0;
                int transposedSum = 0;
                for (int k = 0; k < 16; k++) {
                    sum += left[i][k] * right[k][j];
                    transposedSum += left[i][k] * right[j][k];
                }
                assertThat(straight[i * 16 + j]).isEqualTo(sum);
                assertThat(transposed[i * 16 + j]).isEqualTo(transposedSum);
            }
        }
    }

    private static void product(float[] left, float[] right, boolean transposed, float[] to, boolean bfloat) {
        float[] a = new float[4];
        float[] b = new float[4];
        float[] c = new float[8];
        Mma.loadA(left, 0, STRIDE, a, 0);
        if (transposed) {
            Mma.loadColumns(right, 0, STRIDE, b, 0);
        } else {
            Mma.loadRows(right, 0, STRIDE, b, 0);
        }
        Mma.multiply(a, 0, b, 0, c, 0, bfloat);
        Mma.multiply(a, 0, b, 2, c, 4, bfloat);
        int lane = WorkGroup.localId() % Mma.WARP;
        for (int i = 0; i < 8; i++) {
            to[(lane / 4 + i / 2 % 2 * 8) * 16 + i / 4 * 8 + lane % 4 * 2 + i % 2] = c[i];
        }
    }

    @Test
    void fourItemsShareARow() {
        float[] max = new float[32];
        float[] sum = new float[32];
        WorkGroup.run(1, 32, () -> {
            int lane = WorkGroup.localId();
            max[lane] = Mma.rowMax(lane);
            sum[lane] = Mma.rowSum(lane);
        });
        for (int lane = 0; lane < 32; lane++) {
            int first = lane / 4 * 4;
            assertThat(max[lane]).isEqualTo(first + 3);
            assertThat(sum[lane]).isEqualTo(4 * first + 6);
        }
    }

    @Test
    void oneItemOfAWarpIsEnoughForAny() {
        boolean[] any = new boolean[64];
        WorkGroup.run(1, 64, () -> any[WorkGroup.localId()] = Mma.any(WorkGroup.localId() == 40));
        for (int i = 0; i < 64; i++) {
            assertThat(any[i]).isEqualTo(i >= 32);
        }
    }

    @Test
    void theLargerOfANumberAndNoNumberIsTheNumber() {
        assertThat(Mma.max(Float.NaN, 1f)).isEqualTo(1f);
        assertThat(Mma.max(1f, Float.NaN)).isEqualTo(1f);
        assertThat(Mma.max(Float.NEGATIVE_INFINITY, -2f)).isEqualTo(-2f);
    }

    @Test
    void halvesAreRoundedToNearestEven() {
        float pair = Mma.pack(1f + 0x1p-11f, 65520f, false);
        assertThat(Float.floatToRawIntBits(pair)).isEqualTo(0x7C00_3C00);
    }

    @Test
    void bfloatsAreRoundedToNearestEven() {
        float pair = Mma.pack(1f + 0x1p-8f, 1f + 0x3p-8f, true);
        assertThat(Float.floatToRawIntBits(pair)).isEqualTo(0x3F82_3F80);
        float ends = Mma.pack(Float.MAX_VALUE, Float.NEGATIVE_INFINITY, true);
        assertThat(Float.floatToRawIntBits(ends)).isEqualTo(0xFF80_7F80);
    }

    @Test
    void aBfloatOfNoNumberIsNone() {
        int bits = Float.floatToRawIntBits(Mma.pack(Float.NaN, Float.intBitsToFloat(0x7F80_0001), true));
        assertThat(Float.intBitsToFloat(bits << 16)).isNaN();
        assertThat(Float.intBitsToFloat(bits & 0xFFFF_0000)).isNaN();
    }

    @Test
    void aCallThatSomeOfAWarpMissFails() {
        assertThatThrownBy(() -> WorkGroup.run(1, 32, () -> {
                    if (WorkGroup.localId() > 0) {
                        Mma.rowMax(1f);
                    }
                }))
                .hasMessageContaining("warp: a call of Mma reached by some of its items only");
    }

    @Test
    void itemsTellEachOtherNumbers() {
        float[] last = new float[32];
        float[] partner = new float[32];
        WorkGroup.run(1, 32, () -> {
            int lane = WorkGroup.localId();
            last[lane] = Mma.fromLane(lane, 31);
            partner[lane] = Mma.fromPartner(lane, 8);
        });
        for (int lane = 0; lane < 32; lane++) {
            assertThat(last[lane]).isEqualTo(31);
            assertThat(partner[lane]).isEqualTo(lane ^ 8);
        }
    }

    @Test
    void interleavedPairs() {
        float low = Mma.pack(1, 2, false);
        float high = Mma.pack(3, 4, false);
        assertThat(Mma.interleave(low, high, 0)).isEqualTo(Mma.pack(1, 3, false));
        assertThat(Mma.interleave(low, high, 1)).isEqualTo(Mma.pack(2, 4, false));
    }
}
