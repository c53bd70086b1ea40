package muflex.engine.tornado;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMods;
import muflex.attention.Precision;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;
import muflex.engine.Devices;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Faults that the check of first answers sees, in every precision, with gradients of size 1 and as small as in training, and where dq's terms cancel. */
class VerifiedFaultsTest {
    private static final AttentionShape SHAPE = new AttentionShape(2, 2, 1, 150, 150, 32, 16);
    private static final float[] DISTANCES = normal(2 * SHAPE.kvLength(), 5, 0.1f);
    private static final Device LOOPS = Devices.byId("loops");
    private static final AttentionSpec SPEC = AttentionSpec.of(SHAPE)
            .withScoreMod((score, b, h, q, kv) -> score + DISTANCES[q - kv + 149])
            .withLearnable(List.of(DISTANCES))
            .withMask(BlockMask.create(MaskMods.causal(), 1, 1, SHAPE.queryLength(), SHAPE.kvLength()));

    private final float[] q = normal(SHAPE.querySize(), 1, 1);
    private final float[] k = normal(SHAPE.keySize(), 2, 1);
    private final float[] v = normal(SHAPE.valueSize(), 3, 1);

    /**
     * @param gradient the size of the gradients that come in
     * @param keyMean what keys have in common, times their spread
     */
    private record Setting(float gradient, float keyMean) {}

    private static final List<Setting> SETTINGS =
            List.of(new Setting(1, 0), new Setting(0x1p-20f, 0), new Setting(1, 10));

    private static float[] normal(int size, long seed, float deviation) {
        Random random = new Random(seed);
        float[] numbers = new float[size];
        for (int i = 0; i < size; i++) {
            numbers[i] = deviation * (float) random.nextGaussian();
        }
        return numbers;
    }

    /** What an operation does wrong, and the result that shows it; a wrong scale either result of forward. */
    enum Fault {
        LSE_IS_MORE("lse") {
            @Override
            void forward(float[] out, float[] lse) {
                for (int i = 0; i < lse.length; i++) {
                    lse[i] += 0.05f;
                }
            }
        },
        LAST_ROW_IS_ZERO("out") {
            @Override
            void forward(float[] out, float[] lse) {
                Arrays.fill(out, out.length - SHAPE.valueDim(), out.length, 0);
            }
        },
        OUT_IS_5_PERCENT_MORE("out") {
            @Override
            void forward(float[] out, float[] lse) {
                times(1.05f, out);
            }
        },
        ANOTHER_SCALE(""),
        DQ_IS_ZERO("dq") {
            @Override
            void backward(float[] dq, float[] dk, float[] dv, float[] learned) {
                times(0, dq);
            }
        },
        DQ_IS_DOUBLED("dq") {
            @Override
            void backward(float[] dq, float[] dk, float[] dv, float[] learned) {
                times(2, dq);
            }
        },
        DK_IS_ZERO("dk") {
            @Override
            void backward(float[] dq, float[] dk, float[] dv, float[] learned) {
                times(0, dk);
            }
        },
        DK_IS_DOUBLED("dk") {
            @Override
            void backward(float[] dq, float[] dk, float[] dv, float[] learned) {
                times(2, dk);
            }
        },
        DV_IS_ZERO("dv") {
            @Override
            void backward(float[] dq, float[] dk, float[] dv, float[] learned) {
                times(0, dv);
            }
        },
        DV_IS_DOUBLED("dv") {
            @Override
            void backward(float[] dq, float[] dk, float[] dv, float[] learned) {
                times(2, dv);
            }
        },
        LEARNED_IS_ZERO("captured array 0") {
            @Override
            void backward(float[] dq, float[] dk, float[] dv, float[] learned) {
                times(0, learned);
            }
        },
        LEARNED_IS_DOUBLED("captured array 0") {
            @Override
            void backward(float[] dq, float[] dk, float[] dv, float[] learned) {
                times(2, learned);
            }
        },
        LEARNED_IS_NEGATED("captured array 0") {
            @Override
            void backward(float[] dq, float[] dk, float[] dv, float[] learned) {
                times(-1, learned);
            }
        };

        private final String seen;

        Fault(String seen) {
            this.seen = seen;
        }

        void forward(float[] out, float[] lse) {}

        void backward(float[] dq, float[] dk, float[] dv, float[] learned) {}

        private static void times(float factor, float[] array) {
            for (int i = 0; i < array.length; i++) {
                array[i] *= factor;
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void faultsAreSeen(Fault fault) {
        for (Precision precision : Precision.values()) {
            for (Setting setting : SETTINGS) {
                assertThatThrownBy(() -> run(precision, setting, fault))
                        .as("%s, %s", precision, setting)
                        .hasMessageContaining("tornado:9:9 attention, compared rows")
                        .hasMessageContaining(fault.seen + ": expected what loops computes");
            }
        }
    }

    @Test
    void rightAnswersOfRoundedOperandsPass() {
        assertThatCode(() -> {
                    for (Precision precision : Precision.values()) {
                        for (Setting setting : SETTINGS) {
                            run(precision, setting, null);
                        }
                    }
                })
                .doesNotThrowAnyException();
    }

    /** Σ out · rounded dOut − dLse is then what Σ out · dOut − dLse was. */
    @Test
    void deltaIsThatOfTheGradientsAsGiven() {
        float[] out = {1, -2, 3, 0.5f};
        float[] dOut = {0.1f, 0.3f, -0.7f, 0.9f};
        float[] dLse = {0.25f, -1};
        float[] shifted = AttentionCheck.unroundedDelta(Precision.BFLOAT16, out, dOut, dLse, 2);
        for (int row = 0; row < 2; row++) {
            double given = -dLse[row];
            double rounded = -shifted[row];
            for (int x = 2 * row; x < 2 * row + 2; x++) {
                given += (double) out[x] * dOut[x];
                rounded += (double) out[x] * Precision.BFLOAT16.round(dOut[x]);
            }
            assertThat(rounded).isCloseTo(given, within(1e-6));
        }
        assertThat(dLse).containsExactly(0.25f, -1);
    }

    /** Both passes. */
    private void run(Precision precision, Setting setting, @Nullable Fault fault) {
        float[] keys = k.clone();
        for (int i = 0; i < keys.length; i++) {
            keys[i] += setting.keyMean();
        }
        AttentionSpec done = fault == Fault.ANOTHER_SCALE ? SPEC.withScale(1.02f * SPEC.scale()) : SPEC;
        AttentionSpec asked = SPEC.withPrecision(precision);
        AttentionOp rounded = new RoundedAttention(done.withPrecision(precision), (i, j) -> i - j + 149);
        try (AttentionOp op = new VerifiedAttention(
                new Op(rounded, fault),
                asked,
                new AttentionCheck(
                        asked,
                        LOOPS,
                        "tornado:9:9",
                        Agreement.of(precision, "loops", () -> "forward (/tmp/forward.cl)")))) {
            float[] out = new float[SHAPE.outSize()];
            float[] lse = new float[SHAPE.lseSize()];
            op.forward(q, keys, v, out, lse);
            op.backward(
                    q,
                    keys,
                    v,
                    out,
                    lse,
                    normal(SHAPE.outSize(), 4, setting.gradient()),
                    null,
                    new float[SHAPE.querySize()],
                    new float[SHAPE.keySize()],
                    new float[SHAPE.valueSize()],
                    new float[][] {new float[DISTANCES.length]});
        }
    }

    /** An operation with a fault. */
    private record Op(AttentionOp op, @Nullable Fault fault) implements AttentionOp {
        @Override
        public void forward(float[] q, float[] k, float[] v, float[] out, float[] lse) {
            op.forward(q, k, v, out, lse);
            if (fault != null) {
                fault.forward(out, lse);
            }
        }

        @Override
        public void backward(
                float[] q,
                float[] k,
                float[] v,
                float[] out,
                float[] lse,
                float[] dOut,
                float @Nullable [] dLse,
                float[] dq,
                float[] dk,
                float[] dv,
                float[][] dLearnable) {
            op.backward(q, k, v, out, lse, dOut, dLse, dq, dk, dv, dLearnable);
            if (fault != null) {
                fault.backward(dq, dk, dv, dLearnable[0]);
            }
        }

        @Override
        public void maxScores(float[] q, float[] k, float[] max) {
            op.maxScores(q, k, max);
        }

        @Override
        public void replaceMask(BlockMask mask) {
            op.replaceMask(mask);
        }

        @Override
        public String explain() {
            return op.explain();
        }

        @Override
        public void close() {
            op.close();
        }
    }
}
