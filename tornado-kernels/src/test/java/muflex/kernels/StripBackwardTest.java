package muflex.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
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
        AttentionSpec plain = AttentionSpec.of(shape).withMask(mask);
        for (AttentionSpec spec : List.of(plain, plain.withSinks(normal(random, heads)), plain.withDropout(0.3f, 5))) {
            float[] out = new float[shape.outSize()];
            float[] lse = new float[shape.lseSize()];
            float[][] expected = gradients(shape);
            try (AttentionOp reference = Devices.byId("reference").compile(spec)) {
                reference.forward(q, k, v, out, lse);
                reference.backward(
                        q, k, v, out, lse, dOut, dLse, expected[0], expected[1], expected[2], new float[0][]);
            }
            for (int parts : new int[] {1, 3}) {
                float[][] got = backward(spec, mask, q, k, v, out, lse, dOut, dLse, parts);
                for (int i = 0; i < expected.length; i++) {
                    assertClose(got[i], expected[i]);
                }
            }
        }
    }

    /** dQ, dK and dV by the three kernels. */
    private static float[][] backward(
            AttentionSpec spec,
            BlockMask mask,
            float[] q,
            float[] k,
            float[] v,
            float[] out,
            float[] lse,
            float[] dOut,
            float[] dLse,
            int parts) {
        AttentionShape shape = spec.shape();
        int[] sizes = Spans.sizes(mask, shape);
        Spans byKey = Spans.ofKeys(mask, shape, true);
        int block = sizes[AttentionSizes.KEY_BLOCK];
        int dqHeads = shape.batch() * shape.queryHeads();
        float[] delta = new float[shape.lseSize()];
        StripBackward.delta(
                out,
                dOut,
                dLse,
                delta,
                shape.lseSize(),
                shape.valueDim(),
                0,
                Math.ceilDiv(shape.lseSize(), Lanes.length()));
        float[][] got = gradients(shape);
        float[] dqParts = new float
                [parts * (int) TileProducts.partSize(dqHeads, shape.queryLength(), shape.headDim(), RowTile.WIDTH)];
        Arrays.fill(dqParts, 7f);
        StripBackward.backward(
                q,
                k,
                v,
                dOut,
                lse,
                delta,
                dqParts,
                got[1],
                got[2],
                byKey.starts(),
                byKey.spans(),
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
                AttentionSizes.tiles(shape.kvLength(), block),
                spec.dropout(),
                spec.seed(),
                new Object[0],
                false,
                dqHeads,
                parts,
                0,
                shape.batch() * shape.kvHeads() * parts);
        TileProducts.sumParts(
                dqParts,
                parts,
                dqHeads,
                shape.queryLength(),
                shape.headDim(),
                spec.scale(),
                got[0],
                0,
                shape.lseSize());
        return got;
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
        AttentionShape shape = new AttentionShape(1, 1, 1, 1, 1, 3, 70);
        BlockMask mask = BlockMask.create((b, h, q, kv) -> true, 1, 1, 1, 1, 128, 128);
        Random random = new Random(1);
        float[] q = normal(random, 3);
        float[] v = normal(random, 70);
        float[] dOut = normal(random, 70);
        AttentionSpec spec = AttentionSpec.of(shape).withScale(1f).withMask(mask);
        float[][] got = backward(spec, mask, q, new float[3], v, v, new float[] {0f}, dOut, new float[0], 1);
        assertThat(got[0]).containsOnly(0f);
        assertThat(got[1]).containsOnly(0f);
        assertThat(got[2]).containsExactly(dOut);
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
