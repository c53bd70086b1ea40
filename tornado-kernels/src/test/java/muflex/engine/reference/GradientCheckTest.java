package muflex.engine.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import muflex.graph.ElementType;
import muflex.graph.Gradients;
import muflex.graph.GraphCase;
import muflex.graph.GraphCases;
import muflex.graph.Leaf;
import muflex.graph.Node;
import muflex.graph.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The derivative of every op is the central difference of its value, in float64. */
class GradientCheckTest {

    /** Elements of each tensor that are moved. */
    private static final int PROBES = 12;

    static List<GraphCase> cases() {
        return GraphCases.all();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void gradientIsTheCentralDifference(GraphCase graphCase) {
        Tensor loss = graphCase.loss();
        List<Tensor> gradients = Gradients.of(graphCase.graph(), loss, graphCase.wrt());
        List<Tensor> all = new ArrayList<>(gradients);
        all.add(loss);
        GraphOracle exact = filled(all, graphCase);
        GraphOracle moved = filled(List.of(loss), graphCase);
        exact.run();
        for (int i = 0; i < gradients.size(); i++) {
            check(exact.floats(gradients.get(i)), graphCase.wrt().get(i), moved, loss);
        }
    }

    private static void check(double[] gradient, Tensor wrt, GraphOracle moved, Tensor loss) {
        // A learnable array is float32 where the score mod reads it, so it is moved by a larger power of two.
        boolean learnable = ((Leaf.Parameter) wrt.op()).backing() != null;
        double step = learnable ? 0x1p-8 : 1e-5;
        double tolerance = learnable ? 1e-4 : 2e-8;
        double[] values = moved.floats(wrt);
        Random random = new Random(wrt.name().hashCode());
        for (int probe = 0; probe < Math.min(PROBES, values.length); probe++) {
            int at = values.length <= PROBES ? probe : random.nextInt(values.length);
            double value = values[at];
            double difference =
                    (lossAt(moved, loss, values, at, value + step) - lossAt(moved, loss, values, at, value - step))
                            / (2 * step);
            values[at] = value;
            double rounding = 8 * Math.ulp(moved.floats(loss)[0]) / step;
            assertThat(gradient[at])
                    .as("gradient for %s at %s", wrt, at)
                    .isCloseTo(difference, within(tolerance * (1 + Math.abs(difference)) + rounding));
        }
    }

    private static double lossAt(GraphOracle oracle, Tensor loss, double[] values, int at, double value) {
        values[at] = value;
        oracle.run();
        return oracle.floats(loss)[0];
    }

    private static GraphOracle filled(List<Tensor> outputs, GraphCase graphCase) {
        GraphOracle oracle = new GraphOracle(graphCase.graph(), outputs);
        for (Node node : graphCase.graph().needed(outputs)) {
            if (node.op() instanceof Leaf.Named leaf) {
                Tensor tensor = node.output(0);
                if (leaf.type() == ElementType.INT) {
                    int[] ints = graphCase.ints(tensor, 7);
                    System.arraycopy(ints, 0, oracle.ints(tensor), 0, ints.length);
                } else {
                    float[] floats = GraphCase.floats(tensor, 7);
                    double[] to = oracle.floats(tensor);
                    for (int i = 0; i < floats.length; i++) {
                        to[i] = floats[i];
                    }
                }
            }
        }
        return oracle;
    }
}
