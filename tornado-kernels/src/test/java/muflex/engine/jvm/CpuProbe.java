package muflex.engine.jvm;

import java.util.List;
import java.util.Random;
import muflex.AttentionGradients;
import muflex.AttentionResult;
import muflex.FlexAttention;
import muflex.attention.AttentionShape;
import muflex.attention.MaskMods;
import muflex.attention.ScoreMods;
import muflex.engine.Device;
import muflex.engine.Devices;

/** A program: says what {@code cpu} is in this JVM, and for each of some operations whether it agrees with the reference. */
final class CpuProbe {
    static final int SPECS = 4;

    private CpuProbe() {}

    public static void main(String[] arguments) {
        Device cpu = Devices.byId("cpu");
        System.out.println(cpu.description());
        float[] bias = new float[131];
        Random random = new Random(3);
        for (int i = 0; i < bias.length; i++) {
            bias[i] = (float) random.nextGaussian();
        }
        AttentionShape grouped = new AttentionShape(1, 4, 2, 65, 131, 24, 40);
        AttentionShape self = AttentionShape.of(1, 2, 131, 64);
        List<FlexAttention.Builder> builders = List.of(
                FlexAttention.builder(grouped),
                FlexAttention.builder(self).mask(MaskMods.causal()).scoreMod(ScoreMods.softcap(2)),
                FlexAttention.builder(self)
                        .mask(MaskMods.slidingWindow(40))
                        .scoreMod((score, b, h, q, kv) -> score + bias[q - kv])
                        .learnable(bias),
                FlexAttention.builder(grouped).dropout(0.25f, 7).scoreMod((score, b, h, q, kv) ->
                        (float) (score / (1 + Math.exp(-score)))));
        for (FlexAttention.Builder builder : builders) {
            compare(builder, cpu);
        }
    }

    private static void compare(FlexAttention.Builder builder, Device cpu) {
        try (FlexAttention expected = builder.device(Devices.byId("reference")).build();
                FlexAttention got = builder.device(cpu).build()) {
            AttentionShape shape = got.shape();
            float[] q = random(shape.querySize(), 1);
            float[] k = random(shape.keySize(), 2);
            float[] v = random(shape.valueSize(), 3);
            float[] dOut = random(shape.outSize(), 4);
            AttentionResult gold = expected.forward(q, k, v);
            AttentionResult result = got.forward(q, k, v);
            AttentionGradients goldGradients = expected.backward(q, k, v, gold, dOut);
            AttentionGradients gradients = got.backward(q, k, v, gold, dOut);
            double error = error(gold.out(), result.out());
            error = Math.max(error, error(gold.lse(), result.lse()));
            error = Math.max(error, error(goldGradients.dq(), gradients.dq()));
            error = Math.max(error, error(goldGradients.dk(), gradients.dk()));
            error = Math.max(error, error(goldGradients.dv(), gradients.dv()));
            for (float[] array : got.spec().learnable()) {
                error = Math.max(
                        error,
                        error(
                                goldGradients.dCaptured().get(array),
                                gradients.dCaptured().get(array)));
            }
            System.out.println((error < 2e-6 ? "right: " : "wrong: ") + shape + " within " + error);
        }
    }

    /** The largest, relative to the largest element. */
    private static double error(float[] expected, float[] got) {
        double most = 1e-30;
        double error = 0;
        for (int i = 0; i < expected.length; i++) {
            most = Math.max(most, Math.abs(expected[i]));
            error = Math.max(error, Math.abs((double) expected[i] - got[i]));
        }
        return error / most;
    }

    private static float[] random(int size, long seed) {
        Random random = new Random(seed);
        float[] array = new float[size];
        for (int i = 0; i < size; i++) {
            array[i] = (float) random.nextGaussian();
        }
        return array;
    }
}
