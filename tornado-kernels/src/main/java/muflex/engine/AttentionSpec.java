package muflex.engine;

import java.util.List;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.Precision;
import muflex.attention.ScoreMod;
import muflex.attention.Weights;
import muflex.expr.Lifted;
import muflex.expr.Lifter;
import org.jspecify.annotations.Nullable;

/**
 * What an engine is asked to compile: one attention operation. Built by the front door, which has checked it.
 *
 * <p>For query row {@code (b, h, q)}, with {@code g} the key head of {@code h} and {@code A} the keys that the mask
 * allows:
 *
 * <pre>
 *   s[kv] = scoreMod(scale · Σ_d q[b,h,q,d] k[b,g,kv,d], b, h, q, kv)       kv ∈ A
 *   lse   = ln(Σ_A exp s[kv] + exp sinks[h])                                 the sink only where there are sinks
 *   p[kv] = exp(s[kv] − lse)
 *   out   = Σ_A p[kv] · keep(seed, b, h, q, kv) / (1 − dropout) · v[b,g,kv,:]
 * </pre>
 *
 * A row with no allowed key has {@code out = 0} and {@code lse = −∞} ({@code sinks[h]} with sinks), and all its
 * gradients are 0. The gradient, with {@code δ = Σ out · dOut}:
 *
 * <pre>
 *   ds[kv]    = p[kv] · (keep / (1 − dropout) · Σ dOut · v[kv] − δ + dLse)
 *   raw[kv]   = ds[kv] · ∂scoreMod/∂score;   dq = scale Σ raw[kv] k[kv];   dk[kv] = scale Σ raw[kv] q;   dv[kv] = Σ p[kv] · keep / (1 − dropout) · dOut
 *   dcaptured[index] += ds[kv] · ∂scoreMod/∂captured[index];   dsinks[h] += exp(sinks[h] − lse) · (dLse − δ)
 * </pre>
 *
 * With weights other than a softmax's, see {@link Weights}.
 *
 * @param scoreMod null for none
 * @param mask null for every key; its lists are the truth
 * @param sinks {@code [queryHeads]}, one extra logit a head in the softmax's denominator, or null
 * @param dropout the probability that an element of p is dropped, in [0, 1)
 * @param seed of the dropout; see {@link muflex.kernels.Philox}
 * @param learnable arrays that want a gradient, by identity: captured by the score mod, or {@code sinks}
 * @param interpret call the lambdas themselves instead of lifting them: forward only, JVM engines only
 * @param precision of the forward pass's products; the float64 reference has its own
 * @param weights what scores become; others than a softmax's have neither sinks nor dropout, and single precision
 */
public record AttentionSpec(
        AttentionShape shape,
        @Nullable ScoreMod scoreMod,
        @Nullable BlockMask mask,
        float scale,
        float @Nullable [] sinks,
        float dropout,
        long seed,
        List<float[]> learnable,
        boolean interpret,
        Precision precision,
        Weights weights) {

    public AttentionSpec {
        learnable = List.copyOf(learnable);
    }

    /** Plain softmax attention with the default scale. */
    public static AttentionSpec of(AttentionShape shape) {
        return new AttentionSpec(
                shape,
                null,
                null,
                shape.defaultScale(),
                null,
                0,
                0,
                List.of(),
                false,
                Precision.SINGLE,
                Weights.SOFTMAX);
    }

    public AttentionSpec withScoreMod(@Nullable ScoreMod newScoreMod) {
        return new AttentionSpec(
                shape, newScoreMod, mask, scale, sinks, dropout, seed, learnable, interpret, precision, weights);
    }

    public AttentionSpec withMask(@Nullable BlockMask newMask) {
        return new AttentionSpec(
                shape, scoreMod, newMask, scale, sinks, dropout, seed, learnable, interpret, precision, weights);
    }

    public AttentionSpec withScale(float newScale) {
        return new AttentionSpec(
                shape, scoreMod, mask, newScale, sinks, dropout, seed, learnable, interpret, precision, weights);
    }

    public AttentionSpec withSinks(float @Nullable [] newSinks) {
        return new AttentionSpec(
                shape, scoreMod, mask, scale, newSinks, dropout, seed, learnable, interpret, precision, weights);
    }

    public AttentionSpec withDropout(float newDropout, long newSeed) {
        return new AttentionSpec(
                shape, scoreMod, mask, scale, sinks, newDropout, newSeed, learnable, interpret, precision, weights);
    }

    public AttentionSpec withLearnable(List<float[]> newLearnable) {
        return new AttentionSpec(
                shape, scoreMod, mask, scale, sinks, dropout, seed, newLearnable, interpret, precision, weights);
    }

    public AttentionSpec withInterpret(boolean newInterpret) {
        return new AttentionSpec(
                shape, scoreMod, mask, scale, sinks, dropout, seed, learnable, newInterpret, precision, weights);
    }

    public AttentionSpec withPrecision(Precision newPrecision) {
        return new AttentionSpec(
                shape, scoreMod, mask, scale, sinks, dropout, seed, learnable, interpret, newPrecision, weights);
    }

    public AttentionSpec withWeights(Weights newWeights) {
        return new AttentionSpec(
                shape, scoreMod, mask, scale, sinks, dropout, seed, learnable, interpret, precision, newWeights);
    }

    public AttentionSpec withShape(AttentionShape newShape) {
        return new AttentionSpec(
                newShape, scoreMod, mask, scale, sinks, dropout, seed, learnable, interpret, precision, weights);
    }

    /** The place of that very array in {@link #learnable()}, or −1 if it wants no gradient. */
    @SuppressWarnings("ReferenceEquality")
    public int learnableIndex(@Nullable Object array) {
        for (int i = 0; i < learnable.size(); i++) {
            if (learnable.get(i) == array) {
                return i;
            }
        }
        return -1;
    }

    /**
     * The score mod as an expression of {@code (score, b, h, q, kv)}, or null if there is none or it is interpreted. Each call
     * lifts it: call once, at compilation.
     *
     * @throws muflex.expr.LiftException if it can't be lifted; the message names the construct and its source line
     */
    public @Nullable Lifted lifted() {
        return scoreMod == null || interpret ? null : Lifter.lift(scoreMod);
    }
}
