package muflex.engine.tornado;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMod;
import muflex.attention.MaskMods;
import muflex.attention.Precision;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;
import muflex.engine.Devices;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Right answers that the check of first answers lets pass, where sums cancel too: of TornadoVM's first device and of plain loops that round. */
class FirstAnswersTest {

    /**
     * Inputs: normal numbers, to which a mean is added.
     *
     * @param keyMean of each key, times its spread; of values likewise
     */
    record Inputs(
            String name, AttentionShape shape, @Nullable MaskMod mask, float keyMean, float valueMean, float gradient) {
        AttentionSpec spec(Precision precision) {
            return AttentionSpec.of(shape)
                    .withPrecision(precision)
                    .withMask(
                            mask == null ? null : BlockMask.create(mask, 1, 1, shape.queryLength(), shape.kvLength()));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static final AttentionShape SQUARE = new AttentionShape(2, 2, 2, 200, 200, 64, 64);

    static Stream<Arguments> cases() {
        List<Inputs> inputs = List.of(
                new Inputs("normal", SQUARE, null, 0, 0, 1),
                new Inputs("causal", SQUARE, MaskMods.causal(), 0, 0, 1),
                new Inputs("one query", new AttentionShape(1, 2, 2, 1, 300, 64, 64), null, 0, 0, 1),
                new Inputs("three queries, grouped", new AttentionShape(2, 8, 2, 3, 500, 64, 64), null, 0, 0, 1),
                new Inputs("one key", new AttentionShape(1, 2, 2, 40, 1, 32, 32), null, 0, 0, 1),
                new Inputs("two keys", new AttentionShape(1, 1, 1, 40, 2, 16, 16), null, 0, 0, 1),
                new Inputs("keys alone", SQUARE, (b, h, q, kv) -> q == kv, 0, 0, 1),
                new Inputs("keys in pairs", SQUARE, (b, h, q, kv) -> q / 2 == kv / 2, 0, 0, 1),
                new Inputs("keys of mean 5", SQUARE, null, 5, 0, 1),
                new Inputs("keys of mean 10, causal", SQUARE, MaskMods.causal(), 10, 0, 1),
                new Inputs("keys of mean 30", SQUARE, null, 30, 0, 1),
                new Inputs("values of mean 5", SQUARE, null, 0, 5, 1),
                new Inputs("both of mean 10", SQUARE, MaskMods.causal(), 10, 10, 1),
                new Inputs("small gradients", SQUARE, MaskMods.causal(), 5, 0, 0x1p-20f));
        return inputs.stream().flatMap(i -> Stream.of(Precision.values()).map(p -> Arguments.of(i, p)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("cases")
    void rightAnswersOfTheDevicePass(Inputs given, Precision precision) {
        TornadoEngine engine = new TornadoEngine();
        assumeTrue(!engine.devices().isEmpty(), () -> String.valueOf(engine.problem()));
        Device device = Devices.byId(engine.devices().getFirst().id());
        assumeTrue(device.supports(precision), () -> device.id() + " has no tensor cores");
        try (AttentionOp op = device.compile(given.spec(precision))) {
            assertThatCode(() -> run(op, given)).doesNotThrowAnyException();
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("cases")
    void rightAnswersOfPlainLoopsPass(Inputs given, Precision precision) {
        AttentionSpec spec = given.spec(precision);
        Agreement agreement = Agreement.of(precision, "loops", () -> "plain loops");
        AttentionCheck check = new AttentionCheck(spec, Devices.byId("loops"), "tornado:9:9", agreement);
        try (AttentionOp op = new VerifiedAttention(new RoundedAttention(spec, null), spec, check)) {
            assertThatCode(() -> run(op, given)).doesNotThrowAnyException();
        }
    }

    /** Both passes. */
    private static void run(AttentionOp op, Inputs given) {
        AttentionShape shape = given.shape();
        float[] q = normal(shape.querySize(), 1, 0, shape.headDim());
        float[] k = normal(shape.keySize(), 2, given.keyMean(), shape.headDim());
        float[] v = normal(shape.valueSize(), 3, given.valueMean(), shape.valueDim());
        float[] dOut = Ends.times(given.gradient(), normal(shape.outSize(), 4, 0, shape.valueDim()));
        float[] out = new float[shape.outSize()];
        float[] lse = new float[shape.lseSize()];
        op.forward(q, k, v, out, lse);
        new BackwardCall(q, k, v, out, lse, dOut, null).run(op, shape, List.of());
    }

    /** Rows have a direction in common, of {@code mean} times an element's deviation in each element. */
    private static float[] normal(int size, long seed, float mean, int width) {
        Random random = new Random(seed);
        float[] common = new float[width];
        for (int d = 0; d < width; d++) {
            common[d] = mean * (random.nextBoolean() ? 1 : -1);
        }
        float[] numbers = new float[size];
        for (int i = 0; i < size; i++) {
            numbers[i] = common[i % width] + (float) random.nextGaussian();
        }
        return numbers;
    }
}
