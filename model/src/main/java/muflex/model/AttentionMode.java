package muflex.model;

import muflex.attention.MaskMod;
import muflex.attention.ScoreMod;
import muflex.graph.FlexOp;
import muflex.graph.Graph;
import muflex.graph.Tensor;
import org.jspecify.annotations.Nullable;

/** Where attention's keys come from: the sequence itself, a cache that the sequence is appended to, or pages of many sequences. */
sealed interface AttentionMode permits WholeSequence, BehindCache, BehindPages {

    /** The absolute position of the first token, an int scalar, or of each; null for 0. */
    @Nullable
    Tensor position();

    /** Keys or values of all tokens that attention may see, given those of the new ones. */
    Tensor remember(Graph graph, String name, Tensor fresh);

    /** Scale, score mod and mask. */
    FlexOp.Flex flex();

    /** Causality and what the variant forbids. */
    static MaskMod mask(AttentionVariant variant) {
        MaskMod causal = (b, h, q, kv) -> kv <= q;
        MaskMod own = variant.maskMod();
        return own == null ? causal : causal.and(own);
    }

    /** The positions' score mod, then the variant's; null for neither. */
    static @Nullable ScoreMod scoreMod(TransformerConfig config, AttentionVariant variant) {
        ScoreMod own = variant.scoreMod();
        if (config.positions() != Positions.ALIBI) {
            return own;
        }
        ScoreMod alibi = alibi(config.heads());
        return own == null ? alibi : alibi.andThen(own);
    }

    /** {@code score − 2^(−8(h+1)/H)·(q − kv)} (Press et al. 2021). */
    private static ScoreMod alibi(int heads) {
        float[] slopes = new float[heads];
        for (int h = 0; h < heads; h++) {
            slopes[h] = (float) Math.pow(2, -8.0 * (h + 1) / heads);
        }
        return (score, b, h, q, kv) -> score + slopes[h] * (kv - q);
    }
}
