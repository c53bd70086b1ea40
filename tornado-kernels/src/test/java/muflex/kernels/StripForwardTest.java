package muflex.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Devices;
import muflex.engine.lowering.Spans;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The strips as plain Java; the masks allow whole blocks, since as written no mask is asked. */
class StripForwardTest {

    @ParameterizedTest(name = "b {0}, heads {1}/{2}, queries {3}, keys {4}, dims {5}/{6}, blocks {7}")
    @CsvSource({
        "1, 1, 1, 1, 1, 64, 64, 128",
        "1, 2, 1, 70, 130, 17, 33, 32",
        "2, 4, 2, 5, 3, 8, 4, 128",
        "1, 1, 1, 203, 190, 3, 70, 100"
    })
    void agreesWithFloat64(
            int batch, int heads, int keyHeads, int queries, int keys, int dim, int valueDim, int block) {
        AttentionShape shape = new AttentionShape(batch, heads, keyHeads, queries, keys, dim, valueDim);
        // Whole blocks, none for the second row of blocks.
        BlockMask mask = BlockMask.create(
                (b, h, q, kv) -> q / block != 1 && kv / block <= q / block, 1, 1, queries, keys, block, block);
        Random random = new Random(queries);
        float[] q = normal(random, shape.querySize());
        float[] k = normal(random, shape.keySize());
        float[] v = normal(random, shape.valueSize());
        float[] out = new float[shape.outSize()];
        float[] lse = new float[shape.lseSize()];
        float[] expectedOut = new float[shape.outSize()];
        float[] expectedLse = new float[shape.lseSize()];
        AttentionSpec plain = AttentionSpec.of(shape).withMask(mask);
        float[] sinks = normal(random, heads);
        sinks[0] = Float.NEGATIVE_INFINITY;
        for (AttentionSpec spec : List.of(plain, plain.withSinks(sinks), plain.withDropout(0.3f, 5))) {
            try (AttentionOp reference = Devices.byId("reference").compile(spec)) {
                reference.forward(q, k, v, expectedOut, expectedLse);
            }
            forward(spec, mask, q, k, v, out, lse);
            assertClose(out, expectedOut);
            assertClose(lse, expectedLse);
        }
    }

    private static void forward(
            AttentionSpec spec, BlockMask mask, float[] q, float[] k, float[] v, float[] out, float[] lse) {
        AttentionShape shape = spec.shape();
        int[] sizes = Spans.sizes(mask, shape);
        Spans spans = Spans.ofQueries(mask, shape, true);
        int block = sizes[AttentionSizes.QUERY_BLOCK];
        StripForward.forward(
                q,
                k,
                v,
                out,
                lse,
                spec.sinks() == null ? new float[0] : spec.sinks(),
                spans.starts(),
                spans.spans(),
                spec.scale(),
                shape.queryHeads(),
                sizes[AttentionSizes.GROUP],
                shape.queryLength(),
                shape.kvLength(),
                shape.headDim(),
                shape.valueDim(),
                sizes[AttentionSizes.MASK_BATCH],
                sizes[AttentionSizes.MASK_HEADS],
                block,
                AttentionSizes.tiles(block, block),
                AttentionSizes.tiles(shape.queryLength(), block),
                spec.dropout(),
                spec.seed(),
                new Object[0],
                0,
                StripForward.items(AttentionForward.items(sizes), Lanes.length()));
    }

    private static void assertClose(float[] actual, float[] expected) {
        for (int i = 0; i < expected.length; i++) {
            if (Float.isInfinite(expected[i])) {
                assertThat(actual[i]).as("element %d", i).isEqualTo(expected[i]);
            } else {
                assertThat((double) actual[i])
                        .as("element %d", i)
                        .isCloseTo(expected[i], org.assertj.core.data.Offset.offset(2e-5));
            }
        }
    }

    private static float[] normal(Random random, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
