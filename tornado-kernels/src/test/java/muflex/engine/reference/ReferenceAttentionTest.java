package muflex.engine.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMods;
import muflex.attention.Weights;
import muflex.engine.AttentionSpec;
import org.junit.jupiter.api.Test;

class ReferenceAttentionTest {

    private static final double LN2 = Math.log(2);

    /** Two keys whose scores are 0 and ln 2: weights 1/3 and 2/3. */
    @Test
    void aRowByHand() {
        AttentionSpec spec = AttentionSpec.of(AttentionShape.of(1, 1, 2, 1).withQueryLength(1));
        double[] out = new double[1];
        double[] lse = new double[1];
        new ReferenceAttention(spec).forward(new double[] {1}, new double[] {0, LN2}, new double[] {3, 6}, out, lse);
        assertThat(out[0]).isCloseTo(5, within(1e-15));
        assertThat(lse[0]).isCloseTo(Math.log(3), within(1e-15));
    }

    /** The sink has the weight of one more key with no value: 1/4 of the row above with a sink of ln 1 = 0. */
    @Test
    void aSinkTakesWeight() {
        AttentionSpec spec = AttentionSpec.of(AttentionShape.of(1, 1, 2, 1).withQueryLength(1))
                .withSinks(new float[] {0});
        double[] out = new double[1];
        double[] lse = new double[1];
        new ReferenceAttention(spec).forward(new double[] {1}, new double[] {0, LN2}, new double[] {3, 6}, out, lse);
        assertThat(out[0]).isCloseTo(3 / 4.0 + 2 * 6 / 4.0, within(1e-15));
        assertThat(lse[0]).isCloseTo(Math.log(4), within(1e-15));
    }

    /** The same row with stick-breaking: 2/3 for the newest key, 1/2 of the rest for the other; 1/6 is left. */
    @Test
    void aStickBrokenByHand() {
        AttentionSpec spec = AttentionSpec.of(AttentionShape.of(1, 1, 2, 1).withQueryLength(1))
                .withWeights(Weights.STICK_BREAKING);
        double[] out = new double[1];
        double[] lse = new double[1];
        new ReferenceAttention(spec).forward(new double[] {1}, new double[] {0, LN2}, new double[] {3, 6}, out, lse);
        assertThat(out[0]).isCloseTo(3 / 6.0 + 6 * 2 / 3.0, within(1e-15));
        assertThat(lse[0]).isCloseTo(Math.log(6), within(1e-15));
    }

    @Test
    void headsOfAGroupShareTheirKeys() {
        AttentionSpec spec = AttentionSpec.of(new AttentionShape(1, 4, 2, 1, 1, 1, 1));
        double[] out = new double[4];
        new ReferenceAttention(spec)
                .forward(new double[] {1, 2, 3, 4}, new double[] {1, 1}, new double[] {7, 9}, out, new double[4]);
        assertThat(out).containsExactly(7, 7, 9, 9);
    }

    @Test
    void aMaskedRowGivesZeroAndNoGradient() {
        AttentionShape shape = AttentionShape.of(1, 1, 3, 2);
        BlockMask mask = BlockMask.create((b, h, q, kv) -> q != 1 && kv <= q, 1, 1, 3, 3, 2, 2);
        ReferenceAttention attention =
                new ReferenceAttention(AttentionSpec.of(shape).withMask(mask));
        float[] q = {1, 2, 3, 4, 5, 6};
        float[] out = filled(6);
        float[] lse = filled(3);
        attention.forward(q, q, q, out, lse);
        assertThat(Arrays.copyOfRange(out, 2, 4)).containsExactly(0, 0);
        assertThat(lse[1]).isEqualTo(Float.NEGATIVE_INFINITY);
        float[] dq = filled(6);
        float[] dk = filled(6);
        float[] dv = filled(6);
        attention.backward(q, q, q, out, lse, q, new float[] {1, 1, 1}, dq, dk, dv, new float[0][]);
        assertThat(Arrays.copyOfRange(dq, 2, 4)).containsExactly(0, 0);
        assertThat(dk).doesNotContain(Float.NaN);
        // Key 1 is seen by the last row alone.
        assertThat(dv[2]).isBetween(0f, q[4]);
    }

    private static float[] filled(int length) {
        float[] array = new float[length];
        Arrays.fill(array, Float.NaN);
        return array;
    }

    @Test
    void droppedWeightsLeaveTheDenominatorAlone() {
        AttentionSpec plain = AttentionSpec.of(AttentionShape.of(1, 1, 64, 4));
        AttentionSpec dropped = plain.withDropout(0.5f, 11);
        double[] q = new java.util.Random(1).doubles(256).toArray();
        double[] ones = new double[256];
        Arrays.fill(ones, 1);
        double[] out = new double[256];
        double[] lse = new double[64];
        double[] plainLse = new double[64];
        new ReferenceAttention(plain).forward(q, q, ones, new double[256], plainLse);
        new ReferenceAttention(dropped).forward(q, q, ones, out, lse);
        assertThat(lse).isEqualTo(plainLse);
        assertThat(Arrays.stream(out).average().orElseThrow()).isCloseTo(1, within(0.05));
        assertThat(Arrays.stream(out).distinct().count()).isGreaterThan(32);
    }

    @Test
    void masksInBlocksOrNotGiveTheSame() {
        AttentionShape shape = AttentionShape.of(1, 2, 50, 4);
        double[] q = new java.util.Random(1).doubles(400).toArray();
        double[] small = new double[400];
        double[] large = new double[400];
        AttentionSpec spec = AttentionSpec.of(shape);
        new ReferenceAttention(spec.withMask(BlockMask.create(MaskMods.slidingWindow(9), 1, 1, 50, 50, 8, 4)))
                .forward(q, q, q, small, new double[100]);
        new ReferenceAttention(spec.withMask(BlockMask.create(MaskMods.slidingWindow(9), 1, 1, 50, 50)))
                .forward(q, q, q, large, new double[100]);
        for (int i = 0; i < 400; i++) {
            assertThat(small[i]).isCloseTo(large[i], within(1e-14));
        }
    }
}
