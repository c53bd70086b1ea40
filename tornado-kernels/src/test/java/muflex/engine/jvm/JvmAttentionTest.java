package muflex.engine.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMod;
import muflex.attention.MaskMods;
import muflex.attention.ScoreMod;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Devices;
import muflex.engine.reference.ReferenceAttention;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The kernels against the float64 oracle where tiles, panels and vectors end; the semantics are the conformance suite's. */
class JvmAttentionTest {

    record Case(String device, AttentionSpec spec) {
        @Override
        public String toString() {
            return device + " " + spec.shape() + (spec.mask() == null ? "" : " masked")
                    + (spec.sinks() == null ? "" : " sinks") + (spec.dropout() > 0 ? " dropout" : "");
        }
    }

    private static AttentionSpec spec(int... sizes) {
        return AttentionSpec.of(
                new AttentionShape(sizes[0], sizes[1], sizes[2], sizes[3], sizes[4], sizes[5], sizes[6]));
    }

    private static AttentionSpec masked(AttentionSpec spec, MaskMod mask, int queryBlock, int kvBlock) {
        AttentionShape shape = spec.shape();
        return spec.withMask(BlockMask.create(mask, 1, 1, shape.queryLength(), shape.kvLength(), queryBlock, kvBlock));
    }

    static Stream<Case> cases() {
        float[] bias = new Arrays(spec(1, 1, 1, 203, 1, 1, 1).shape()).q;
        float[] sinks = {0.5f, -1, 2, 0};
        ScoreMod relative = (s, b, h, q, kv) -> s + bias[q - kv];
        AttentionSpec grouped = spec(2, 4, 2, 130, 203, 24, 40);
        List<AttentionSpec> specs = List.of(
                spec(1, 1, 1, 1, 1, 1, 1),
                spec(1, 2, 1, 3, 65, 17, 33),
                spec(1, 2, 2, 65, 3, 64, 7),
                spec(1, 3, 3, 67, 129, 70, 121),
                grouped,
                masked(grouped, MaskMods.causal(), 128, 128),
                masked(grouped, MaskMods.causal(), 32, 48),
                masked(grouped, MaskMods.slidingWindow(37), 96, 16),
                masked(grouped, (b, h, q, kv) -> q % 7 != 3 && kv % 3 == 1, 64, 64),
                masked(grouped, (b, h, q, kv) -> false, 64, 64),
                masked(grouped, MaskMods.causal(), 64, 64).withSinks(sinks),
                grouped.withDropout(0.3f, 99),
                grouped.withScoreMod((s, b, h, q, kv) -> 5 * (float) Math.tanh(s / 5) + 0.1f * (kv - q)),
                masked(grouped, MaskMods.causal(), 128, 128).withScoreMod(relative),
                masked(grouped, MaskMods.causal(), 64, 64)
                        .withScoreMod(relative)
                        .withLearnable(List.of(bias)),
                grouped.withScoreMod((s, b, h, q, kv) -> s * bias[h] + bias[kv % 5])
                        .withLearnable(List.of(bias, sinks))
                        .withSinks(sinks));
        return Stream.of("loops", "cpu").flatMap(device -> specs.stream().map(spec -> new Case(device, spec)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void agreesWithTheOracle(Case c) {
        AttentionShape shape = c.spec.shape();
        Arrays in = new Arrays(shape);
        Arrays expected = in.run(c.spec, new ReferenceAttention(c.spec), null);
        Arrays actual = in.run(c.spec, Devices.byId(c.device).compile(c.spec), expected);
        check("out", expected.out, actual.out);
        check("lse", expected.lse, actual.lse);
        check("dq", expected.dq, actual.dq);
        check("dk", expected.dk, actual.dk);
        check("dv", expected.dv, actual.dv);
        for (int i = 0; i < expected.learned.length; i++) {
            check("learned " + i, expected.learned[i], actual.learned[i], 3e-5f); // sums of 10⁴ terms
        }
    }

    private static void check(String name, float[] expected, float[] actual) {
        check(name, expected, actual, 3e-6f);
    }

    private static void check(String name, float[] expected, float[] actual, float budget) {
        for (int i = 0; i < expected.length; i++) {
            float error = Math.abs(expected[i] - actual[i]);
            assertThat(expected[i] == actual[i] || error <= budget + 1e-5f * Math.abs(expected[i]))
                    .as("%s[%d]: expected %s, got %s", name, i, expected[i], actual[i])
                    .isTrue();
        }
    }

    /** Inputs, and outputs that start as NaN. */
    private static final class Arrays {
        private final Random random = new Random(3);
        private final float[] q;
        private final float[] k;
        private final float[] v;
        private final float[] dOut;
        private final float[] dLse;
        private final float[] out;
        private final float[] lse;
        private final float[] dq;
        private final float[] dk;
        private final float[] dv;
        private float[][] learned = {};

        Arrays(AttentionShape shape) {
            q = random(shape.querySize());
            k = random(shape.keySize());
            v = random(shape.valueSize());
            dOut = random(shape.outSize());
            dLse = random(shape.lseSize());
            out = nan(shape.outSize());
            lse = nan(shape.lseSize());
            dq = nan(q.length);
            dk = nan(k.length);
            dv = nan(v.length);
        }

        /** Both passes on these inputs; the backward on the outputs that were expected. */
        Arrays run(AttentionSpec spec, AttentionOp op, Arrays expected) {
            Arrays result = new Arrays(q.length, this);
            op.forward(q, k, v, result.out, result.lse);
            result.learned =
                    spec.learnable().stream().map(array -> nan(array.length)).toArray(float[][]::new);
            Arrays from = expected == null ? result : expected;
            op.backward(q, k, v, from.out, from.lse, dOut, dLse, result.dq, result.dk, result.dv, result.learned);
            return result;
        }

        private Arrays(int size, Arrays like) {
            q = new float[size];
            k = like.k;
            v = like.v;
            dOut = like.dOut;
            dLse = like.dLse;
            out = nan(like.out.length);
            lse = nan(like.lse.length);
            dq = nan(like.dq.length);
            dk = nan(like.dk.length);
            dv = nan(like.dv.length);
        }

        private float[] random(int n) {
            float[] r = new float[n];
            for (int i = 0; i < n; i++) {
                r[i] = (float) random.nextGaussian();
            }
            return r;
        }

        private static float[] nan(int n) {
            float[] r = new float[n];
            java.util.Arrays.fill(r, Float.NaN);
            return r;
        }
    }
}
