package muflex.attention;

/**
 * Ready-made score mods. Each is an ordinary {@link ScoreMod} lambda: chain them with {@code andThen}, or read one as a
 * pattern for your own. {@code s} is the scaled score of query {@code q} and key {@code kv} in query head {@code h}.
 */
public final class ScoreMods {

    private ScoreMods() {}

    /**
     * The score as it is: {@code s}.
     *
     * <pre>{@code ScoreMod mod = capped ? ScoreMods.softcap(50) : ScoreMods.identity();}</pre>
     */
    public static ScoreMod identity() {
        return (score, b, h, q, kv) -> score;
    }

    /**
     * Attention with linear biases: {@code s − slope[h] · (q − kv)}. For a power of two of heads {@code H} the slope is
     * {@code 2^(−8 (h + 1) / H)}; otherwise those of the next lower power of two, then every other one of twice that.
     * Press et al. 2022 (arXiv:2108.12409), section 3 and its published code.
     *
     * <pre>{@code FlexAttention.builder(shape).scoreMod(ScoreMods.alibi(8)).mask(MaskMods.causal())}</pre>
     */
    public static ScoreMod alibi(int heads) {
        float[] slopes = alibiSlopes(heads);
        return (score, b, h, q, kv) -> score + slopes[h] * (kv - q);
    }

    /** The slopes of {@link #alibi}, {@code [heads]}. */
    public static float[] alibiSlopes(int heads) {
        Check.atLeast("heads", 1, heads);
        int power = Integer.highestOneBit(heads);
        float[] slopes = new float[heads];
        for (int h = 0; h < heads; h++) {
            double exponent = h < power ? -8.0 * (h + 1) / power : -4.0 * (2 * (h - power) + 1) / power;
            slopes[h] = (float) Math.pow(2, exponent);
        }
        return slopes;
    }

    /**
     * Keeps scores within {@code ±cap}: {@code cap · tanh(s / cap)}. Gemma 2, Riviere et al. 2024 (arXiv:2408.00118),
     * section 2, with a cap of 50.
     *
     * <pre>{@code ScoreMods.softcap(50)}</pre>
     */
    public static ScoreMod softcap(float cap) {
        Check.positive("cap", cap);
        return (score, b, h, q, kv) -> cap * (float) Math.tanh(score / cap);
    }

    /**
     * A bias by distance, alike beyond {@code maxDistance}: {@code s + table[clamp(q − kv, ±maxDistance) + maxDistance]}.
     * Shaw et al. 2018 (arXiv:1803.02155), section 3.2, with a scalar for a vector. Learned if the table is passed to
     * {@code learnable}.
     *
     * <pre>{@code
     * float[] table = new float[2 * 128 + 1];
     * FlexAttention.builder(shape).scoreMod(ScoreMods.relativeBias(table, 128)).learnable(table)
     * }</pre>
     *
     * @param table {@code [2 · maxDistance + 1]}
     */
    public static ScoreMod relativeBias(float[] table, int maxDistance) {
        Check.atLeast("maxDistance", 0, maxDistance);
        Check.length("table", "[2 · maxDistance + 1]", 2 * maxDistance + 1, table.length);
        return (score, b, h, q, kv) ->
                score + table[Math.min(Math.max(q - kv, -maxDistance), maxDistance) + maxDistance];
    }

    /**
     * A bias by head and distance: {@code s + table[h, clamp(q − kv, ±maxDistance) + maxDistance]}. As
     * {@link #relativeBias(float[], int)}, one row a head.
     *
     * <pre>{@code ScoreMods.relativeBias(new float[8 * 257], 8, 128)}</pre>
     *
     * @param table {@code [heads, 2 · maxDistance + 1]}
     */
    public static ScoreMod relativeBias(float[] table, int heads, int maxDistance) {
        Check.atLeast("heads", 1, heads);
        Check.atLeast("maxDistance", 0, maxDistance);
        int width = 2 * maxDistance + 1;
        Check.length("table", "[heads, 2 · maxDistance + 1]", Math.multiplyExact(heads, width), table.length);
        return (score, b, h, q, kv) ->
                score + table[h * width + Math.min(Math.max(q - kv, -maxDistance), maxDistance) + maxDistance];
    }

    /**
     * A bias for each pair of positions: {@code s + bias[q, kv]}. The "attention bias" of most frameworks.
     *
     * <pre>{@code ScoreMods.bias(new float[512 * 512], 512)}</pre>
     *
     * @param bias {@code [queryLength, kvLength]}
     */
    public static ScoreMod bias(float[] bias, int kvLength) {
        Check.atLeast("kvLength", 1, kvLength);
        return (score, b, h, q, kv) -> score + bias[q * kvLength + kv];
    }

    /**
     * A number added per head: {@code s + offset[h]}. It changes the softmax only beside sinks, or where attention outputs
     * are merged by lse.
     *
     * <pre>{@code ScoreMods.headOffset(new float[] {0f, 0.5f, 1f, 2f})}</pre>
     *
     * @param offset {@code [queryHeads]}
     */
    public static ScoreMod headOffset(float[] offset) {
        return (score, b, h, q, kv) -> score + offset[h];
    }

    /**
     * A factor per head, an inverse temperature: {@code s · factor[h]}. Learned in Swin Transformer V2, Liu et al. 2022
     * (arXiv:2111.09883).
     *
     * <pre>{@code ScoreMods.headScale(new float[] {1f, 0.5f, 0.25f, 0.125f})}</pre>
     *
     * @param factor {@code [queryHeads]}
     */
    public static ScoreMod headScale(float[] factor) {
        return (score, b, h, q, kv) -> score * factor[h];
    }

    /**
     * A gate per head, between 0 and 1: {@code s · σ(gate[h])}. Learned if the array is passed to {@code learnable}; gated
     * attention as in the score-mod form of attention-gym's learned biases.
     *
     * <pre>{@code ScoreMods.gate(new float[8])}</pre>
     *
     * @param gate {@code [queryHeads]}, the logits
     */
    public static ScoreMod gate(float[] gate) {
        return (score, b, h, q, kv) -> score / (1 + (float) Math.exp(-gate[h]));
    }

    /**
     * A bias by head and distance in buckets, exact for near keys and wider and wider for far ones: {@code s + table[h,
     * bucket(kv − q)]}. Raffel et al. 2020 (T5, arXiv:1910.10683), section 2.1, with its published code's buckets.
     *
     * <pre>{@code
     * float[] table = new float[8 * 32];
     * FlexAttention.builder(shape).scoreMod(ScoreMods.t5Bias(table, 8, 32, 128, true)).learnable(table)
     * }</pre>
     *
     * @param table {@code [heads, buckets]}
     * @param buckets even where {@code bothWays}
     * @param maxDistance from which on all keys are in the last bucket; T5 has 128
     * @param bothWays whether later keys have buckets of their own (T5's encoder), or all count as distance 0 (its decoder)
     */
    public static ScoreMod t5Bias(float[] table, int heads, int buckets, int maxDistance, boolean bothWays) {
        Check.atLeast("heads", 1, heads);
        Check.length("table", "[heads, buckets]", Math.multiplyExact(heads, buckets), table.length);
        int[] bucketOf = Buckets.t5(buckets, maxDistance, bothWays);
        return (score, b, h, q, kv) -> score
                + table[h * buckets + bucketOf[Math.min(Math.max(kv - q, -maxDistance), maxDistance) + maxDistance]];
    }

    /**
     * A bias by head and displacement on an image of rows of {@code width}: {@code s + table[h, Δrow, Δcolumn]}. Liu et al. 2021
     * (Swin Transformer, arXiv:2103.14030), section 3.2.
     *
     * <pre>{@code ScoreMods.relativeBias2d(new float[4 * 15 * 15], 4, 8, 8)}</pre>
     *
     * @param table {@code [heads, 2 · height − 1, 2 · width − 1]}, the displacement of the query from the key, 0 in the middle
     */
    public static ScoreMod relativeBias2d(float[] table, int heads, int height, int width) {
        Check.atLeast("height", 1, height);
        Check.atLeast("width", 1, width);
        int across = 2 * width - 1;
        int area = Math.multiplyExact(2 * height - 1, across);
        Check.length("table", "[heads, 2 · height − 1, 2 · width − 1]", Math.multiplyExact(heads, area), table.length);
        return (score, b, h, q, kv) -> score
                + table[h * area + (q / width - kv / width + height - 1) * across + q % width - kv % width + width - 1];
    }

    /**
     * The inner product of sinusoidal position embeddings, by head: {@code s + (8 (h + 1) / H) · Σᵢ cos((q − kv) / 10000^(2i/dim))},
     * i from 1 to dim / 2. Chi et al. 2023 (Sandwich, arXiv:2212.10356), section 5.
     *
     * <pre>{@code ScoreMods.sandwich(8, 128, 1024)}</pre>
     *
     * @param dim of the embeddings, even; the paper's 128
     * @param length the longest sequence
     */
    public static ScoreMod sandwich(int heads, int dim, int length) {
        Check.atLeast("heads", 1, heads);
        Check.atLeast("dim", 2, dim);
        if (dim % 2 != 0) {
            throw new IllegalArgumentException("dim: expected an even number, got " + dim + "; the paper has 128");
        }
        Check.atLeast("length", 1, length);
        float[] byDistance = new float[length];
        for (int distance = 0; distance < length; distance++) {
            double sum = 0;
            for (int i = 1; i <= dim / 2; i++) {
                sum += Math.cos(distance / Math.pow(10_000, 2.0 * i / dim));
            }
            byDistance[distance] = (float) (8 * sum / heads);
        }
        return (score, b, h, q, kv) -> score + (h + 1) * byDistance[Math.abs(q - kv)];
    }

    /**
     * A learned bias by the distance of two nodes in a graph: {@code s + bias[distance[q, kv]]}. Ying et al. 2021 (Graphormer,
     * arXiv:2106.05234), section 3.1.2, spatial encoding.
     *
     * <pre>{@code ScoreMods.graphSpatial(shortestPaths, nodes, new float[maxDistance + 1])}</pre>
     *
     * @param distance {@code [nodes, nodes]}, an index of {@code bias}: edges of a shortest path, unreachable nodes one more
     * @param bias one number for each distance
     */
    public static ScoreMod graphSpatial(int[] distance, int nodes, float[] bias) {
        Check.length("distance", "[nodes, nodes]", Math.multiplyExact(nodes, nodes), distance.length);
        return (score, b, h, q, kv) -> score + bias[distance[q * nodes + kv]];
    }

    /**
     * A learned bias by the edges on the path between two nodes, their mean: {@code s + 1/N Σₙ weight[n, type of the n-th edge]}
     * over the N ≤ hops edges; 0 without a path. Graphormer, section 3.1.3, edge encoding, with types for feature vectors.
     *
     * <pre>{@code ScoreMods.graphEdges(paths, nodes, 4, new float[4 * types], types)}</pre>
     *
     * @param path {@code [nodes, nodes, hops]}, edge types along a shortest path from query to key, then −1
     * @param weight {@code [hops, types]}
     */
    public static ScoreMod graphEdges(int[] path, int nodes, int hops, float[] weight, int types) {
        Check.range("hops", 1, 16, hops);
        Check.length("path", "[nodes, nodes, hops]", Math.multiplyExact(nodes * nodes, hops), path.length);
        Check.length("weight", "[hops, types]", Math.multiplyExact(hops, types), weight.length);
        return (score, b, h, q, kv) -> {
            float sum = 0;
            int count = 0;
            for (int n = 0; n < hops; n++) {
                int type = path[(q * nodes + kv) * hops + n];
                sum += type < 0 ? 0 : weight[n * types + type];
                count += type < 0 ? 0 : 1;
            }
            return score + sum / Math.max(1, count);
        };
    }

    /**
     * Weights that are {@code f(s)} instead of {@code exp(s)}, normalised: {@code log f(s)}, −∞ where f is 0, so that softmax
     * gives {@code f(s) / Σ f(s)}. For the sum without the division see {@link muflex.UnnormalizedAttention}.
     *
     * <pre>{@code ScoreMods.activation((s, b, h, q, kv) -> s > 0 ? s * s : 0f) // squared ReLU}</pre>
     *
     * @param f never negative; an ordinary score mod
     */
    public static ScoreMod activation(ScoreMod f) {
        return (score, b, h, q, kv) -> {
            float weight = f.apply(score, b, h, q, kv);
            return weight > 0 ? (float) Math.log(weight) : Float.NEGATIVE_INFINITY;
        };
    }

    /**
     * A weight between 0 and 1: {@code σ(s + bias)}, for {@link muflex.UnnormalizedAttention}. Ramapuram et al. 2024
     * (arXiv:2409.04431), equation 3.
     *
     * <pre>{@code ScoreMods.sigmoid((float) -Math.log(shape.kvLength()))}</pre>
     */
    public static ScoreMod sigmoid(float bias) {
        return (score, b, h, q, kv) -> 1 / (1 + (float) Math.exp(-(score + bias)));
    }

    /**
     * A weight of at least 0: {@code max(s, 0)}, for {@link muflex.UnnormalizedAttention}. Wortsman et al. 2023
     * (arXiv:2309.08586), section 3.
     *
     * <pre>{@code UnnormalizedAttention.of(FlexAttention.builder(shape), ScoreMods.relu(), 1f / shape.kvLength())}</pre>
     */
    public static ScoreMod relu() {
        return (score, b, h, q, kv) -> Math.max(score, 0);
    }

    /**
     * A score that fades with distance: {@code s · γ[h]^|q − kv|}. The decay that xPos gives each pair of dims (Sun et al. 2022,
     * arXiv:2212.10554, section 2), one rate for a head as in RetNet (Sun et al. 2023, arXiv:2307.08621, section 2.2).
     *
     * <pre>{@code ScoreMods.decay(ScoreMods.retentionRates(8))}</pre>
     *
     * @param rates {@code [queryHeads]}, γ, positive, at most 1
     */
    public static ScoreMod decay(float[] rates) {
        float[] logs = new float[rates.length];
        for (int h = 0; h < rates.length; h++) {
            Check.positive("rates[" + h + "]", rates[h]);
            logs[h] = (float) Math.log(rates[h]);
        }
        return (score, b, h, q, kv) -> score * (float) Math.exp(logs[h] * Math.abs(q - kv));
    }

    /** RetNet's rates, {@code γ[h] = 1 − 2^(−5 − h)}, {@code [heads]}; for {@link #decay}. */
    public static float[] retentionRates(int heads) {
        Check.atLeast("heads", 1, heads);
        float[] rates = new float[heads];
        for (int h = 0; h < heads; h++) {
            rates[h] = (float) (1 - Math.pow(2, -5 - h));
        }
        return rates;
    }
}
