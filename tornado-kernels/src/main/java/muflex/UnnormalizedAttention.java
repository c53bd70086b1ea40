package muflex;

import muflex.attention.AttentionShape;
import muflex.attention.ScoreMod;
import muflex.attention.ScoreMods;
import muflex.attention.Weights;
import muflex.engine.AttentionSpec;

/**
 * Attention whose weights are any function of their own score, never negative, and are not divided by their sum:
 *
 * <pre>
 *   out = factor · Σ f(s[kv]) · v[kv]
 * </pre>
 *
 * <p>Sigmoid attention (Ramapuram et al. 2024, arXiv:2409.04431, equation 3) is {@link ScoreMods#sigmoid} of a bias of {@code −ln
 * keys} with factor 1; ReLU attention (Wortsman et al. 2023, arXiv:2309.08586, section 3) is {@link ScoreMods#relu} with factor
 * {@code 1 / keys}.
 *
 * <p>It is {@link FlexAttention} with the score mod {@code ln f}, in whose softmax {@code exp(ln f) = f}, and {@code lse = ln Σ f} undoes the
 * division: so it runs on every device, masks and dropout included. Scores meet f after the scale and nothing else; put more into f.
 *
 * <pre>{@code
 * float bias = (float) -Math.log(shape.kvLength());
 * try (UnnormalizedAttention sigmoid = UnnormalizedAttention.of(
 *         FlexAttention.builder(shape).mask(MaskMods.causal()), ScoreMods.sigmoid(bias), 1)) {
 *     AttentionResult result = sigmoid.forward(q, k, v);
 *     AttentionGradients gradients = sigmoid.backward(q, k, v, result, dOut);
 * }
 * }</pre>
 */
public final class UnnormalizedAttention implements AutoCloseable {

    private final FlexAttention normalized;
    private final float factor;

    private UnnormalizedAttention(FlexAttention normalized, float factor) {
        this.normalized = normalized;
        this.factor = factor;
    }

    /**
     * Compiles it.
     *
     * @param options shape, mask, scale, dropout, learnable arrays and device; no sinks, and no score mod, which is {@code f}
     * @param f never negative
     * @param factor of every weight, above 0
     */
    public static UnnormalizedAttention of(FlexAttention.Builder options, ScoreMod f, float factor) {
        if (!(factor > 0) || factor == Float.POSITIVE_INFINITY) {
            throw new IllegalArgumentException(
                    "factor: expected a positive number, got " + factor + "; 1 leaves the weights as they are");
        }
        AttentionSpec spec = options.spec();
        if (spec.scoreMod() != null) {
            throw new IllegalArgumentException(
                    "scoreMod: expected none, got one; scores meet f alone, so pass mod.andThen(f) as f");
        }
        if (spec.sinks() != null) {
            throw new IllegalArgumentException(
                    "sinks: expected none, got some; without a denominator they have no meaning, so leave them out");
        }
        if (spec.weights() != Weights.SOFTMAX) {
            throw new IllegalArgumentException("weights: expected SOFTMAX, whose division is undone here, got "
                    + spec.weights() + "; leave it out");
        }
        return new UnnormalizedAttention(options.build(spec.withScoreMod(ScoreMods.activation(f))), factor);
    }

    /** The operation with {@code ln f} that it is made of. */
    public FlexAttention normalized() {
        return normalized;
    }

    /** {@code out} as above, 0 where every weight is; {@code lse} is {@code ln Σ f(s)}. Arrays as {@link FlexAttention#forward}. */
    public AttentionResult forward(float[] q, float[] k, float[] v) {
        AttentionResult result = normalized.forward(q, k, v);
        float[] out = result.out();
        int dim = normalized.shape().valueDim();
        for (int i = 0; i < out.length; i++) {
            out[i] *= weight(result.lse()[i / dim]);
        }
        return result;
    }

    /** The sum of a row's weights. */
    private float weight(float lse) {
        return factor * (float) Math.exp(lse);
    }

    /**
     * The gradients of {@code Σ out · dOut}. With {@code w = factor · exp(lse)} and {@code out = w · normalized}, they are those of the
     * normalized operation for {@code w · dOut} and {@code dLse = Σ out · dOut}.
     *
     * @param result what {@link #forward} gave
     * @param dOut {@code [batch, queryHeads, queryLength, valueDim]}
     */
    public AttentionGradients backward(float[] q, float[] k, float[] v, AttentionResult result, float[] dOut) {
        AttentionShape shape = normalized.shape();
        Arguments.out("out", shape, result.out());
        Arguments.lse("lse", shape, result.lse());
        Arguments.out("dOut", shape, dOut);
        int dim = shape.valueDim();
        float[] out = new float[shape.outSize()];
        float[] scaled = new float[shape.outSize()];
        float[] dLse = new float[shape.lseSize()];
        for (int row = 0; row < dLse.length; row++) {
            float weight = weight(result.lse()[row]);
            for (int i = row * dim; i < (row + 1) * dim; i++) {
                out[i] = weight == 0 ? 0 : result.out()[i] / weight;
                scaled[i] = weight * dOut[i];
                dLse[row] += out[i] * scaled[i];
            }
        }
        return normalized.backward(q, k, v, new AttentionResult(out, result.lse()), scaled, dLse);
    }

    @Override
    public void close() {
        normalized.close();
    }
}
