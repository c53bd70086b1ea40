package muflex;

import java.util.Random;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMod;
import muflex.attention.ScoreMod;
import muflex.engine.AttentionSpec;
import muflex.expr.Lifted;
import muflex.expr.ScalarFunction;

/** Lifted functions beside the lambdas they come from. */
final class LiftCheck {

    /** Scores are drawn from a normal distribution of this width. */
    private static final float SCORES = 4;

    private LiftCheck() {}

    /** See {@link FlexAttention#check}. */
    static void run(AttentionSpec spec, int samples, long seed) {
        if (spec.interpret()) {
            throw new UnsupportedOperationException("check: expected an operation that was lifted, got one built with"
                    + " interpret(), which calls the lambdas; build without it");
        }
        if (samples < 1) {
            throw new IllegalArgumentException(
                    "samples: expected at least 1, got " + samples + "; ask for some, 10000 for instance");
        }
        AttentionShape shape = spec.shape();
        BlockMask blocks = spec.mask();
        ScoreMod score = spec.scoreMod();
        Lifted lifted = spec.lifted();
        ScalarFunction scoreLifted = lifted == null ? null : ScalarFunction.asWritten(lifted);
        ScalarFunction maskLifted = blocks == null ? null : ScalarFunction.asWritten(blocks.lifted());
        Random random = new Random(seed);
        for (int i = 0; i < samples; i++) {
            int b = random.nextInt(shape.batch());
            int h = random.nextInt(shape.queryHeads());
            int q = random.nextInt(shape.queryLength());
            int kv = random.nextInt(shape.kvLength());
            float s = SCORES * (float) random.nextGaussian();
            if (blocks != null && maskLifted != null) {
                MaskMod mask = blocks.mask();
                compare("mask", s, b, h, q, kv, mask.test(b, h, q, kv) ? 1 : 0, maskLifted.evaluate(b, h, q, kv));
            }
            if (score != null && scoreLifted != null && (blocks == null || blocks.allows(b, h, q, kv))) {
                compare("scoreMod", s, b, h, q, kv, score.apply(s, b, h, q, kv), scoreLifted.evaluate(s, b, h, q, kv));
            }
        }
    }

    private static void compare(String what, float s, int b, int h, int q, int kv, double called, double lifted) {
        if (Double.compare(called, lifted) != 0) {
            throw new IllegalStateException(what + ": expected the lifted function to give what the lambda does, "
                    + called + ", got " + lifted + " at (score " + s + ", b " + b + ", h " + h + ", q " + q + ", kv "
                    + kv
                    + "); a lambda must depend on nothing but its arguments and captures");
        }
    }
}
