package muflex.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import muflex.engine.Program;
import muflex.engine.Storage;
import muflex.graph.Graph;
import muflex.graph.Shape;
import muflex.graph.Tensor;
import muflex.model.CounterRandom;
import muflex.model.TestModels;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MuonTest {

    /** {@code O·Oᵀ} of the shorter side is near the identity: its diagonal holds squares of singular values' means. */
    @ParameterizedTest
    @CsvSource({"16, 16", "48, 16", "16, 48"})
    void stepsAreNearlyOrthogonal(int in, int out) {
        Graph graph = new Graph();
        Tensor x = graph.input("x", Shape.of("in", in, "out", out));
        Tensor y = Muon.orthogonal(graph, x, 1);
        boolean tall = in > out;
        Tensor square = graph.matmul(y, y, tall, !tall, 1f);
        try (Program program = TestModels.cpu().compile(graph, List.of(square), new Storage())) {
            CounterRandom random = CounterRandom.of(5, "muon");
            float[] values = program.floats(x);
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (1e-6 * random.normal(i));
            }
            program.run();
            float[] gram = program.floats(square);
            int n = Math.min(in, out);
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    assertThat((double) gram[i * n + j]).isCloseTo(i == j ? 0.95 : 0, within(0.6));
                }
            }
            double trace = 0;
            for (int i = 0; i < n; i++) {
                trace += gram[i * n + i];
            }
            // Singular values lie between 0.7 and 1.2, however small x is.
            assertThat(trace / n).isBetween(0.49, 1.44);
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1e-30, 0.01, 0.5, 1, 1.7, 40, 1e20})
    void atan2IsThatOfJava(double y) {
        for (float x : new float[] {0, 1e-30f, 0.3f, 1, 2, 1e20f}) {
            assertThat((double) AdamAtan2.atan2((float) y, x)).isCloseTo(Math.atan2((float) y, x), within(1.5e-5));
            assertThat(AdamAtan2.atan2((float) -y, x)).isEqualTo(-AdamAtan2.atan2((float) y, x));
        }
    }
}
