package muflex.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import muflex.graph.MemoryPlan.Place;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryPlanTest {

    private static final Shape SQUARE = Shape.of("rows", 8, "columns", 8);

    static List<GraphCase> cases() {
        return GraphCases.all();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void everyReadSeesItsOwnTensor(GraphCase graphCase) {
        List<Tensor> outputs = new ArrayList<>(graphCase.outputs());
        outputs.addAll(Gradients.of(graphCase.graph(), graphCase.loss(), graphCase.wrt()));
        checkOwners(outputs);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void everyReadSeesItsOwnTensorInRandomGraphs(long seed) {
        checkOwners(randomGraph(new Random(seed)));
    }

    /** Runs the plan on names: what a node reads must be what was last written to its array. */
    private static void checkOwners(List<Tensor> outputs) {
        MemoryPlan plan = MemoryPlan.of(outputs.getFirst().node().graph(), outputs);
        Map<Integer, Tensor> owners = new HashMap<>();
        for (Node node : plan.steps()) {
            for (Tensor input : node.op().inputs()) {
                if (plan.place(input) == Place.SHARED) {
                    assertThat(owners.get(plan.slot(input))).isSameAs(input);
                    assertThat(plan.slotSizes().get(plan.slot(input)))
                            .isEqualTo(input.shape().size());
                }
            }
            for (Tensor output : node.outputs()) {
                if (plan.place(output) == Place.SHARED) {
                    int slot = plan.slot(output);
                    Tensor before = owners.put(slot, output);
                    boolean operand = before != null && node.op().inputs().contains(before);
                    assertThat(operand
                                    && !Overwriting.candidates(node.op(), output.index())
                                            .contains(before))
                            .as("%s overwrites its operand %s", node, before)
                            .isFalse();
                }
            }
        }
    }

    static List<Tensor> randomGraph(Random random) {
        Graph graph = new Graph();
        List<Tensor> tensors = new ArrayList<>();
        tensors.add(graph.input("x", SQUARE));
        tensors.add(graph.parameter("w", SQUARE));
        for (int i = 0; i < 40; i++) {
            Tensor a = tensors.get(tensors.size() - 1 - random.nextInt(Math.min(5, tensors.size())));
            Tensor b = tensors.get(random.nextInt(tensors.size()));
            tensors.add(
                    switch (random.nextInt(5)) {
                        case 0 -> graph.add(a, b);
                        case 1 -> graph.scale(a, 0.5f + i);
                        case 2 -> graph.matmul(a, b);
                        case 3 -> graph.rmsNorm(a, null, 1f + i);
                        default -> graph.add(a, graph.fill(Shape.of("columns", 8), i));
                    });
        }
        return List.of(tensors.getLast(), tensors.get(tensors.size() - 7));
    }

    @Test
    void aChainTakesTheSameArrayAgainAndAgain() {
        Graph graph = new Graph();
        Tensor x = graph.input("x", SQUARE);
        Tensor y = graph.matmul(x, x);
        for (int i = 0; i < 10; i++) {
            y = graph.scale(y, 2f + i);
        }
        MemoryPlan plan = MemoryPlan.of(graph, List.of(graph.sum(y)));
        assertThat(plan.slotSizes()).containsExactly(64);
        assertThat(plan.bytes()).isEqualTo(4 * 64);
        assertThat(plan.bytesWithoutSharing()).isEqualTo(11 * 4 * 64);
    }

    @Test
    void matmulNeverWritesItsOperand() {
        Graph graph = new Graph();
        Tensor x = graph.input("x", SQUARE);
        Tensor y = graph.matmul(graph.matmul(graph.matmul(x, x), x), x);
        assertThat(MemoryPlan.of(graph, List.of(graph.sum(y))).slotSizes()).containsExactly(64, 64);
    }

    @Test
    void constantsRunOnceAndOutputsHaveTheirOwnArrays() {
        Graph graph = new Graph();
        Tensor x = graph.input("x", Shape.of("batch", 1, "heads", 2, "seq", 3, "dim", 4));
        Tensor y = graph.rope(x, 10_000, null);
        MemoryPlan plan = MemoryPlan.of(graph, List.of(y));
        assertThat(plan.constants()).extracting(node -> node.op().kind()).containsExactly("RotaryTable");
        assertThat(plan.steps()).extracting(node -> node.op().kind()).containsExactly("Rotary");
        assertThat(plan.place(y)).isEqualTo(Place.OUTPUT);
        assertThat(plan.bytes()).isZero();
    }

    @Test
    void readingAnOldValueAfterItsUpdateIsAnError() {
        Graph graph = new Graph();
        Tensor w = graph.parameter("w", SQUARE);
        Tensor rate = graph.scalarInput("rate");
        UpdateOp.SgdRule rule = new UpdateOp.SgdRule(1, 0, 0, UpdateOp.Decay.DECOUPLED);
        Tensor updated = graph.sgd(new UpdateOp.Sgd(w, graph.scale(w, 2f), null, rate, null, rate, rule));
        Tensor late = graph.scale(w, 3f);
        assertThatThrownBy(() -> MemoryPlan.of(graph, List.of(updated, late)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Scale: expected the value of w [rows 8, columns 8] after its update, got the one before;"
                        + " use the update's result, or build this node before the update");
        MemoryPlan.of(graph, List.of(updated, graph.scale(updated, 3f)));
    }
}
