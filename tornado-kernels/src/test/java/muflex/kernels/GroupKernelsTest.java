package muflex.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import muflex.attention.AttentionShape;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Devices;
import muflex.engine.lowering.Spans;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The kernels for GPUs as plain Java, every work item a thread: a missing barrier or a race shows here. */
class GroupKernelsTest {
    private static final Object[] NO_CAPTURES = {};
    private static final float[] NONE = {};
    private static final long SEED = 7;

    @ParameterizedTest(name = "b {0}, heads {1}/{2}, queries {3}, keys {4}, dims {5}/{6}, dropout {7}, sinks {8}")
    @CsvSource({
        "1, 1, 1, 1, 1, 64, 64, 0, false",
        "1, 2, 1, 70, 130, 17, 33, 0, false",
        "2, 4, 2, 5, 3, 128, 64, 0, true",
        "1, 1, 1, 65, 64, 3, 70, 0.25, true"
    })
    void attentionAgreesWithFloat64(
            int batch,
            int heads,
            int keyHeads,
            int queries,
            int keys,
            int dim,
            int valueDim,
            float dropout,
            boolean sinks) {
        AttentionShape shape = new AttentionShape(batch, heads, keyHeads, queries, keys, dim, valueDim);
        Random random = new Random(queries);
        float[] q = normal(random, shape.querySize());
        float[] k = normal(random, shape.keySize());
        float[] v = normal(random, shape.valueSize());
        float[] dOut = normal(random, shape.outSize());
        float[] dLse = normal(random, shape.lseSize());
        AttentionSpec spec =
                AttentionSpec.of(shape).withDropout(dropout, SEED).withSinks(sinks ? normal(random, heads) : null);
        Results expected = new Results(shape);
        try (AttentionOp reference = Devices.byId("reference").compile(spec)) {
            reference.forward(q, k, v, expected.out, expected.lse);
            reference.backward(
                    q,
                    k,
                    v,
                    expected.out,
                    expected.lse,
                    dOut,
                    dLse,
                    expected.dq,
                    expected.dk,
                    expected.dv,
                    new float[0][]);
        }
        for (Attention kernels : List.of(WHOLE, SLICED)) {
            Results actual = new Results(shape);
            forward(kernels, spec, q, k, v, actual);
            backward(kernels, spec, q, k, v, dOut, dLse, actual);
            assertClose(actual.out, expected.out);
            assertClose(actual.lse, expected.lse);
            assertClose(actual.dq, expected.dq);
            assertClose(actual.dk, expected.dk);
            assertClose(actual.dv, expected.dv);
        }
    }

    /** The kernels of {@link GroupForward} and {@link GroupBackward}, or those that take their place. */
    private record Attention(Forward forward, Keys keys, Queries queries) {}

    private static final Attention WHOLE =
            new Attention(GroupForward::forward, GroupBackward::keys, GroupBackward::queries);

    private static final Attention SLICED =
            new Attention(GroupForwardSliced::forward, GroupBackwardSliced::keys, GroupBackwardSliced::queries);

    private interface Forward {
        void run(
                float[] q,
                float[] k,
                float[] v,
                float[] out,
                float[] lse,
                float[] sinks,
                int[] starts,
                int[] spans,
                int[] sizes,
                float scale,
                float dropout,
                long seed,
                Object[] captures);
    }

    private interface Keys {
        void run(
                float[] q,
                float[] k,
                float[] v,
                float[] dOut,
                float[] lse,
                float[] delta,
                float[] dk,
                float[] dv,
                int[] starts,
                int[] spans,
                int[] sizes,
                float scale,
                boolean modified,
                boolean learned,
                float dropout,
                long seed,
                Object[] captures,
                float[][][] gradients,
                int groups);
    }

    private interface Queries {
        void run(
                float[] q,
                float[] k,
                float[] v,
                float[] dOut,
                float[] lse,
                float[] delta,
                float[] dq,
                int[] starts,
                int[] spans,
                int[] sizes,
                float scale,
                boolean modified,
                float dropout,
                long seed,
                Object[] captures);
    }

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

    private static void forward(Attention kernels, AttentionSpec spec, float[] q, float[] k, float[] v, Results to) {
        AttentionShape shape = spec.shape();
        int[] sizes = Spans.sizes(null, shape);
        Spans spans = Spans.ofQueries(null, shape, true);
        WorkGroup.run(
                AttentionForward.items(sizes),
                GroupForward.ITEMS,
                () -> kernels.forward()
                        .run(
                                q,
                                k,
                                v,
                                to.out,
                                to.lse,
                                spec.sinks() == null ? NONE : spec.sinks(),
                                spans.starts(),
                                spans.spans(),
                                sizes,
                                spec.scale(),
                                spec.dropout(),
                                SEED,
                                NO_CAPTURES));
    }

    private static void backward(
            Attention kernels,
            AttentionSpec spec,
            float[] q,
            float[] k,
            float[] v,
            float[] dOut,
            float[] dLse,
            Results to) {
        AttentionShape shape = spec.shape();
        int[] sizes = Spans.sizes(null, shape);
        float[] delta = new float[shape.lseSize()];
        AttentionBackward.delta(to.out, dOut, dLse, delta, shape.valueDim(), 0, delta.length);
        Spans byKey = Spans.ofKeys(null, shape, true);
        int keyTiles = AttentionSizes.tiles(shape.kvLength(), AttentionSizes.TILE);
        int groups = Math.max(1, shape.batch() * shape.kvHeads() * keyTiles - 1);
        WorkGroup.run(
                groups,
                GroupBackward.ITEMS,
                () -> kernels.keys()
                        .run(
                                q,
                                k,
                                v,
                                dOut,
                                to.lse,
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
                                groups));
        Spans byQuery = Spans.ofQueries(null, shape, true);
        WorkGroup.run(
                AttentionForward.items(sizes),
                GroupBackward.ITEMS,
                () -> kernels.queries()
                        .run(
                                q,
                                k,
                                v,
                                dOut,
                                to.lse,
                                delta,
                                to.dq,
                                byQuery.starts(),
                                byQuery.spans(),
                                sizes,
                                spec.scale(),
                                false,
                                spec.dropout(),
                                SEED,
                                NO_CAPTURES));
    }

    @ParameterizedTest
    @CsvSource({"false, false", "true, false", "false, true"})
    void matrixProducts(boolean transposeA, boolean transposeB) {
        int rows = 70;
        int columns = 65;
        int depth = 35;
        Random random = new Random(1);
        float[] a = normal(random, rows * depth);
        float[] b = normal(random, depth * columns);
        float[] c = new float[rows * columns];
        WorkGroup.run(
                GroupMatMul.groups(rows, columns),
                GroupMatMul.ITEMS,
                () -> GroupMatMul.multiply(a, b, c, 0.5f, rows, columns, depth, transposeA, transposeB));
        float[] expected = new float[rows * columns];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                double sum = 0;
                for (int d = 0; d < depth; d++) {
                    double left = a[transposeA ? d * rows + i : i * depth + d];
                    sum += left * b[transposeB ? j * depth + d : d * columns + j];
                }
                expected[i * columns + j] = (float) (0.5 * sum);
            }
        }
        assertClose(c, expected);
    }

    @ParameterizedTest
    @CsvSource({"false, 300, 1", "true, 300, 3", "true, 7, 2"})
    void normsAgreeWithTheTileFamily(boolean centred, int columns, int block) {
        int rows = 5;
        int parts = (rows + block - 1) / block;
        Random random = new Random(columns);
        float[] x = normal(random, rows * columns);
        float[] gain = normal(random, columns);
        float[] bias = normal(random, columns);
        float[] dy = normal(random, rows * columns);
        float[][] expected = {
            new float[rows * columns], new float[rows], new float[rows], dy.clone(), new float[columns]
        };
        float[] sums = new float[rows * columns];
        if (centred) {
            NormKernels.layerNorm(x, gain, bias, expected[0], expected[1], expected[2], columns, 1e-5f, 0, rows);
            NormKernels.layerNormGradient(
                    x, gain, expected[1], expected[2], dy, expected[3], sums, rows, columns, rows, 0, 1);
        } else {
            NormKernels.rmsNorm(x, gain, expected[0], expected[2], columns, 1e-5f, 0, rows);
            NormKernels.rmsNormGradient(x, gain, expected[2], dy, expected[3], sums, rows, columns, rows, 0, 1);
        }
        ReduceKernels.totalRows(sums, expected[4], 1, columns, 0, columns);

        float[][] actual = {x.clone(), new float[rows], new float[rows], dy.clone(), new float[columns]};
        float[] partial = normal(random, parts * columns);
        WorkGroup.run(
                rows,
                GroupNorm.ITEMS,
                () -> GroupNorm.forward(
                        actual[0], gain, bias, actual[0], actual[1], actual[2], columns, 1e-5f, centred));
        WorkGroup.run(
                parts,
                GroupNorm.ITEMS,
                () -> GroupNorm.gradient(
                        x, gain, actual[1], actual[2], actual[3], actual[3], partial, rows, columns, block, centred));
        ReduceKernels.totalRows(partial, actual[4], parts, columns, 0, columns);

        for (int i = 0; i < expected.length; i++) {
            assertClose(actual[i], expected[i]);
        }
    }

    @Test
    void gradientOfAnEmbeddingIsTheTileFamilysToTheBit() {
        int vocab = 3;
        int dim = 130;
        int[] tokens = new Random(1).ints(200, 0, vocab).toArray();
        float[] upstream = normal(new Random(2), tokens.length * dim);
        float[] expected = new float[vocab * dim];
        TokenKernels.embeddingGradient(upstream, tokens, expected, vocab, dim, 0, dim);

        float[] actual = normal(new Random(3), vocab * dim);
        WorkGroup.run(
                GroupTokens.groups(vocab, dim),
                GroupTokens.ITEMS,
                () -> GroupTokens.embeddingGradient(upstream, tokens, actual, tokens.length, dim));

        assertThat(actual).isEqualTo(expected);
    }

    @Test
    void slicesFitTheLeastThatDriversGive() {
        int bytes = 48 << 10;
        assertThat(Float.BYTES * GroupForwardSliced.localFloats()).isLessThanOrEqualTo(bytes);
        assertThat(Float.BYTES * GroupBackwardSliced.localFloats()).isLessThanOrEqualTo(bytes);
        assertThat(Float.BYTES * GroupForwardHalf.localFloats(128, 128, 1, 0)).isLessThanOrEqualTo(bytes);
        assertThat(Float.BYTES * GroupBackwardHalfTurns.localFloats(128, 128)).isLessThanOrEqualTo(bytes);
    }

    @Test
    void localMemoryForTheUsualDimsFitsAnH100() {
        int bytes = 232448;
        assertThat(Float.BYTES * GroupForward.localFloats(256, 256)).isLessThanOrEqualTo(bytes);
        assertThat(Float.BYTES * GroupBackward.localFloats(256, 256)).isLessThanOrEqualTo(bytes);
    }

    private static void assertClose(float[] actual, float[] expected) {
        assertThat(actual).containsExactly(expected, Offset.offset(2e-5f));
    }

    private static float[] normal(Random random, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
