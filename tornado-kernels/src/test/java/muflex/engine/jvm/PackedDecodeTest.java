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
import muflex.paging.KvFormat;
import muflex.paging.PagedKvCache;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Few queries on keys and values of 16 and 8 bits, read where they lie. */
class PackedDecodeTest {
    private static final int BLOCK = 4;

    @ParameterizedTest(name = "{0}: b {1}, heads {2}/{3}, queries {4}, keys {5}, dims {6}/{7}, mask {8}")
    @CsvSource({
        "cpu, 1, 1, 1, 1, 300, 64, 64, false",
        "cpu, 2, 4, 2, 3, 130, 17, 33, false",
        "cpu, 1, 8, 1, 3, 1000, 128, 128, false",
        "cpu, 1, 12, 1, 1, 141, 94, 121, true",
        "cpu, 2, 4, 4, 7, 333, 40, 24, true",
        "cpu, 1, 4, 2, 8, 3000, 33, 95, true",
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
                .withScoreMod(ScoreMods.softcap(50))
                .withSinks(normal(random, heads))
                .withMask(
                        mask
                                ? BlockMask.create((b, h, q, kv) -> (kv + q) % 5 != 0, 1, 1, queries, keys, BLOCK, 64)
                                : null);
        float[] q = normal(random, shape.querySize());
        float[] k = of128ths(random, shape.keySize(), dim);
        float[] v = of128ths(random, shape.valueSize(), valueDim);
        float[] expected = new float[shape.outSize()];
        float[] expectedLse = new float[shape.lseSize()];
        float[] out = new float[shape.outSize()];
        float[] lse = new float[shape.lseSize()];

        try (AttentionOp reference = Devices.byId("reference").compile(spec);
                AttentionOp op = Devices.byId(device).compile(spec)) {
            reference.forward(q, k, v, expected, expectedLse);
            for (KvFormat format : KvFormat.values()) {
                assertThat(op.reads(format)).isTrue();
                op.forward(format, q, packed(k, dim, format), packed(v, valueDim, format), out, lse);
                assertThat(out).as("%s", format).containsExactly(expected, Offset.offset(1e-5f));
                assertThat(lse).as("%s", format).containsExactly(expectedLse, Offset.offset(1e-5f));
            }
        }
    }

    /** Many queries are another kernel's, which reads floats. */
    @Test
    void refusedWhereQueriesAreMany() {
        AttentionShape shape = new AttentionShape(1, 1, 1, 100, 100, 8, 8);
        try (AttentionOp op = Devices.byId("cpu").compile(AttentionSpec.of(shape))) {
            assertThat(op.reads(KvFormat.FLOAT)).isTrue();
            assertThat(op.reads(KvFormat.INT8)).isFalse();
            float[] none = {};
            assertThatThrownBy(() -> op.forward(KvFormat.BFLOAT16, none, none, none, none, none))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("BFLOAT16");
        }
    }

    /** 127 over so small a number is infinite, which would turn signs around. */
    @Test
    void rowsOfNextToNothingAreZeroInBytes() {
        float[] tiny = {1e-37f, -1e-37f, 0, 5e-38f};

        assertThat(packed(tiny, 4, KvFormat.INT8)).containsOnly(0f);
    }

    /** Numbers that all formats hold exactly: 128ths from −127 to 127, with the largest at the start of each row of {@link #packed}. */
    private static float[] of128ths(Random random, int size, int dim) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (i % dim == 0 ? 127 : random.nextInt(-127, 128)) / 128f;
        }
        return values;
    }

    private static float[] packed(float[] x, int dim, KvFormat format) {
        int rows = x.length / dim;
        PagedKvCache cache = new PagedKvCache(1, rows, dim, dim, 1, 1, format);
        int sequence = cache.table().create();
        cache.table().append(sequence, 1);
        cache.write(0, sequence, 0, 1, x, x);
        return cache.keys(0);
    }

    private static float[] normal(Random random, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
