package muflex.engine.reference;

import muflex.attention.ScoreMod;
import muflex.engine.AttentionSpec;
import muflex.expr.Lifted;

/** The score mod of a spec as a {@link Mod}. */
final class Mods {

    private Mods() {}

    static Mod of(AttentionSpec spec) {
        ScoreMod scoreMod = spec.scoreMod();
        if (scoreMod == null) {
            return new Identity();
        }
        Lifted lifted = spec.lifted();
        return lifted == null ? new Interpreted(scoreMod) : new LiftedMod(lifted, spec);
    }

    private record Identity() implements Mod {
        @Override
        public double value(double score, int b, int h, int q, int kv) {
            return score;
        }

        @Override
        public double derivative(double score, int b, int h, int q, int kv) {
            return 1;
        }

        @Override
        public void accumulate(double score, int b, int h, int q, int kv, double upstream, Gradients gradients) {}
    }

    /** Calls the lambda, so in float32; it has no derivative. */
    private record Interpreted(ScoreMod scoreMod) implements Mod {
        @Override
        public double value(double score, int b, int h, int q, int kv) {
            return scoreMod.apply((float) score, b, h, q, kv);
        }

        @Override
        public double derivative(double score, int b, int h, int q, int kv) {
            throw new UnsupportedOperationException("interpret: a lambda that was not lifted has no derivative");
        }

        @Override
        public void accumulate(double score, int b, int h, int q, int kv, double upstream, Gradients gradients) {
            throw new UnsupportedOperationException("interpret: a lambda that was not lifted has no derivative");
        }
    }
}
