package muflex.engine.jvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import muflex.attention.BlockMask;
import muflex.attention.MaskMods;
import muflex.attention.Precision;
import muflex.engine.Device;
import muflex.engine.Devices;
import muflex.engine.Program;
import muflex.engine.Storage;
import muflex.engine.reference.GraphOracle;
import muflex.graph.ElementType;
import muflex.graph.Gradients;
import muflex.graph.Graph;
import muflex.graph.GraphCase;
import muflex.graph.GraphCases;
import muflex.graph.Leaf;
import muflex.graph.Node;
import muflex.graph.Shape;
import muflex.graph.Tensor;
import muflex.graph.UpdateOp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Programs compute what the float64 oracle does, values and derivatives, in every op at ugly sizes. */
class GraphProgramTest {

    /** Largest error in units of the largest element: about 64 roundings to float32. */
    private static final double BUDGET = 64 * 0x1p-24;

    /** The least unit: where a derivative cancels to nothing, the rounding of its terms is left. */
    private static final double LEAST = 1e-2;

    /** Every device but the oracle's. */
    static List<String> engines() {
        return Devices.all().stream()
                .map(Device::id)
                .filter(id -> !id.equals("reference"))
                .toList();
    }

    static Stream<Arguments> cases() {
        return GraphCases.all().stream().flatMap(c -> engines().stream().map(engine -> Arguments.of(engine, c)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void valuesAndDerivativesAreTheOracles(String engine, GraphCase graphCase) {
        check(engine, withGradients(graphCase), graphCase);
    }

    static Stream<Arguments> matmuls() {
        int[][] sizes = {{1, 17, 33}, {17, 113, 239}, {65, 300, 70}, {130, 520, 129}, {9, 5, 64}, {64, 64, 64}};
        List<Arguments> cases = new ArrayList<>();
        for (String engine : engines()) {
            for (int[] size : sizes) {
                for (int transposed = 0; transposed < 3; transposed++) {
                    cases.add(Arguments.of(engine, size[0], size[1], size[2], transposed == 1, transposed == 2));
                }
            }
        }
        return cases.stream();
    }

    @ParameterizedTest
    @MethodSource("matmuls")
    void matmul(String engine, int m, int k, int n, boolean transposeA, boolean transposeB) {
        GraphCase graphCase = new GraphCase(
                "matmul",
                (g, c) -> List.of(g.matmul(
                        c.leaf("a", transposeA ? Shape.of("k", k, "m", m) : Shape.of("m", m, "k", k)),
                        c.leaf("b", transposeB ? Shape.of("n", n, "k", k) : Shape.of("k", k, "n", n)),
                        transposeA,
                        transposeB,
                        0.7f)));
        check(engine, graphCase.outputs(), graphCase);
    }

    static Stream<Arguments> roundedMatmuls() {
        return matmuls().filter(c -> Devices.byId((String) c.get()[0]).supports(Precision.BFLOAT16));
    }

    /** Where there are tensor cores: the error is that of operands with 8 bits. */
    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("roundedMatmuls")
    void roundedMatmul(String engine, int m, int k, int n, boolean transposeA, boolean transposeB) {
        GraphCase graphCase = new GraphCase(
                "matmul",
                (g, c) -> List.of(g.matmul(
                        c.leaf("a", transposeA ? Shape.of("k", k, "m", m) : Shape.of("m", m, "k", k)),
                        c.leaf("b", transposeB ? Shape.of("n", n, "k", k) : Shape.of("k", k, "n", n)),
                        transposeA,
                        transposeB,
                        0.7f)));
        Device device = Devices.byId(engine).withProducts(Precision.BFLOAT16);
        check(device, graphCase.outputs(), graphCase, 0x1p-7);
    }

    @Test
    void withoutTensorCoresProductsAreNotRounded() {
        assertThatThrownBy(() -> Devices.byId("cpu").withProducts(Precision.BFLOAT16))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("precision: expected single on cpu, got bfloat16");
    }

    @ParameterizedTest
    @MethodSource("engines")
    void updates(String engine) {
        for (int size : new int[] {1, 37, 5000}) {
            for (UpdateOp.Decay decay : UpdateOp.Decay.values()) {
                GraphCase graphCase = new GraphCase("updates", (g, c) -> updates(g, Shape.of("size", size), decay));
                List<Tensor> changed = new ArrayList<>();
                graphCase.outputs().forEach(output -> changed.addAll(((UpdateOp) output.op()).changed()));
                GraphOracle oracle = new GraphOracle(graphCase.graph(), graphCase.outputs());
                try (Program program =
                        Devices.byId(engine).compile(graphCase.graph(), graphCase.outputs(), new Storage())) {
                    fill(program, oracle, graphCase.outputs(), graphCase);
                    for (int step = 0; step < 3; step++) {
                        program.run();
                        oracle.run();
                    }
                    changed.forEach(tensor -> close(tensor, program.floats(tensor), oracle.floats(tensor), BUDGET));
                }
            }
        }
    }

    private static List<Tensor> updates(Graph g, Shape shape, UpdateOp.Decay decay) {
        Tensor gradient = g.input("gradient", shape);
        Tensor rate = g.scalarInput("rate");
        Tensor step = g.fill(Shape.scalar(), 3f);
        Tensor clip = g.fill(Shape.scalar(), 0.5f);
        UpdateOp.AdamWRule adam = new UpdateOp.AdamWRule(0.1, 0.9, 0.99, 1e-3, 0.2, decay);
        UpdateOp.SgdRule sgd = new UpdateOp.SgdRule(0.1, 0, 0.2, decay);
        UpdateOp.SgdRule momentum = new UpdateOp.SgdRule(0.1, 0.9, 0.2, decay);
        Tensor p = g.parameter("p", shape);
        Tensor q = g.parameter("q", shape);
        Tensor r = g.parameter("r", shape);
        Tensor m = g.state("m", shape);
        return List.of(
                g.adamW(new UpdateOp.AdamW(p, gradient, m, g.state("v", shape), rate, step, clip, rate, adam)),
                g.sgd(new UpdateOp.Sgd(q, gradient, null, rate, null, rate, sgd)),
                g.sgd(new UpdateOp.Sgd(r, gradient, g.state("n", shape), rate, clip, rate, momentum)));
    }

    @ParameterizedTest
    @MethodSource("engines")
    void cacheWritesAreSeenByLaterReads(String engine) {
        Graph graph = new Graph();
        Tensor cache = graph.state("cache", Shape.of("batch", 2, "heads", 1, "capacity", 4, "dim", 3));
        Tensor x = graph.input("x", Shape.of("batch", 2, "heads", 1, "new", 2, "dim", 3));
        Tensor position = graph.intInput("position", Shape.scalar());
        Tensor doubled = graph.scale(graph.cacheWrite(cache, x, position), 2f);
        try (Program program = Devices.byId(engine).compile(graph, List.of(doubled), new Storage())) {
            Arrays.fill(program.floats(x), 1f);
            program.ints(position)[0] = 1;
            program.run();
            assertThat(program.floats(doubled))
                    .containsExactly(0, 0, 0, 2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 0, 0, 0);
            program.ints(position)[0] = 3;
            assertThatThrownBy(program::run)
                    .hasMessageMatching(
                            Devices.byId(engine).canInterpret()
                                    ? "cache position: expected 0 … 2, got 3; enlarge the cache or start anew"
                                    : engine
                                            + ": IndexOutOfBoundsException in .*HeadKernels.cacheWrite, line \\d+; run it on"
                                            + " cpu for the message");
        }
    }

    static Stream<String> allEngines() {
        return Devices.all().stream().map(Device::id);
    }

    /** With lists put in before the first run, then others, values and derivatives are those of a graph with just that mask. */
    @ParameterizedTest
    @MethodSource("allEngines")
    void blockListsMayBeReplaced(String engine) {
        BlockMask causal = BlockMask.create(MaskMods.causal(), 1, 1, 7, 9, 4, 3);
        BlockMask changing = causal.changing();
        GraphCase graphCase = attention(changing);
        List<Tensor> outputs = withGradients(graphCase);
        int[][][][][] partial = {{{{{0}, {1}}}}, {{{{}, {2}}}}};
        int[][][][][] full = {{{{{2}, {}}}}, {{{{1}, {0}}}}};
        try (Program program = Devices.byId(engine).compile(graphCase.graph(), outputs, new Storage())) {
            for (int i = 0; i < partial.length; i++) {
                program.replaceMask(changing.withKvBlocks(partial[i], full[i]));
                GraphCase fixed = attention(causal.withKvBlocks(partial[i], full[i]));
                List<Tensor> expected = withGradients(fixed);
                GraphOracle oracle = new GraphOracle(fixed.graph(), expected);
                try (Program same = Devices.byId(engine).compile(fixed.graph(), expected, new Storage())) {
                    fill(same, oracle, expected, fixed);
                }
                fill(program, new GraphOracle(graphCase.graph(), outputs), outputs, graphCase);
                program.run();
                oracle.run();
                for (int o = 0; o < outputs.size(); o++) {
                    close(outputs.get(o), program.floats(outputs.get(o)), oracle.floats(expected.get(o)), BUDGET);
                }
            }
            for (BlockMask other : List.of(
                    causal, BlockMask.create(MaskMods.all(), 1, 1, 7, 9, 4, 3).changing())) {
                assertThatThrownBy(() -> program.replaceMask(other))
                        .hasMessage("mask: expected other lists of a changing() mask of the graph's attention, got"
                                + " another; use withKvBlocks of it");
            }
        }
    }

    private static GraphCase attention(BlockMask mask) {
        return new GraphCase("attention", (g, c) -> {
            Tensor q = c.leaf("q", Shape.of("batch", 2, "heads", 4, "seq", 7, "dim", 6));
            Tensor k = c.leaf("k", Shape.of("batch", 2, "heads", 2, "seq", 9, "dim", 6));
            return List.of(g.attention(q, k, g.scale(k, 2), null, mask));
        });
    }

    private static List<Tensor> withGradients(GraphCase graphCase) {
        List<Tensor> outputs = new ArrayList<>(graphCase.outputs());
        outputs.addAll(Gradients.of(graphCase.graph(), graphCase.loss(), graphCase.wrt()));
        return outputs;
    }

    @ParameterizedTest
    @MethodSource("engines")
    void rowsAreWrittenWhereTheirPositionsSay(String engine) {
        Graph graph = new Graph();
        Tensor cache = graph.state("cache", Shape.of("batch", 1, "heads", 2, "capacity", 4, "dim", 2));
        Tensor x = graph.input("x", Shape.of("batch", 1, "heads", 2, "new", 2, "dim", 2));
        Tensor position = graph.intInput("position", Shape.of("new", 2));
        Tensor doubled = graph.scale(graph.cacheWrite(cache, x, position), 2f);
        try (Program program = Devices.byId(engine).compile(graph, List.of(doubled), new Storage())) {
            System.arraycopy(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 0, program.floats(x), 0, 8);
            System.arraycopy(new int[] {3, 1}, 0, program.ints(position), 0, 2);
            program.run();
            assertThat(program.floats(doubled)).containsExactly(0, 0, 6, 8, 0, 0, 2, 4, 0, 0, 14, 16, 0, 0, 10, 12);
        }
    }

    private static void check(String engine, List<Tensor> outputs, GraphCase graphCase) {
        check(Devices.byId(engine), outputs, graphCase, BUDGET);
    }

    private static void check(Device device, List<Tensor> outputs, GraphCase graphCase, double budget) {
        GraphOracle oracle = new GraphOracle(graphCase.graph(), outputs);
        try (Program program = device.compile(graphCase.graph(), outputs, new Storage())) {
            fill(program, oracle, outputs, graphCase);
            program.run();
            oracle.run();
            outputs.forEach(output -> close(output, program.floats(output), oracle.floats(output), budget));
        }
    }

    private static void fill(Program program, GraphOracle oracle, List<Tensor> outputs, GraphCase graphCase) {
        for (Node node : graphCase.graph().needed(outputs)) {
            if (node.op() instanceof Leaf.Named leaf) {
                Tensor tensor = node.output(0);
                if (leaf.type() == ElementType.INT) {
                    int[] ints = graphCase.ints(tensor, 3);
                    System.arraycopy(ints, 0, program.ints(tensor), 0, ints.length);
                    System.arraycopy(ints, 0, oracle.ints(tensor), 0, ints.length);
                } else {
                    float[] floats = GraphCase.floats(tensor, 3);
                    System.arraycopy(floats, 0, program.floats(tensor), 0, floats.length);
                    Arrays.setAll(oracle.floats(tensor), i -> floats[i]);
                }
            }
        }
    }

    private static void close(Tensor output, float[] got, double[] want, double budget) {
        double largest = 0;
        double error = 0;
        for (int i = 0; i < got.length; i++) {
            largest = Math.max(largest, Math.abs(want[i]));
            error = Math.max(error, Math.abs(got[i] - want[i]));
        }
        assertThat(error)
                .as("error of %s, largest element %s", output, largest)
                .isLessThanOrEqualTo(budget * Math.max(LEAST, largest));
    }
}
