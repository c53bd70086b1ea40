package muflex.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import muflex.FlexAttention;
import muflex.attention.AttentionShape;
import muflex.attention.Weights;
import muflex.engine.AttentionOp;
import muflex.engine.Devices;
import muflex.engine.reference.NaiveAttention;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Gradients of stick-breaking attention at lengths where nothing of the stick is left for most keys, beside a loop of its own: the
 * derivative of the paper's product, in float64. Keys have a mean of 1, so that what rounding gives each of them adds up in dq.
 */
class StickGradientsTest {

    /** Of the L2 norm. Measured of dq, the worst: 2.4e-6 on devices, 3.5e-6 by a plain loop; 1e-4 where such rounding adds up. */
    private static final double TOLERANCE = 5e-6;

    private static final String PLAIN = "plain float32";

    static Stream<Arguments> shapesAndDevices() {
        AttentionShape square = AttentionShape.of(1, 1, 1024, 16);
        AttentionShape wide = square.withQueryLength(70).withKvLength(1500).withValueDim(7);
        List<Arguments> all = new ArrayList<>();
        for (AttentionShape shape : List.of(square, wide)) {
            for (boolean dLse : new boolean[] {false, true}) {
                Devices.all().forEach(device -> all.add(Arguments.of(shape, dLse, device.id())));
                all.add(Arguments.of(shape, dLse, PLAIN));
            }
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("shapesAndDevices")
    void keysThatGetNothingAddNothing(AttentionShape shape, boolean lossOnLse, String device) {
        float[] q = Values.normal(shape.querySize(), 1);
        float[] k = Values.normal(shape.keySize(), 2);
        for (int i = 0; i < k.length; i++) {
            k[i] += 1;
        }
        float[] v = Values.normal(shape.valueSize(), 3);
        float[] dOut = Values.normal(shape.outSize(), 4);
        float[] dLse = Values.normal(shape.lseSize(), 5);
        Loop exact = new Loop(shape, q, k, v, dOut, lossOnLse ? dLse : new float[dLse.length]);
        try (AttentionOp op = compile(shape, device)) {
            float[] out = new float[shape.outSize()];
            float[] lse = new float[shape.lseSize()];
            float[] dq = new float[q.length];
            float[] dk = new float[k.length];
            float[] dv = new float[v.length];
            op.forward(q, k, v, out, lse);
            op.backward(q, k, v, out, lse, dOut, lossOnLse ? dLse : null, dq, dk, dv, new float[0][]);
            Map.of("dq", error(exact.dq, dq), "dk", error(exact.dk, dk), "dv", error(exact.dv, dv))
                    .forEach((name, error) -> assertThat(error).as(name).isLessThan(TOLERANCE));
        }
    }

    private static AttentionOp compile(AttentionShape shape, String device) {
        try (FlexAttention attention = FlexAttention.builder(shape)
                .weights(Weights.STICK_BREAKING)
                .mask((b, h, query, kv) -> kv < query + shape.kvLength() - shape.queryLength())
                .device(Devices.byId("reference"))
                .build()) {
            return device.equals(PLAIN)
                    ? new NaiveAttention(attention.spec())
                    : Devices.byId(device).compile(attention.spec());
        }
    }

    /** ‖values − exact‖ / ‖exact‖. */
    private static double error(double[] exact, float[] values) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < exact.length; i++) {
            difference += (values[i] - exact[i]) * (values[i] - exact[i]);
            norm += exact[i] * exact[i];
        }
        return Math.sqrt(difference / norm);
    }

    /** One head; a query sees the keys before its own place, the last query's being that of the last key. */
    private static final class Loop {
        final double[] dq;
        final double[] dk;
        final double[] dv;

        Loop(AttentionShape shape, float[] q, float[] k, float[] v, float[] dOut, float[] dLse) {
            int dim = shape.headDim();
            int valueDim = shape.valueDim();
            dq = new double[q.length];
            dk = new double[k.length];
            dv = new double[v.length];
            for (int row = 0; row < shape.queryLength(); row++) {
                int keys = row + shape.kvLength() - shape.queryLength();
                double[] shares = new double[keys];
                double[] rests = new double[keys];
                double[] weights = new double[keys];
                double left = 1;
                for (int key = keys - 1; key >= 0; key--) {
                    double score = dot(q, row, k, key, dim) / Math.sqrt(dim);
                    shares[key] = 1 / (1 + Math.exp(-score));
                    rests[key] = 1 / (1 + Math.exp(score));
                    weights[key] = left * shares[key];
                    left *= rests[key];
                }
                // A key's share takes from the weights of the older ones.
                double older = 0;
                for (int key = 0; key < keys; key++) {
                    double gain = weights[key] * dot(dOut, row, v, key, valueDim);
                    double dScore = gain * rests[key] - shares[key] * older + shares[key] * dLse[row];
                    older += gain;
                    for (int d = 0; d < dim; d++) {
                        dq[row * dim + d] += dScore * k[key * dim + d] / Math.sqrt(dim);
                        dk[key * dim + d] += dScore * q[row * dim + d] / Math.sqrt(dim);
                    }
                    for (int d = 0; d < valueDim; d++) {
                        dv[key * valueDim + d] += weights[key] * dOut[row * valueDim + d];
                    }
                }
            }
        }

        private static double dot(float[] a, int i, float[] b, int j, int dim) {
            double sum = 0;
            for (int d = 0; d < dim; d++) {
                sum += a[i * dim + d] * (double) b[j * dim + d];
            }
            return sum;
        }
    }
}
