package muflex.experiments.speed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import muflex.attention.AttentionShape;
import muflex.attention.Precision;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Devices;
import org.junit.jupiter.api.Test;

/** The check takes the reference's gradients and no others. */
class GradientCheckTest {
    private static final AttentionShape SHAPE = new AttentionShape(1, 4, 2, 9, 14, 6, 3);

    private final float[] dq = new float[SHAPE.querySize()];
    private final float[] dk = new float[SHAPE.keySize()];
    private final float[] dv = new float[SHAPE.valueSize()];
    private final GradientCheck check = check();

    private GradientCheck check() {
        Random random = new Random(3);
        float[] q = normal(random, SHAPE.querySize());
        float[] k = normal(random, SHAPE.keySize());
        float[] v = normal(random, SHAPE.valueSize());
        float[] dOut = normal(random, SHAPE.outSize());
        float[] out = new float[SHAPE.outSize()];
        float[] lse = new float[SHAPE.lseSize()];
        SpeedVariant causal = SpeedVariant.of("causal", SHAPE);
        AttentionSpec spec = AttentionSpec.of(SHAPE).withMask(causal.blocks(SHAPE));
        try (AttentionOp op = Devices.byId("reference").compile(spec)) {
            op.forward(q, k, v, out, lse);
            op.backward(q, k, v, out, lse, dOut, null, dq, dk, dv, new float[0][]);
        }
        return new GradientCheck(new ExactScores(SHAPE, causal, q, k), v, dOut, out, lse);
    }

    private static float[] normal(Random random, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    @Test
    void takesTheReference() {
        RowCheck.Errors errors = check.errors(dq, dk, dv);
        assertThat(errors.largest()).isLessThan(1e-6);
        assertThat(errors.complaint(Precision.SINGLE)).isNull();
    }

    @Test
    void seesEachWrongGradient() {
        for (float[] gradient : new float[][] {dq, dk, dv}) {
            int last = gradient.length - 1;
            float right = gradient[last];
            gradient[last] += 0.01f;
            assertThat(check.errors(dq, dk, dv).largest()).isGreaterThan(0.009);
            gradient[last] = Float.NaN;
            assertThat(check.errors(dq, dk, dv).complaint(Precision.SINGLE)).contains("got NaN");
            gradient[last] = right;
        }
    }
}
