package muflex.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import muflex.AttentionGradients;
import muflex.AttentionResult;
import muflex.FlexAttention;
import muflex.engine.Devices;
import org.junit.jupiter.api.Test;

class RowNormsTest {

    private static final AttentionShape SHAPE = new AttentionShape(2, 4, 2, 5, 6, 3, 3);
    private static final float SCALE = SHAPE.defaultScale();

    private final Random random = new Random(8);
    private final float[] q = normal(SHAPE.querySize());
    private final float[] k = normal(SHAPE.keySize());
    private final float[] v = normal(SHAPE.valueSize());
    private final float[] dOut = normal(SHAPE.outSize());
    private final RowNorms norms = new RowNorms(SHAPE);

    private float[] normal(int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private double dot(int b, int h, int i, int j, double[] squares) {
        double product = 0;
        for (int d = 0; d < 3; d++) {
            float x = q[((b * 4 + h) * 5 + i) * 3 + d];
            float y = k[((b * 2 + h / 2) * 6 + j) * 3 + d];
            product += x * y;
            squares[0] += x * x;
            squares[1] += y * y;
        }
        return product;
    }

    @Test
    void areTheFormulas() {
        norms.update(q, k);
        ScoreMod cosine = norms.cosine(0.5f, SCALE);
        ScoreMod euclidean = norms.euclidean(0.5f, SCALE);
        ScoreMod hyperbolic = norms.hyperbolic(0.5f, SCALE);
        for (int b = 0; b < 2; b++) {
            for (int h = 0; h < 4; h++) {
                double[] squares = new double[2];
                double product = dot(b, h, 4, 3, squares);
                float score = (float) (SCALE * product);
                double far = Math.sqrt((1 + squares[0]) * (1 + squares[1])) - product;
                assertThat(cosine.apply(score, b, h, 4, 3))
                        .isCloseTo((float) (2 * product / Math.sqrt(squares[0] * squares[1])), within(1e-5f));
                assertThat(euclidean.apply(score, b, h, 4, 3))
                        .isCloseTo((float) (-0.5 * (squares[0] + squares[1] - 2 * product)), within(1e-5f));
                assertThat(hyperbolic.apply(score, b, h, 4, 3))
                        .isCloseTo((float) (-0.5 * Math.log(far + Math.sqrt(far * far - 1))), within(1e-5f));
            }
        }
    }

    @Test
    void gradientsFlowThroughTheNorms() {
        for (ScoreMod mod :
                new ScoreMod[] {norms.cosine(0.5f, SCALE), norms.euclidean(0.5f, SCALE), norms.hyperbolic(2f, SCALE)}) {
            try (FlexAttention attention = FlexAttention.builder(SHAPE)
                    .scoreMod(mod)
                    .learnable(norms.query())
                    .learnable(norms.key())
                    .device(Devices.byId("reference"))
                    .build()) {
                norms.update(q, k);
                AttentionResult result = attention.forward(q, k, v);
                AttentionGradients gradients = attention.backward(q, k, v, result, dOut);
                norms.addGradients(
                        q,
                        k,
                        gradients.dCaptured().get(norms.query()),
                        gradients.dCaptured().get(norms.key()),
                        gradients.dq(),
                        gradients.dk());
                assertThat(gradients.dq()[17]).isCloseTo(slope(attention, q, 17), within(2e-3f));
                assertThat(gradients.dk()[23]).isCloseTo(slope(attention, k, 23), within(2e-3f));
            }
        }
    }

    /** A central difference of Σ out · dOut. */
    private float slope(FlexAttention attention, float[] inputs, int at) {
        float before = inputs[at];
        double[] values = new double[2];
        for (int side = 0; side < 2; side++) {
            inputs[at] = before + (side == 0 ? 0.01f : -0.01f);
            norms.update(q, k);
            float[] out = attention.forward(q, k, v).out();
            for (int i = 0; i < out.length; i++) {
                values[side] += (double) out[i] * dOut[i];
            }
        }
        inputs[at] = before;
        norms.update(q, k);
        return (float) ((values[0] - values[1]) / 0.02);
    }
}
