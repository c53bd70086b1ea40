package muflex.attention;

import java.io.Serializable;

/**
 * Score mods that need the squared norms of queries and keys beside their product: cosine similarity and distances. The norms
 * are captured arrays, which {@link #update} fills before each forward call. Gradients flow through them if both arrays are
 * learnable, and {@link #addGradients} adds that part after each backward call:
 *
 * <pre>{@code
 * RowNorms norms = new RowNorms(shape);
 * FlexAttention attention = FlexAttention.builder(shape)
 *         .scoreMod(norms.euclidean(1f, shape.defaultScale()))
 *         .learnable(norms.query()).learnable(norms.key()).build();
 * norms.update(q, k);
 * AttentionResult result = attention.forward(q, k, v);
 * AttentionGradients gradients = attention.backward(q, k, v, result, dOut);
 * norms.addGradients(q, k, gradients.dCaptured().get(norms.query()), gradients.dCaptured().get(norms.key()), gradients.dq(), gradients.dk());
 * }</pre>
 */
public final class RowNorms {

    /** cosh(1e-3) − 1. */
    private static final float NEAREST = 5e-7f;

    private final AttentionShape shape;
    private final float[] query;
    private final float[] key;

    public RowNorms(AttentionShape shape) {
        this.shape = shape;
        query = new float[shape.lseSize()];
        key = new float[shape.batch() * shape.kvHeads() * shape.kvLength()];
    }

    /** {@code ‖q‖²}, {@code [batch, queryHeads, queryLength]}. */
    public float[] query() {
        return query;
    }

    /** {@code ‖k‖²}, {@code [batch, kvHeads, kvLength]}. */
    public float[] key() {
        return key;
    }

    /**
     * The norms of these queries and keys.
     *
     * @param q {@code [batch, queryHeads, queryLength, headDim]}
     * @param k {@code [batch, kvHeads, kvLength, headDim]}
     */
    public void update(float[] q, float[] k) {
        Check.length("q", "[batch, queryHeads, queryLength, headDim]", shape.querySize(), q.length);
        Check.length("k", "[batch, kvHeads, kvLength, headDim]", shape.keySize(), k.length);
        squares(q, query);
        squares(k, key);
    }

    private void squares(float[] rows, float[] norms) {
        int dim = shape.headDim();
        for (int row = 0; row < norms.length; row++) {
            double sum = 0;
            for (int i = row * dim; i < (row + 1) * dim; i++) {
                sum += (double) rows[i] * rows[i];
            }
            norms[row] = (float) sum;
        }
    }

    /**
     * {@code dq += 2 · dQuery · q} and {@code dk += 2 · dKey · k}: {@code ∂‖x‖²/∂x = 2x}.
     *
     * @param dQuery the gradient of {@link #query}
     * @param dKey the gradient of {@link #key}
     */
    public void addGradients(float[] q, float[] k, float[] dQuery, float[] dKey, float[] dq, float[] dk) {
        Check.length("dQuery", "[batch, queryHeads, queryLength]", query.length, dQuery.length);
        Check.length("dKey", "[batch, kvHeads, kvLength]", key.length, dKey.length);
        add(q, dQuery, dq);
        add(k, dKey, dk);
    }

    private void add(float[] rows, float[] dNorms, float[] gradient) {
        int dim = shape.headDim();
        for (int i = 0; i < rows.length; i++) {
            gradient[i] += 2 * dNorms[i / dim] * rows[i];
        }
    }

    /** A score from a score and the squared norms of its query and key. */
    @FunctionalInterface
    private interface OfNorms extends Serializable {
        float apply(float score, float query, float key);
    }

    private ScoreMod of(OfNorms f) {
        float[] ofQueries = query;
        float[] ofKeys = key;
        int heads = shape.queryHeads();
        int queries = shape.queryLength();
        int group = shape.groupSize();
        int kvHeads = shape.kvHeads();
        int keys = shape.kvLength();
        return (score, b, h, q, kv) ->
                f.apply(score, ofQueries[(b * heads + h) * queries + q], ofKeys[(b * kvHeads + h / group) * keys + kv]);
    }

    /**
     * Cosine similarity over a temperature: {@code q·k / (‖q‖ ‖k‖ · temperature)}. Liu et al. 2022 (Swin Transformer V2,
     * arXiv:2111.09883), section 3.3. Rows of zeros are not allowed.
     *
     * <pre>{@code norms.cosine(0.1f, shape.defaultScale())}</pre>
     *
     * @param scale the operation's
     */
    public ScoreMod cosine(float temperature, float scale) {
        Check.positive("temperature", temperature);
        Check.positive("scale", scale);
        float factor = 1 / (scale * temperature);
        return of((score, q2, k2) -> factor * score / (float) Math.sqrt(q2 * k2));
    }

    /**
     * The negative squared distance: {@code −sharpness · ‖q − k‖²}. Kim, Papamakarios and Mnih 2021 ("The Lipschitz constant of
     * self-attention", arXiv:2006.04710), section 3.2, L2 attention.
     *
     * <pre>{@code norms.euclidean(1, shape.defaultScale())}</pre>
     *
     * @param scale the operation's
     */
    public ScoreMod euclidean(float sharpness, float scale) {
        Check.positive("sharpness", sharpness);
        Check.positive("scale", scale);
        float product = 2 / scale;
        return of((score, q2, k2) -> sharpness * (product * score - q2 - k2));
    }

    /**
     * The negative distance in hyperbolic space, q and k being the space-like part of points on the hyperboloid: {@code −sharpness ·
     * arcosh(√(1 + ‖q‖²) √(1 + ‖k‖²) − q·k)}. Gulcehre et al. 2019 (Hyperbolic attention networks, arXiv:1805.09786), section
     * 3.2. Points nearer than 1e-3 count as 1e-3 apart, where the derivative has its pole.
     *
     * <pre>{@code norms.hyperbolic(1, shape.defaultScale())}</pre>
     *
     * @param scale the operation's
     */
    public ScoreMod hyperbolic(float sharpness, float scale) {
        Check.positive("sharpness", sharpness);
        Check.positive("scale", scale);
        float product = 1 / scale;
        return of((score, q2, k2) -> {
            float excess = Math.max((float) Math.sqrt((1 + q2) * (1 + k2)) - product * score - 1, NEAREST);
            return -sharpness * (float) Math.log(1 + excess + Math.sqrt(excess * (excess + 2)));
        });
    }
}
