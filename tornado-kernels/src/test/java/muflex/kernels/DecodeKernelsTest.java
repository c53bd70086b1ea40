package muflex.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Devices;
import muflex.engine.lowering.Spans;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The kernels for few queries and many keys as plain Java, every work item a thread, exchanges of a warp by {@link Mma}'s emulation. */
class DecodeKernelsTest {
    private static final Object[] NO_CAPTURES = {};
    private static final long SEED = 7;

    /** Parts and their lses for the call's arguments. */
    private interface Kernel {
        void run(Case of, float[] parts, float[] lses);
    }

    /** Inputs, and how the keys are dealt. */
    private record Case(AttentionSpec spec, float[] q, float[] k, float[] v, int splits, int chunk) {
        AttentionShape shape() {
            return spec.shape();
        }

        int queries() {
            return shape().groupSize() * shape().queryLength();
        }

        int groups() {
            return shape().batch() * shape().kvHeads() * splits;
        }

        float[] sinks() {
            return spec.sinks() == null ? new float[0] : spec.sinks();
        }

        int[] sizes() {
            return Spans.sizes(spec.mask(), shape());
        }

        Spans spans() {
            return Spans.ofQueries(spec.mask(), shape(), true);
        }
    }

    @ParameterizedTest(
            name =
                    "b {0}, heads {1}/{2}, queries {3}, keys {4}, dims {5}/{6}, {7} splits of {8}, dropout {9}, sinks {10}")
    @CsvSource({
        "1, 1, 1, 1, 300, 64, 64, 3, 128, 0, true",
        "2, 4, 2, 3, 130, 17, 33, 2, 128, 0, false",
        "1, 8, 1, 3, 200, 20, 70, 4, 64, 0.25, true",
        "2, 2, 1, 1, 64, 8, 8, 3, 64, 0, false",
        "1, 12, 1, 1, 141, 128, 128, 1, 192, 0, true"
    })
    void agreeWithFloat64(
            int batch,
            int heads,
            int keyHeads,
            int queries,
            int keys,
            int dim,
            int valueDim,
            int splits,
            int chunk,
            float dropout,
            boolean sinks) {
        AttentionShape shape = new AttentionShape(batch, heads, keyHeads, queries, keys, dim, valueDim);
        Random random = new Random(keys);
        BlockMask mask = sinks ? BlockMask.create((b, h, i, kv) -> kv / 64 != 1, 1, 1, queries, keys, 128, 64) : null;
        AttentionSpec spec = AttentionSpec.of(shape)
                .withMask(mask)
                .withDropout(dropout, SEED)
                .withSinks(sinks ? normal(random, heads) : null);
        float[] q = normal(random, shape.querySize());
        float[] k = normal(random, shape.keySize());
        float[] v = normal(random, shape.valueSize());
        Case of = new Case(spec, q, k, v, splits, chunk);

        check(of, DecodeKernelsTest::groups, 2e-5f, 2e-5f);
        check(of, DecodeKernelsTest::warps, 2e-5f, 2e-5f);
        check(of, (c, parts, lses) -> fragments(c, false, parts, lses), 2e-3f, 1e-5f);
        check(of, (c, parts, lses) -> fragments(c, true, parts, lses), 2e-2f, 1e-5f);
    }

    private static void check(Case of, Kernel kernel, float offset, float lseOffset) {
        AttentionShape shape = of.shape();
        float[] expected = new float[shape.outSize()];
        float[] expectedLse = new float[shape.lseSize()];
        try (AttentionOp reference = Devices.byId("reference").compile(of.spec)) {
            reference.forward(of.q, of.k, of.v, expected, expectedLse);
        }

        float[] parts = new float[shape.outSize() * of.splits];
        float[] lses = new float[shape.lseSize() * of.splits];
        kernel.run(of, parts, lses);
        float[] out = new float[shape.outSize()];
        float[] lse = new float[shape.lseSize()];
        GroupDecode.combine(parts, lses, out, lse, of.splits, shape.valueDim(), 0, shape.outSize());

        assertThat(out).containsExactly(expected, Offset.offset(offset));
        assertThat(lse).containsExactly(expectedLse, Offset.offset(lseOffset));
    }

    private static void groups(Case of, float[] parts, float[] lses) {
        Spans spans = of.spans();
        int[] sizes = of.sizes();
        WorkGroup.run(
                of.groups(),
                GroupDecode.ITEMS,
                () -> GroupDecode.forward(
                        of.q,
                        of.k,
                        of.v,
                        parts,
                        lses,
                        of.sinks(),
                        spans.starts(),
                        spans.spans(),
                        sizes,
                        of.spec.scale(),
                        of.spec.dropout(),
                        SEED,
                        NO_CAPTURES,
                        of.splits,
                        of.chunk,
                        GroupDecode.rows(of.queries())));
    }

    private static void warps(Case of, float[] parts, float[] lses) {
        Spans spans = of.spans();
        int[] sizes = of.sizes();
        WorkGroup.run(
                of.groups(),
                WarpDecode.ITEMS,
                () -> WarpDecode.forward(
                        of.q,
                        of.k,
                        of.v,
                        parts,
                        lses,
                        of.sinks(),
                        spans.starts(),
                        spans.spans(),
                        sizes,
                        of.spec.scale(),
                        of.spec.dropout(),
                        SEED,
                        NO_CAPTURES,
                        of.splits,
                        of.chunk,
                        WarpDecode.high(of.queries())));
    }

    private static void fragments(Case of, boolean bfloat, float[] parts, float[] lses) {
        Spans spans = of.spans();
        int[] sizes = of.sizes();
        float[] k = packed(of.k, of.shape().headDim(), bfloat);
        float[] v = packed(of.v, of.shape().valueDim(), bfloat);
        WorkGroup.run(
                of.groups(),
                WarpDecodeHalf.ITEMS,
                () -> WarpDecodeHalf.forward(
                        of.q,
                        k,
                        v,
                        parts,
                        lses,
                        of.sinks(),
                        spans.starts(),
                        spans.spans(),
                        sizes,
                        of.spec.scale(),
                        of.spec.dropout(),
                        SEED,
                        NO_CAPTURES,
                        of.splits,
                        of.chunk,
                        WarpDecodeHalf.high(of.queries()),
                        bfloat));
    }

    private static float[] packed(float[] x, int dim, boolean bfloat) {
        int rows = x.length / dim;
        float[] to = new float[rows * GroupForwardHalf.pairs(dim)];
        int items = GroupForwardHalf.packItems(to.length);
        GroupForwardHalf.pack(x, x, to, new float[0], rows, dim, 0, bfloat, 0, items);
        return to;
    }

    /** Numbers that both kinds of 16 bits hold exactly: what is left is the rounding of weights. */
    private static float[] normal(Random random, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = Float.intBitsToFloat(Float.floatToRawIntBits((float) random.nextGaussian()) & 0xFFFF_0000);
        }
        return values;
    }

    @Test
    void warpsAreSharedAsQueriesWant() {
        assertThat(WarpDecode.high(1)).isEqualTo(1);
        assertThat(WarpDecode.high(9)).isEqualTo(2);
        assertThat(WarpDecode.high(24)).isEqualTo(4);
        assertThat(WarpDecodeHalf.high(16)).isEqualTo(1);
        assertThat(WarpDecodeHalf.high(32)).isEqualTo(2);
    }
}
