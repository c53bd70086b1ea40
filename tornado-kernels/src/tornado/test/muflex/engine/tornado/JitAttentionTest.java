package muflex.engine.tornado;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.ScoreMods;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;
import muflex.engine.Devices;
import muflex.engine.offload.Switches;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Attention whose kernels TornadoVM compiles itself, on the first device of a real one; skipped where there is none. */
class JitAttentionTest {
    /** Rests of queries and keys, grouped heads, dims that are no whole panels. */
    private static final AttentionShape SHAPE = new AttentionShape(2, 4, 2, 77, 75, 24, 40);

    private Device device;

    @BeforeEach
    void open() {
        System.setProperty(Switches.TORNADO_ROUTE, "jit");
        TornadoEngine engine = new TornadoEngine();
        assumeTrue(!engine.devices().isEmpty(), () -> String.valueOf(engine.problem()));
        device = TornadoDevice.of(TornadoVm.devices().getFirst());
    }

    @AfterEach
    void close() {
        System.clearProperty(Switches.TORNADO_ROUTE);
    }

    enum Kind {
        PLAIN,
        BIAS_AND_MASK,
        TANH,
        SOFTCAP_AND_MASK,
        CAPTURED_SLOPES,
        INT_FUNCTIONS,
        DOUBLES,
        SINKS,
        DROPOUT,
        ALL;

        AttentionSpec spec() {
            AttentionSpec spec = AttentionSpec.of(SHAPE);
            // Queries 0 to 2 have no key.
            BlockMask late = BlockMask.create((b, h, q, kv) -> q >= kv + 3, 1, 1, 77, 75, 32, 32);
            float[] slopes = {0.5f, 0.25f, 0.125f, 0.0625f};
            float factor = 1.5f;
            float[] sinks = {0.5f, Float.NEGATIVE_INFINITY, -1f, 3f};
            int[] documents = new int[77];
            Arrays.setAll(documents, i -> i / 20);
            BlockMask within = BlockMask.create((b, h, q, kv) -> documents[q] == documents[kv], 1, 1, 77, 75, 32, 32);
            return switch (this) {
                case PLAIN -> spec;
                case BIAS_AND_MASK ->
                    spec.withScoreMod((s, b, h, q, kv) -> s + 0.1f * (h + 1) * (kv - q))
                            .withMask(late);
                case TANH -> spec.withScoreMod((s, b, h, q, kv) -> 2 * (float) Math.tanh(s));
                case SOFTCAP_AND_MASK ->
                    spec.withScoreMod(ScoreMods.softcap(1.5f)).withMask(late);
                case CAPTURED_SLOPES ->
                    spec.withScoreMod((s, b, h, q, kv) -> s * slopes[h] + (q - kv) * slopes[h] * factor)
                            .withMask(within);
                // A power and a logarithm stay in double, tanh does not.
                case DOUBLES ->
                    spec.withScoreMod((s, b, h, q, kv) -> (float) Math.tanh(s)
                                    * (float) Math.pow(2, -8f * (h + 1) / 4)
                                    * (float) Math.log(2 + q))
                            .withMask(late);
                case INT_FUNCTIONS ->
                    spec.withScoreMod((s, b, h, q, kv) -> s + ((kv - q) >>> 30) - 0.1f * Math.abs(q - kv));
                case SINKS -> spec.withSinks(sinks).withMask(late);
                case DROPOUT -> spec.withDropout(0.3f, 0x123456789abcdefL);
                case ALL ->
                    spec.withScoreMod((s, b, h, q, kv) -> (float) Math.exp(0.1f * s) * slopes[h])
                            .withMask(within)
                            .withSinks(sinks)
                            .withDropout(0.3f, -7);
            };
        }
    }

    @ParameterizedTest
    @EnumSource
    void agreesWithLoops(Kind kind) {
        AttentionSpec spec = kind.spec();
        try (LogLines log = new LogLines()) {
            for (boolean withLse : new boolean[] {false, true}) {
                requireAgreement(spec, withLse);
            }
            assertThat(log.all()).isEmpty();
        }
    }

    /** The gradients of sinks come from δ and lse. */
    @Test
    void sinksLearn() {
        AttentionSpec spec = Kind.SINKS.spec();
        float[] sinks = spec.sinks();
        assertThat(sinks).isNotNull();
        try (LogLines log = new LogLines()) {
            requireAgreement(spec.withLearnable(List.of(sinks)), false);
            assertThat(log.all()).isEmpty();
        }
    }

    /** Sums of their gradients are each item's own, which tasks of TornadoVM have no parameter for. */
    @Test
    void capturedArraysThatLearnComeFromTheTranslator() {
        float[] slopes = {0.5f, 0.25f, 0.125f, 0.0625f};
        AttentionSpec spec = AttentionSpec.of(SHAPE)
                .withScoreMod((s, b, h, q, kv) -> s * slopes[h])
                .withLearnable(List.of(slopes));
        try (LogLines log = new LogLines()) {
            requireAgreement(spec, false);
            assertThat(log.all()).singleElement().asString().contains("AttentionBackward_backward");
        }
    }

    private void requireAgreement(AttentionSpec spec, boolean withLse) {
        float[][] expected = run(Devices.byId("loops"), spec, withLse);
        float[][] got = run(device, spec, withLse);
        for (int i = 0; i < expected.length; i++) {
            assertThat(Agreement.error(got[i], expected[i])).as("array %d", i).isLessThan(1e-5);
        }
    }

    /** out, lse, dQ, dK, dV and the gradients of what learns. */
    private static float[][] run(Device device, AttentionSpec spec, boolean withLse) {
        SplittableRandom random = new SplittableRandom(3);
        AttentionShape shape = spec.shape();
        float[] q = normal(random, shape.querySize());
        float[] k = normal(random, shape.keySize());
        float[] v = normal(random, shape.valueSize());
        float[] dOut = normal(random, shape.outSize());
        float[] dLse = withLse ? normal(random, shape.lseSize()) : null;
        float[] out = new float[shape.outSize()];
        float[] lse = new float[shape.lseSize()];
        float[] dq = new float[shape.querySize()];
        float[] dk = new float[shape.keySize()];
        float[] dv = new float[shape.valueSize()];
        float[][] learned =
                spec.learnable().stream().map(array -> new float[array.length]).toArray(float[][]::new);
        try (AttentionOp op = device.compile(spec)) {
            op.forward(q, k, v, out, lse);
            op.backward(q, k, v, out, lse, dOut, dLse, dq, dk, dv, learned);
        }
        List<float[]> all = new ArrayList<>(List.of(out, lse, dq, dk, dv));
        all.addAll(List.of(learned));
        return all.toArray(float[][]::new);
    }

    /** They give 0. */
    @Test
    void readsOutOfRange() {
        float[] few = {1, 2, 3};
        AttentionSpec beyond = AttentionSpec.of(new AttentionShape(1, 1, 1, 9, 9, 16, 16))
                .withScoreMod((s, b, h, q, kv) -> s + few[kv]);
        AttentionSpec same = beyond.withScoreMod((s, b, h, q, kv) -> s + (kv < 3 ? few[kv] : 0f));
        System.setProperty("muflex.verify", "false"); // loops throws where devices read 0
        try {
            assertThat(forward(device, beyond)[0]).containsExactly(forward(device, same)[0]);
        } finally {
            System.clearProperty("muflex.verify");
        }
    }

    /** Each operation has a shape of its own, so that each is tried. */
    @Test
    void threadsMayCompileAtOnce() throws Exception {
        Device loops = Devices.byId("loops");
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<Double>> errors = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                AttentionSpec spec = AttentionSpec.of(new AttentionShape(1, 2, 2, 20 + i, 20, 16, 16));
                errors.add(threads.submit(() -> Agreement.error(forward(device, spec)[0], forward(loops, spec)[0])));
            }
            for (Future<Double> error : errors) {
                assertThat(error.get()).isLessThan(1e-5);
            }
        }
    }

    private static float[][] forward(Device device, AttentionSpec spec) {
        SplittableRandom random = new SplittableRandom(3);
        AttentionShape shape = spec.shape();
        float[] out = new float[shape.outSize()];
        float[] lse = new float[shape.lseSize()];
        try (AttentionOp op = device.compile(spec)) {
            op.forward(
                    normal(random, shape.querySize()),
                    normal(random, shape.keySize()),
                    normal(random, shape.valueSize()),
                    out,
                    lse);
        }
        return new float[][] {out, lse};
    }

    private static float[] normal(SplittableRandom random, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
