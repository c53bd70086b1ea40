package muflex.engine.tornado;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import muflex.attention.BlockMask;
import muflex.attention.Precision;
import muflex.engine.Device;
import muflex.engine.Devices;
import muflex.engine.Program;
import muflex.engine.Storage;
import muflex.graph.Gradients;
import muflex.graph.Graph;
import muflex.graph.ReduceOp;
import muflex.graph.Shape;
import muflex.graph.Tensor;
import muflex.graph.UpdateOp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A training step of attention whose keys have a bias, to which the softmax is blind: its gradient is rounding. */
class RoundedUpdateTest {
    private static final Device CPU = Devices.byId("cpu");
    private static final int DIM = 16;

    private final Graph graph = new Graph();
    private final Storage storage = new Storage();
    private final Tensor x = graph.input("x", Shape.of("batch", 2, "seq", 40, "dim", DIM));
    private final List<Tensor> outputs = new ArrayList<>();
    private final Tensor queryBias = graph.parameter("query bias", Shape.of("dim", DIM));
    private final Tensor keyBias = graph.parameter("key bias", Shape.of("dim", DIM));

    RoundedUpdateTest() {
        Tensor wq = graph.parameter("wq", Shape.of("in", DIM, "dim", DIM));
        Tensor wk = graph.parameter("wk", Shape.of("in", DIM, "dim", DIM));
        Tensor q = graph.add(graph.matmul(x, wq), queryBias);
        Tensor k = graph.add(graph.matmul(x, wk), keyBias);
        Tensor out =
                graph.attention(graph.splitHeads(q, 2), graph.splitHeads(k, 2), graph.splitHeads(x, 2), null, null);
        Tensor loss = graph.sumSquares(List.of(out));
        UpdateOp.AdamWRule rule = new UpdateOp.AdamWRule(1, 0.9, 0.95, 1e-12, 0, UpdateOp.Decay.DECOUPLED);
        Tensor rate = graph.fill(Shape.scalar(), 1e-2f);
        Tensor step = graph.fill(Shape.scalar(), 1);
        List<Tensor> trained = List.of(wq, wk, queryBias, keyBias);
        List<Tensor> gradients = Gradients.of(graph, loss, trained);
        outputs.add(loss);
        // The rows that the key bias's gradient is the sum of.
        outputs.add(((ReduceOp.SumRows) gradients.get(3).op()).x());
        for (int i = 0; i < trained.size(); i++) {
            Tensor w = trained.get(i);
            outputs.add(graph.adamW(new UpdateOp.AdamW(
                    w, gradients.get(i), state(w, "m"), state(w, "v"), rate, step, null, rate, rule)));
        }
        normal(storage.floats(wq), 1);
        normal(storage.floats(wk), 2);
        normal(storage.floats(queryBias), 3);
    }

    private Tensor state(Tensor of, String name) {
        return graph.state(of.name() + "." + name, of.shape());
    }

    private float[] stateOf(Tensor parameter, String name) {
        return graph.nodes().stream()
                .flatMap(node -> node.outputs().stream())
                .filter(tensor -> tensor.name().equals(parameter.name() + "." + name))
                .findFirst()
                .map(storage::floats)
                .orElseThrow();
    }

    private static void normal(float[] numbers, long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = 0.3f * (float) random.nextGaussian();
        }
    }

    private void run(Program program) {
        normal(program.floats(x), 4);
        program.run();
    }

    @ParameterizedTest
    @EnumSource
    void theStepOfTheDevicePasses(Precision precision) {
        TornadoEngine engine = new TornadoEngine();
        assumeTrue(!engine.devices().isEmpty(), () -> String.valueOf(engine.problem()));
        Device device = Devices.byId(engine.devices().getFirst().id());
        assumeTrue(device.supports(precision), () -> device.id() + " has no tensor cores");
        try (Program program = device.withProducts(precision).compile(graph, outputs, storage)) {
            assertThatCode(() -> run(program)).doesNotThrowAnyException();
        }
    }

    /** Another rounding of a key bias's gradient, half a unit of 16 bits of each row. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SINGLE")
    void aGradientThatIsRoundingPasses(Precision precision) {
        try (Program program = verified(precision, p -> roundKeyBias(p, precision, 0.5))) {
            assertThatCode(() -> run(program)).doesNotThrowAnyException();
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsMoreThanRoundingIsSeen(Precision precision) {
        try (Program program = verified(precision, p -> roundKeyBias(p, precision, 20))) {
            assertThatThrownBy(() -> run(program)).hasMessageContaining("graph, key bias.");
        }
    }

    /** A gradient like the key bias's, but whose rows don't cancel. */
    @ParameterizedTest
    @CsvSource({
        "SINGLE, m, 0", "SINGLE, m, 2", "SINGLE, v, 0", "SINGLE, v, 4",
        "HALF, m, 0", "HALF, m, -1", "HALF, v, 0", "HALF, v, 4",
        "BFLOAT16, m, 0", "BFLOAT16, m, 2", "BFLOAT16, v, 0", "BFLOAT16, v, 4"
    })
    void otherGradientsAreCompared(Precision precision, String moment, float factor) {
        try (Program program = verified(precision, p -> times(factor, stateOf(queryBias, moment)))) {
            assertThatThrownBy(() -> run(program)).hasMessageContaining("query bias." + moment);
        }
    }

    @ParameterizedTest
    @EnumSource
    void otherParametersAreCompared(Precision precision) {
        try (Program program = verified(precision, p -> storage.floats(queryBias)[0] += 1)) {
            assertThatThrownBy(() -> run(program)).hasMessageContaining("graph, query bias [");
        }
    }

    @Test
    void theSameStepPasses() {
        try (Program program = verified(Precision.SINGLE, p -> {})) {
            assertThatCode(() -> run(program)).doesNotThrowAnyException();
        }
    }

    private static void times(float factor, float[] numbers) {
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] *= factor;
        }
    }

    /** Adam's first step by a gradient that is nothing but {@code units} of rounding of its rows. */
    private void roundKeyBias(Program program, Precision precision, double units) {
        double unit = Agreement.rounding(precision) / 4;
        double noise = units * unit * Ends.norm(program.floats(outputs.get(1))) / Math.sqrt(DIM);
        Random random = new Random(5);
        for (int i = 0; i < DIM; i++) {
            double gradient = noise * random.nextGaussian();
            stateOf(keyBias, "m")[i] = (float) (0.1 * gradient);
            stateOf(keyBias, "v")[i] = (float) (0.05 * gradient * gradient);
            storage.floats(keyBias)[i] = -0.01f * (float) Math.signum(gradient);
        }
    }

    /** The program of {@code cpu}, after each run of which something is changed. */
    private Program verified(Precision precision, Consumer<Program> changed) {
        Agreement agreement = Agreement.ofPrograms(precision, "cpu", () -> "adamW (/tmp/adamW.cl)");
        Program program = new Changed(CPU.compile(graph, outputs, storage), changed);
        return new VerifiedProgram(program, graph, outputs, storage, CPU, "tornado:9:9", agreement, precision);
    }

    private record Changed(Program program, Consumer<Program> changed) implements Program {
        @Override
        public void run() {
            program.run();
            changed.accept(program);
        }

        @Override
        public float[] floats(Tensor tensor) {
            return program.floats(tensor);
        }

        @Override
        public int[] ints(Tensor tensor) {
            return program.ints(tensor);
        }

        @Override
        public void replaceMask(BlockMask mask) {
            program.replaceMask(mask);
        }

        @Override
        public long bytes() {
            return program.bytes();
        }

        @Override
        public void close() {
            program.close();
        }
    }
}
