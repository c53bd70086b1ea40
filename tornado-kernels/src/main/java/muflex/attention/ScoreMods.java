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
}
