package muflex.expr;

import static org.assertj.core.api.Assertions.assertThat;

import muflex.expr.Mods.Ints;
import muflex.expr.Mods.Mask;
import muflex.expr.Mods.Score;
import org.junit.jupiter.api.Test;

class PrinterTest {
    private static String text(Object lambda) {
        return Printer.print(Lifter.lift(lambda));
    }

    @Test
    void scoreMods() {
        float slope = 0.5f;
        float[] bias = new float[64];
        float[][] rows = new float[3][4];
        assertThat(text((Score) (s, b, h, q, kv) -> s + slope * (kv - q)))
                .isEqualTo("s + c0 * (float) (kv - q)\nc0 = 0.5f");
        assertThat(text((Score) (s, b, h, q, kv) -> kv <= q ? s + bias[q - kv] : Float.NEGATIVE_INFINITY))
                .isEqualTo("kv <= q ? s + c0[q - kv] : -Infinity\nc0 = float[64]");
        assertThat(text((Score) (s, b, h, q, kv) -> 20 * (float) Math.tanh(s / 20) - rows[h][q + 1]))
                .isEqualTo("tanh(s / 20.0f) * 20.0f - c0[h][q + 1]\nc0 = float[3][]");
        assertThat(text((Score) (s, b, h, q, kv) -> -(s - 1) * (s - 1) / (s - 1 - b)))
                .isEqualTo("t1 = s - 1.0f\n-t1 * t1 / (t1 - (float) b)");
    }

    @Test
    void masks() {
        int[] document = new int[8];
        assertThat(text((Mask) (b, h, q, kv) -> q >= kv && (document[q] == document[kv] || kv % 3 == 0) && h != 1))
                .isEqualTo("t1 = h != 1\nq >= kv && (c0[q] != c0[kv] ? kv % 3 == 0 && t1 : t1)\nc0 = int[8]");
        assertThat(text((Mask) (b, h, q, kv) -> !(q - kv > 5) ^ h == 1)).isEqualTo("q - kv <= 5 ^ h == 1");
    }

    @Test
    void bits() {
        assertThat(text((Ints) (i, j) -> (i & j | i ^ 3) << (j >> 2) + 1)).isEqualTo("(i & j | i ^ 3) << (j >> 2) + 1");
        assertThat(text((Ints) (i, j) -> i - (j - 5) - Math.max(i, j) * (j % 7)))
                .isEqualTo("i - (j - 5) - max(i, j) * (j % 7)");
    }
}
