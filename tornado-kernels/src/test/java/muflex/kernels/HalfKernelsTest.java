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
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The kernels for tensor cores as plain Java, every work item a thread, fragments by {@link Mma}'s emulation. */
class HalfKernelsTest {
    private static final Object[] NO_CAPTURES = {};
    private static final long SEED = 7;

    private AttentionShape shape = AttentionShape.of(1, 1, 1, 1);
    private AttentionSpec spec = AttentionSpec.of(shape);
    private boolean bfloat;
    private float[] q = {};
    private float[] k = {};
    private float[] v = {};
    private float[] dOut = {};
    private float[] dLse = {};

    /** Inputs that 16 bits hold exactly: what is left is the rounding of weights and of the scores' gradients. */
    private void given(AttentionShape newShape, boolean ofBfloats, float dropout, boolean sinks, boolean masked) {
        shape = newShape;
        bfloat = ofBfloats;
        Random random = new Random(shape.queryLength());
        q = normal(random, shape.querySize());
        k = normal(random, shape.keySize());
        v = normal(random, shape.valueSize());
        dOut = normal(random, shape.outSize());
        dLse = normal(random, shape.lseSize());
        spec = AttentionSpec.of(shape)
                .withDropout(dropout, SEED)
                .withMask(masked ? chequered() : null)
                .withSinks(sinks ? normal(random, shape.queryHeads()) : null);
    }

    /** Full and empty blocks only: as plain Java the kernels ask no mask. */
    private BlockMask chequered() {
        return BlockMask.create(
                (b, h, q, kv) -> (q / 128 + kv / 64) % 2 == 0, 1, 1, shape.queryLength(), shape.kvLength(), 128, 64);
    }

    @ParameterizedTest(name = "{0}, {1} fragments, b {2}, heads {3}/{4}, queries {5}, keys {6}, dims {7}/{8}")
    @CsvSource({
        "false, 1, 1, 1, 1, 3, 5, 16, 16, 0, true",
        "false, 1, 1, 2, 1, 70, 130, 17, 33, 0, false",
        "true, 2, 1, 1, 1, 150, 200, 40, 8, 0, true",
        "false, 2, 1, 1, 1, 70, 400, 128, 80, 0, true",
        "false, 2, 2, 2, 1, 70, 200, 64, 8, 0.25, false",
        // Queries from 128 on attend to nothing but the sink.
        "false, 1, 1, 1, 1, 150, 60, 24, 16, 0, true"
    })
    void forwardAgreesWithFloat64(
            boolean ofBfloats,
            int fragments,
            int batch,
            int heads,
            int keyHeads,
            int queries,
            int keys,
            int dim,
            int valueDim,
            float dropout,
            boolean sinks) {
        given(
                new AttentionShape(batch, heads, keyHeads, queries, keys, dim, valueDim),
                ofBfloats,
                dropout,
                sinks,
                sinks);
        Results expected = expected();

        float unit = bfloat ? 8 : 1;
        for (int buffers = 0; buffers <= 2; buffers++) {
            Results actual = new Results(shape);
            forward(fragments, buffers, actual);
            assertThat(actual.out).containsExactly(expected.out, Offset.offset(2e-3f * unit));
            assertThat(actual.lse).containsExactly(expected.lse, Offset.offset(1e-5f));
        }
        Results wide = new Results(shape);
        wideForward(fragments, wide);
        assertThat(wide.out).containsExactly(expected.out, Offset.offset(2e-3f * unit));
        assertThat(wide.lse).containsExactly(expected.lse, Offset.offset(1e-5f));
        Results pair = new Results(shape);
        pairForward(pair);
        assertThat(pair.out).containsExactly(expected.out, Offset.offset(2e-3f * unit));
        assertThat(pair.lse).containsExactly(expected.lse, Offset.offset(1e-5f));
    }

    @ParameterizedTest(name = "{0}, b {1}, heads {2}/{3}, queries {4}, keys {5}, dims {6}/{7}")
    @CsvSource({
        "false, 1, 1, 1, 3, 5, 16, 16, 0, false",
        "false, 1, 2, 1, 70, 130, 17, 33, 0, true",
        "true, 2, 1, 1, 100, 65, 24, 8, 0.25, false",
        "false, 1, 1, 1, 70, 130, 128, 80, 0, false",
        "true, 1, 2, 1, 66, 70, 40, 100, 0, true",
        // Queries from 128 on attend to nothing.
        "false, 1, 1, 1, 150, 60, 24, 16, 0, true"
    })
    void backwardAgreesWithFloat64(
            boolean ofBfloats,
            int batch,
            int heads,
            int keyHeads,
            int queries,
            int keys,
            int dim,
            int valueDim,
            float dropout,
            boolean masked) {
        given(
                new AttentionShape(batch, heads, keyHeads, queries, keys, dim, valueDim),
                ofBfloats,
                dropout,
                false,
                masked);
        Results expected = expected();

        for (HalfBackward kernels : List.of(WHOLE, IN_TURNS)) {
            Results actual = new Results(shape);
            backward(kernels, expected, actual);
            assertGradients(actual, expected);
        }
        Results wide = new Results(shape);
        wideBackward(expected, wide);
        assertGradients(wide, expected);
    }

    private void assertGradients(Results actual, Results expected) {
        float unit = bfloat ? 8 : 1;
        assertThat(actual.dq).containsExactly(expected.dq, Offset.offset(4e-3f * unit));
        assertThat(actual.dk).containsExactly(expected.dk, Offset.offset(4e-3f * unit));
        assertThat(actual.dv).containsExactly(expected.dv, Offset.offset(4e-3f * unit));
    }

    private static final HalfBackward WHOLE = new HalfBackward(GroupBackwardHalf::keys, GroupBackwardHalf::queries);

    private static final HalfBackward IN_TURNS =
            new HalfBackward(GroupBackwardHalfTurns::keys, GroupBackwardHalfTurns::queries);

    private record Results(float[] out, float[] lse, float[] dq, float[] dk, float[] dv) {
        Results(AttentionShape shape) {
            this(
                    new float[shape.outSize()],
                    new float[shape.lseSize()],
                    new float[shape.querySize()],
                    new float[shape.keySize()],
                    new float[shape.valueSize()]);
        }
    }

    private Results expected() {
        Results to = new Results(shape);
        try (AttentionOp reference = Devices.byId("reference").compile(spec)) {
            reference.forward(q, k, v, to.out, to.lse);
            reference.backward(q, k, v, to.out, to.lse, dOut, dLse, to.dq, to.dk, to.dv, new float[0][]);
        }
        return to;
    }

    private void forward(int fragments, int buffers, Results to) {
        int[] sizes = Spans.sizes(spec.mask(), shape);
        Spans spans = Spans.ofQueries(spec.mask(), shape, true, fragments * AttentionSizes.TILE);
        float[][] pairs = packed(k, v);
        WorkGroup.run(
                GroupForwardHalf.groups(sizes, fragments),
                GroupForwardHalf.ITEMS,
                () -> GroupForwardHalf.forward(
                        q,
                        pairs[0],
                        pairs[1],
                        to.out,
                        to.lse,
                        spec.sinks() == null ? new float[0] : spec.sinks(),
                        spans.starts(),
                        spans.spans(),
                        sizes,
                        spec.scale(),
                        spec.dropout(),
                        SEED,
                        NO_CAPTURES,
                        fragments,
                        buffers,
                        bfloat,
                        bfloat));
    }

    private void wideForward(int tiles, Results to) {
        int[] sizes = Spans.sizes(spec.mask(), shape);
        Spans spans = Spans.ofQueries(spec.mask(), shape, true, tiles * AttentionSizes.TILE);
        float[][] pairs = packed(k, v);
        WorkGroup.run(
                GroupForwardHalf.groups(sizes, tiles),
                GroupForwardWide.items(tiles),
                () -> GroupForwardWide.forward(
                        q,
                        pairs[0],
                        pairs[1],
                        to.out,
                        to.lse,
                        spec.sinks() == null ? new float[0] : spec.sinks(),
                        GroupForwardWide.places(sizes, tiles),
                        spans.starts(),
                        spans.spans(),
                        sizes,
                        spec.scale(),
                        spec.dropout(),
                        SEED,
                        NO_CAPTURES,
                        tiles,
                        bfloat,
                        bfloat));
    }

    private void pairForward(Results to) {
        int[] sizes = Spans.sizes(spec.mask(), shape);
        Spans spans = Spans.ofQueries(spec.mask(), shape, true, AttentionSizes.TILE);
        float[][] pairs = packed(k, v);
        WorkGroup.run(
                GroupForwardHalf.groups(sizes, 1),
                GroupForwardPair.ITEMS,
                () -> GroupForwardPair.forward(
                        q,
                        pairs[0],
                        pairs[1],
                        to.out,
                        to.lse,
                        spec.sinks() == null ? new float[0] : spec.sinks(),
                        GroupForwardWide.places(sizes, 1),
                        spans.starts(),
                        spans.spans(),
                        sizes,
                        spec.scale(),
                        spec.dropout(),
                        SEED,
                        NO_CAPTURES,
                        bfloat,
                        bfloat));
    }

    private void backward(HalfBackward kernels, Results of, Results to) {
        int[] sizes = Spans.sizes(spec.mask(), shape);
        float[] delta = new float[shape.lseSize()];
        float[] shift = new float[shape.lseSize()];
        delta(of, delta, shift);
        Spans byKey = Spans.ofKeys(spec.mask(), shape, true);
        Spans byQuery = Spans.ofQueries(spec.mask(), shape, true);
        float[][] ofKeys = packed(k, v);
        float[][] ofQueries = packed(q, dOut);
        int groups = Math.max(1, GroupPlace.units(sizes) - 1);
        WorkGroup.run(
                groups,
                GroupBackwardHalf.ITEMS,
                () -> kernels.keys()
                        .run(
                                ofQueries[0],
                                ofKeys[0],
                                ofKeys[1],
                                ofQueries[1],
                                shift,
                                delta,
                                to.dk,
                                to.dv,
                                byKey.starts(),
                                byKey.spans(),
                                sizes,
                                spec.scale(),
                                false,
                                false,
                                spec.dropout(),
                                SEED,
                                NO_CAPTURES,
                                new float[groups][][],
                                groups,
                                bfloat));
        WorkGroup.run(
                GroupForward.groups(sizes),
                GroupBackwardHalf.ITEMS,
                () -> kernels.queries()
                        .run(
                                ofQueries[0],
                                ofKeys[0],
                                ofKeys[1],
                                ofQueries[1],
                                shift,
                                delta,
                                to.dq,
                                byQuery.starts(),
                                byQuery.spans(),
                                sizes,
                                spec.scale(),
                                false,
                                spec.dropout(),
                                SEED,
                                NO_CAPTURES,
                                bfloat));
    }

    private void delta(Results of, float[] delta, float[] shift) {
        WorkGroup.run(
                WarpDelta.groups(delta.length),
                WarpDelta.ITEMS,
                () -> WarpDelta.delta(of.out, dOut, dLse, of.lse, delta, shift, delta.length, shape.valueDim()));
    }

    private void wideBackward(Results of, Results to) {
        int[] sizes = Spans.sizes(spec.mask(), shape);
        float[] delta = new float[shape.lseSize()];
        float[] shift = new float[shape.lseSize()];
        delta(of, delta, shift);
        Spans byKey = Spans.ofKeys(spec.mask(), shape, true);
        Spans byQuery = Spans.ofQueries(spec.mask(), shape, true);
        float[][] ofKeys = packed(k, v);
        float[][] ofQueries = packed(q, dOut);
        WorkGroup.run(
                GroupPlace.units(sizes),
                GroupBackwardWide.ITEMS,
                () -> GroupBackwardWide.keys(
                        ofQueries[0],
                        ofKeys[0],
                        ofKeys[1],
                        ofQueries[1],
                        shift,
                        delta,
                        to.dk,
                        to.dv,
                        byKey.starts(),
                        byKey.spans(),
                        sizes,
                        spec.scale(),
                        false,
                        spec.dropout(),
                        SEED,
                        NO_CAPTURES,
                        bfloat,
                        bfloat));
        WorkGroup.run(
                GroupForward.groups(sizes),
                GroupBackwardWide.ITEMS,
                () -> GroupBackwardWide.queries(
                        ofQueries[0],
                        ofKeys[0],
                        ofKeys[1],
                        ofQueries[1],
                        shift,
                        delta,
                        to.dq,
                        byQuery.starts(),
                        byQuery.spans(),
                        sizes,
                        spec.scale(),
                        false,
                        spec.dropout(),
                        SEED,
                        NO_CAPTURES,
                        bfloat,
                        bfloat));
    }

    /** Pairs of a matrix with rows of the head dim and of one with rows of the value dim. */
    private float[][] packed(float[] x, float[] y) {
        int rows = x.length / shape.headDim();
        float[] toX = new float[rows * GroupForwardHalf.pairs(shape.headDim())];
        float[] toY = new float[rows * GroupForwardHalf.pairs(shape.valueDim())];
        int items = GroupForwardHalf.packItems(toX.length + toY.length);
        GroupForwardHalf.pack(x, y, toX, toY, rows, shape.headDim(), shape.valueDim(), bfloat, 0, items);
        return new float[][] {toX, toY};
    }

    private float[] normal(Random random, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            int bits = Float.floatToRawIntBits((float) random.nextGaussian());
            values[i] = Float.intBitsToFloat(bits & (bfloat ? 0xFFFF_0000 : 0xFFFF_E000));
        }
        return values;
    }

    @ParameterizedTest(name = "bfloat {0}, {1} fragments, [{2}, {4}] x [{4}, {3}], transposed {5}, {6}")
    @CsvSource({
        "false, 1, 3, 5, 7, false, false",
        "true, 1, 40, 130, 66, true, false",
        "false, 2, 65, 129, 200, false, true",
        "true, 4, 130, 20, 130, false, false"
    })
    void productsOfMatricesAgreeWithFloat64(
            boolean ofBfloats,
            int fragments,
            int rows,
            int columns,
            int depth,
            boolean transposeA,
            boolean transposeB) {
        bfloat = ofBfloats;
        Random random = new Random(rows);
        float[] a = normal(random, rows * depth);
        float[] b = normal(random, depth * columns);
        double[] expected = new double[rows * columns];
        for (int i = 0; i < rows * columns * depth; i++) {
            int row = i / depth / columns;
            int column = i / depth % columns;
            int d = i % depth;
            double left = a[transposeA ? d * rows + row : row * depth + d];
            expected[row * columns + column] += 0.5 * left * b[transposeB ? column * depth + d : d * columns + column];
        }

        float[] packedA = packed(a, rows, depth, transposeA);
        float[] packedB = packed(b, columns, depth, !transposeB);
        for (GroupMatMulHalf.Travel travel : List.of(GroupMatMulHalf.WHOLE, GroupMatMulHalf.HALVED)) {
            float[] c = normal(random, rows * columns);
            WorkGroup.run(
                    GroupMatMulHalf.groups(rows, columns, fragments),
                    GroupMatMulHalf.ITEMS,
                    () -> GroupMatMulHalf.multiply(
                            packedA,
                            packedB,
                            c,
                            0.5f,
                            rows,
                            columns,
                            depth,
                            fragments,
                            travel.step(),
                            travel.stages(),
                            bfloat));

            for (int i = 0; i < c.length; i++) {
                assertThat((double) c[i]).isCloseTo(expected[i], Offset.offset(3e-5));
            }
        }
    }

    private float[] packed(float[] m, int rows, int depth, boolean transposed) {
        float[] to = normal(new Random(1), rows * GroupMatMulHalf.pairs(depth));
        WorkGroup.run(
                GroupMatMulHalf.packGroups(rows, depth),
                GroupMatMulHalf.ITEMS,
                () -> GroupMatMulHalf.pack(m, to, rows, depth, transposed, bfloat));
        return to;
    }

    @Test
    void localMemoryForTheUsualDimsFitsAnH100() {
        int bytes = 232448;
        assertThat(Float.BYTES * GroupForwardHalf.localFloats(256, 256, 1, 2)).isLessThanOrEqualTo(bytes);
        assertThat(Float.BYTES * GroupForwardWide.localFloats(128, 128)).isLessThanOrEqualTo(bytes);
        assertThat(Float.BYTES * GroupBackwardHalf.localFloats(256, 256)).isLessThanOrEqualTo(bytes);
        assertThat(2 * Float.BYTES * GroupBackwardWide.localFloats(128, 128)).isLessThanOrEqualTo(bytes);
        assertThat(2 * Float.BYTES * GroupMatMulHalf.WHOLE.localFloats(4)).isLessThanOrEqualTo(bytes);
        assertThat(Float.BYTES * GroupMatMulHalf.HALVED.localFloats(4)).isLessThanOrEqualTo(48 * 1024);
    }
}
