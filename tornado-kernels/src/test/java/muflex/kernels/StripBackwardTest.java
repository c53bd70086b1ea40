package muflex.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Devices;
import muflex.engine.lowering.Spans;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** As {@link StripForwardTest}: plain Java, masks of whole blocks. */
class StripBackwardTest {

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
        float[] dOut = normal(random, shape.outSize());
        float[] dLse = normal(random, shape.lseSize());
        AttentionSpec spec = AttentionSpec.of(shape).withMask(mask);
        float[] out = new float[shape.outSize()];
        float[] lse = new float[shape.lseSize()];
        float[][] expected = gradients(shape);
        try (AttentionOp reference = Devices.byId("reference").compile(spec)) {
            reference.forward(q, k, v, out, lse);
            reference.backward(q, k, v, out, lse, dOut, dLse, expected[0], expected[1], expected[2], new float[0][]);
        }
        float[][] got = gradients(shape);
        float[] delta = new float[shape.lseSize()];
        int[] sizes = Spans.sizes(mask, shape);
        Spans byQuery = Spans.ofQueries(mask, shape, true);
        StripBackward.queries(
                q,
                k,
                v,
                out,
                lse,
                dOut,
                dLse,
                delta,
                got[0],
                byQuery.starts(),
                byQuery.spans(),
                spec.scale(),
                heads,
                sizes[AttentionSizes.GROUP],
                queries,
                keys,
                dim,
                valueDim,
                sizes[AttentionSizes.MASK_BATCH],
                sizes[AttentionSizes.MASK_HEADS],
                block,
                AttentionSizes.tiles(block, block),
                AttentionSizes.tiles(queries, block),
                new Object[0],
                0,
                StripForward.items(AttentionForward.items(sizes), Lanes.length()));
        Spans byKey = Spans.ofKeys(mask, shape, true);
        int tiles = AttentionSizes.tiles(keys, block);
        StripBackward.keys(
                q,
                k,
                v,
                lse,
                dOut,
                delta,
                got[1],
                got[2],
                byKey.starts(),
                byKey.spans(),
                spec.scale(),
                heads,
                sizes[AttentionSizes.GROUP],
                queries,
                keys,
                dim,
                valueDim,
                sizes[AttentionSizes.MASK_BATCH],
                sizes[AttentionSizes.MASK_HEADS],
                block,
                AttentionSizes.tiles(block, block),
                tiles,
                new Object[0],
                0,
                StripForward.items(batch * keyHeads * tiles, Lanes.length()));
        for (int i = 0; i < expected.length; i++) {
            assertClose(got[i], expected[i]);
        }
    }

    /** dQ, dK and dV, full of what must be overwritten. */
    private static float[][] gradients(AttentionShape shape) {
        float[][] gradients = {new float[shape.querySize()], new float[shape.keySize()], new float[shape.valueSize()]};
        for (float[] gradient : gradients) {
            Arrays.fill(gradient, 7f);
        }
        return gradients;
    }

    /** The gradient of a query with one key is dP − δ = 0, and not a rounding. */
    @Test
    void aQueryWithOneKeyHasAGradientOfZero() {
        agreesWithFloat64(1, 2, 2, 9, 1, 24, 40, 128);
        AttentionShape shape = new AttentionShape(1, 1, 1, 1, 1, 3, 70);
        Random random = new Random(1);
        float[] v = normal(random, shape.valueSize());
        float[] dOut = normal(random, shape.outSize());
        float[] dq = new float[3];
        int[] spans = {0, 2 | 1};
        StripBackward.queries(
                normal(random, 3),
                new float[3],
                v,
                v,
                new float[] {0f},
                dOut,
                new float[0],
                new float[1],
                dq,
                new int[] {0, 1},
                spans,
                1f,
                1,
                1,
                1,
                1,
                3,
                70,
                1,
                1,
                128,
                2,
                1,
                new Object[0],
                0,
                1);
        assertThat(dq).containsOnly(0f);
    }

    private static void assertClose(float[] actual, float[] expected) {
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) actual[i])
                    .as("element %d", i)
                    .isCloseTo(expected[i], org.assertj.core.data.Offset.offset(5e-5));
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
