package muflex.engine.tornado;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.SplittableRandom;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMods;
import muflex.attention.Precision;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;
import muflex.engine.DeviceTimes;
import muflex.engine.Devices;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The check of first answers, on an operation of {@code loops} one of whose results is made wrong. */
class VerifiedAttentionTest {
    private static final AttentionShape SHAPE = new AttentionShape(2, 2, 1, 40, 40, 4, 4);
    private static final float[] BIAS = {0.1f, 0.2f};
    private static final Device LOOPS = Devices.byId("loops");

    private final AttentionSpec spec = AttentionSpec.of(SHAPE)
            .withScoreMod((score, b, h, q, kv) -> score + BIAS[h] * kv)
            .withLearnable(List.of(BIAS))
            .withMask(mask());

    private final float[] q = numbers(SHAPE.querySize());
    private final float[] k = numbers(SHAPE.keySize());
    private final float[] v = numbers(SHAPE.valueSize());
    private final float[] out = new float[SHAPE.outSize()];
    private final float[] lse = new float[SHAPE.lseSize()];

    private static BlockMask mask() {
        return BlockMask.create(MaskMods.causal(), 1, 1, SHAPE.queryLength(), SHAPE.kvLength());
    }

    private static float[] numbers(int size) {
        float[] numbers = new float[size];
        SplittableRandom random = new SplittableRandom(size);
        for (int i = 0; i < size; i++) {
            numbers[i] = (float) random.nextDouble(-1, 1);
        }
        return numbers;
    }

    /** Which result is doubled. */
    private enum Wrong {
        NOTHING,
        MAXIMA,
        LEARNED,
        OUT_OF_ANOTHER_MASK
    }

    private AttentionOp verified(Wrong wrong) {
        Agreement agreement = Agreement.of(Precision.SINGLE, "loops", () -> "forward (/tmp/forward.cl)");
        return new VerifiedAttention(
                new Op(LOOPS.compile(spec), wrong), spec, new AttentionCheck(spec, LOOPS, "tornado:9:9", agreement));
    }

    private void backward(AttentionOp op) {
        op.backward(
                q,
                k,
                v,
                out,
                lse,
                numbers(SHAPE.outSize()),
                null,
                new float[SHAPE.querySize()],
                new float[SHAPE.keySize()],
                new float[SHAPE.valueSize()],
                new float[][] {new float[BIAS.length]});
    }

    @Test
    void rightAnswersPass() {
        try (AttentionOp op = verified(Wrong.NOTHING)) {
            op.forward(q, k, v, out, lse);
            assertThatCode(() -> {
                        op.maxScores(q, k, new float[SHAPE.lseSize()]);
                        backward(op);
                        op.replaceMask(mask());
                        op.forward(q, k, v, out, lse);
                    })
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void wrongLargestScoresAreSeen() {
        try (AttentionOp op = verified(Wrong.MAXIMA)) {
            assertThatThrownBy(() -> op.maxScores(q, k, new float[SHAPE.lseSize()]))
                    .hasMessageContaining(
                            "tornado:9:9 attention, compared rows of the largest scores: expected what loops");
        }
    }

    @Test
    void wrongGradientsOfCapturedArraysAreSeen() {
        try (AttentionOp op = verified(Wrong.LEARNED)) {
            op.forward(q, k, v, out, lse);
            assertThatThrownBy(() -> backward(op))
                    .hasMessageContaining(
                            "compared rows' share of the gradient of captured array 0: expected what loops");
        }
    }

    /** Of the gradient of an offset to all scores of a query only rounding is left, here another's; of a wrong one much more. */
    @Test
    void gradientsThatCancelAreComparedWithTheirTerms() {
        try (AttentionOp op = offsets(3e-7f)) {
            op.forward(q, k, v, out, lse);
            assertThatCode(() -> backward(op)).doesNotThrowAnyException();
        }
        try (AttentionOp op = offsets(1e-3f)) {
            op.forward(q, k, v, out, lse);
            assertThatThrownBy(() -> backward(op)).hasMessageContaining("gradient of captured array 0");
        }
    }

    private AttentionOp offsets(float added) {
        AttentionSpec offsets = spec.withScoreMod((score, b, h, q, kv) -> score + BIAS[h]);
        Op op = new Op(LOOPS.compile(offsets), Wrong.NOTHING);
        op.added = added;
        return new VerifiedAttention(
                op,
                offsets,
                new AttentionCheck(
                        offsets,
                        LOOPS,
                        "tornado:9:9",
                        Agreement.of(Precision.SINGLE, "loops", () -> "keys (/tmp/keys.cu)")));
    }

    /** A query that is not compared has no keys in the slice, but its sink. */
    @Test
    void sinksOfQueriesThatAreNotComparedDontCount() {
        float[] sinks = new float[SHAPE.queryHeads()];
        AttentionSpec withSinks = AttentionSpec.of(SHAPE).withSinks(sinks).withLearnable(List.of(sinks));
        try (AttentionOp op = new VerifiedAttention(
                LOOPS.compile(withSinks),
                withSinks,
                new AttentionCheck(
                        withSinks,
                        LOOPS,
                        "tornado:9:9",
                        Agreement.of(Precision.SINGLE, "loops", () -> "keys (/tmp/keys.cu)")))) {
            op.forward(q, k, v, out, lse);
            float[] dSinks = new float[sinks.length];
            float[] dq = new float[q.length];
            float[] dk = new float[k.length];
            float[] dv = new float[v.length];
            assertThatCode(() -> op.backward(q, k, v, out, lse, out, null, dq, dk, dv, new float[][] {dSinks}))
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void aMaskThatIsNotTakenIsSeen() {
        try (AttentionOp op = verified(Wrong.OUT_OF_ANOTHER_MASK)) {
            op.forward(q, k, v, out, lse);
            op.replaceMask(mask());
            assertThatThrownBy(() -> op.forward(q, k, v, out, lse))
                    .hasMessageContaining("compared rows of out: expected what loops computes")
                    .hasMessageContaining(" from forward (/tmp/forward.cl);");
        }
    }

    /** What a check runs is not the caller's, and what ran before it still is, though two checks came before anyone asked. */
    @Test
    void checksTakeNoTimes() {
        try (AttentionOp op = verified(Wrong.NOTHING)) {
            op.forward(q, k, v, out, lse);
            backward(op);
            op.replaceMask(mask());
            op.forward(q, k, v, out, lse);
            backward(op);
            assertThat(op.takeTimes()).isEqualTo(new DeviceTimes(0, 4, 0));
            assertThat(op.takeTimes()).isEqualTo(new DeviceTimes(0, 0, 0));
        }
    }

    /** One result of another operation is doubled; each call takes a nanosecond. */
    private static final class Op implements AttentionOp {
        private final AttentionOp op;
        private final Wrong wrong;
        private boolean replaced;
        private int calls;

        /** To the gradients of captured arrays. */
        private float added;

        @Override
        public DeviceTimes takeTimes() {
            DeviceTimes taken = new DeviceTimes(0, calls, 0);
            calls = 0;
            return taken;
        }

        Op(AttentionOp op, Wrong wrong) {
            this.op = op;
            this.wrong = wrong;
        }

        private static void twice(float[] array) {
            for (int i = 0; i < array.length; i++) {
                array[i] *= 2;
            }
        }

        @Override
        public void forward(float[] q, float[] k, float[] v, float[] out, float[] lse) {
            calls++;
            op.forward(q, k, v, out, lse);
            if (replaced && wrong == Wrong.OUT_OF_ANOTHER_MASK) {
                twice(out);
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
            calls++;
            op.backward(q, k, v, out, lse, dOut, dLse, dq, dk, dv, dLearnable);
            dLearnable[0][0] += added;
            if (wrong == Wrong.LEARNED) {
                twice(dLearnable[0]);
            }
        }

        @Override
        public void maxScores(float[] q, float[] k, float[] max) {
            op.maxScores(q, k, max);
            if (wrong == Wrong.MAXIMA) {
                twice(max);
            }
        }

        @Override
        public void replaceMask(BlockMask mask) {
            replaced = true;
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
