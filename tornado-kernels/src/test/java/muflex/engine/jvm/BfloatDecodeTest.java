package muflex.engine.jvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.ScoreMods;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Devices;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Few queries on keys and values of bfloat16, read where they lie. */
class BfloatDecodeTest {
    private static final int BLOCK = 4;

    @ParameterizedTest(name = "{0}: b {1}, heads {2}/{3}, queries {4}, keys {5}, dims {6}/{7}, mask {8}")
    @CsvSource({
        "cpu, 1, 1, 1, 1, 300, 64, 64, false",
        "cpu, 2, 4, 2, 3, 130, 17, 33, false",
        "cpu, 1, 8, 1, 3, 1000, 128, 128, false",
        "cpu, 1, 12, 1, 1, 141, 94, 121, true",
        "cpu, 2, 4, 4, 7, 333, 40, 24, true",
        "loops, 2, 4, 2, 3, 130, 17, 33, true",
        "loops, 1, 8, 1, 1, 600, 64, 64, false"
    })
    void agreesWithFloat64(
            String device,
            int batch,
            int heads,
            int keyHeads,
            int queries,
            int keys,
            int dim,
            int valueDim,
            boolean mask) {
        AttentionShape shape = new AttentionShape(batch, heads, keyHeads, queries, keys, dim, valueDim);
        Random random = new Random(keys);
        AttentionSpec spec = AttentionSpec.of(shape)
                .withScoreMod(ScoreMods.softcap(5))
                .withSinks(normal(random, heads))
                .withMask(
                        mask
                                ? BlockMask.create((b, h, q, kv) -> (kv + q) % 5 != 0, 1, 1, queries, keys, BLOCK, 64)
                                : null);
        float[] q = normal(random, shape.querySize());
        float[] k = normal(random, shape.keySize());
        float[] v = normal(random, shape.valueSize());
        float[] expected = new float[shape.outSize()];
        float[] expectedLse = new float[shape.lseSize()];
        float[] out = new float[shape.outSize()];
        float[] lse = new float[shape.lseSize()];

        try (AttentionOp reference = Devices.byId("reference").compile(spec);
                AttentionOp op = Devices.byId(device).compile(spec)) {
            reference.forward(q, k, v, expected, expectedLse);
            assertThat(op.readsBfloat()).isTrue();
            op.forwardBfloat(q, pairs(k, dim), pairs(v, valueDim), out, lse);
        }

        assertThat(out).containsExactly(expected, Offset.offset(1e-5f));
        assertThat(lse).containsExactly(expectedLse, Offset.offset(1e-5f));
    }

    /** Many queries are another kernel's, which reads floats. */
    @Test
    void refusedWhereQueriesAreMany() {
        AttentionShape shape = new AttentionShape(1, 1, 1, 100, 100, 8, 8);
        try (AttentionOp op = Devices.byId("cpu").compile(AttentionSpec.of(shape))) {
            assertThat(op.readsBfloat()).isFalse();
            float[] none = {};
            assertThatThrownBy(() -> op.forwardBfloat(none, none, none, none, none))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("bfloat16");
        }
    }

    /** Numbers that bfloat16 holds exactly. */
    private static float[] normal(Random random, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = Float.intBitsToFloat(Float.floatToRawIntBits((float) random.nextGaussian()) & 0xFFFF_0000);
        }
        return values;
    }

    private static float[] pairs(float[] x, int dim) {
        int width = (dim + 1) / 2;
        float[] pairs = new float[x.length / dim * width];
        for (int i = 0; i < x.length; i++) {
            int at = i / dim * width + i % dim / 2;
            int half = Float.floatToRawIntBits(x[i]) >>> 16;
            pairs[at] = Float.intBitsToFloat(Float.floatToRawIntBits(pairs[at]) | half << (i % dim % 2 * 16));
        }
        return pairs;
    }
}
