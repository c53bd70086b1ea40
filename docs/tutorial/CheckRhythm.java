import java.util.Random;
import muflex.AttentionGradients;
import muflex.AttentionResult;
import muflex.FlexAttention;
import muflex.attention.AttentionShape;
import muflex.engine.Devices;

/** The gradient by q of Σ out · dOut, beside finite differences of the float64 reference. */
public class CheckRhythm {
    public static void main(String[] args) {
        AttentionShape shape = AttentionShape.of(1, 4, 40, 8);
        Random random = new Random(1);
        float[] q = normal(random, shape.querySize()), k = normal(random, shape.keySize());
        float[] v = normal(random, shape.valueSize()), dOut = normal(random, shape.outSize());
        try (FlexAttention cpu = build(shape, "cpu"); FlexAttention reference = build(shape, "reference")) {
            cpu.check(10_000, 1); // what was lifted does what the lambdas do, bit for bit
            AttentionResult result = cpu.forward(q, k, v);
            AttentionGradients gradients = cpu.backward(q, k, v, result, dOut);
            double worst = 0;
            for (int i = 0; i < 50; i++) {
                int at = random.nextInt(q.length);
                double slope = (loss(reference, q, at, 1e-2f, k, v, dOut) - loss(reference, q, at, -1e-2f, k, v, dOut)) / 2e-2;
                worst = Math.max(worst, Math.abs(slope - gradients.dq()[at]));
            }
            System.out.println(worst < 2e-3 ? "gradient checked" : "gradient WRONG: off by " + worst);
        }
    }

    static FlexAttention build(AttentionShape shape, String device) {
        return FlexAttention.builder(shape)
                .scoreMod(Rhythm.wave)
                .mask(Rhythm.beat)
                .device(Devices.byId(device))
                .build();
    }

    static double loss(FlexAttention attention, float[] q, int at, float step, float[] k, float[] v, float[] dOut) {
        float[] moved = q.clone();
        moved[at] += step;
        float[] out = attention.forward(moved, k, v).out();
        double sum = 0;
        for (int i = 0; i < out.length; i++) {
            sum += (double) out[i] * dOut[i];
        }
        return sum;
    }

    static float[] normal(Random random, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
