package muflex.experiments.compare;

import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMod;
import muflex.attention.MaskMods;
import muflex.attention.ScoreMods;
import muflex.engine.AttentionSpec;

/** The built-in variants. Where one has a size (a window, a prefix), it is a fixed share of the length. */
public final class Variants {

    private static final float CAP = 20;

    private Variants() {}

    public static final List<Variant> ALL = List.of(
            new Variant(
                    "noop",
                    "Plain softmax attention: the cost of everything that is not a mod.",
                    "FlexAttention.builder(shape)",
                    (shape, seed) -> AttentionSpec.of(shape)),
            new Variant(
                    "causal",
                    "Each query sees itself and what came before.",
                    "mask: (b, h, q, kv) -> kv <= q",
                    (shape, seed) -> masked(shape, causal(shape))),
            new Variant(
                    "alibi",
                    "Causal, with a bias that grows with distance, at a slope per head (Press et al. 2022).",
                    "score: (score, b, h, q, kv) -> score + slopes[h] * (kv - q)\nmask: (b, h, q, kv) -> kv <= q",
                    (shape, seed) -> masked(shape, causal(shape)).withScoreMod(ScoreMods.alibi(shape.queryHeads()))),
            new Variant(
                    "softcap",
                    "Causal, with scores kept within ±20 by a tanh (Gemma 2).",
                    "score: (score, b, h, q, kv) -> 20 * (float) Math.tanh(score / 20)\nmask: (b, h, q, kv) -> kv <= q",
                    (shape, seed) -> masked(shape, causal(shape)).withScoreMod(ScoreMods.softcap(CAP))),
            new Variant(
                    "window",
                    "Each query sees a quarter of the length back, itself included (Mistral 7B).",
                    "mask: (b, h, q, kv) -> kv <= q && q - kv < window",
                    (shape, seed) -> masked(shape, MaskMods.slidingWindow(Math.max(1, shape.kvLength() / 4)))),
            new Variant(
                    "document",
                    "Causal within each of several real files packed into one sequence.",
                    "mask: (b, h, q, kv) -> ids[q] == ids[kv] && kv <= q",
                    Variants::document),
            new Variant(
                    "prefix-lm",
                    "The first quarter is seen by all, the rest is causal (T5).",
                    "mask: (b, h, q, kv) -> kv < prefix || kv <= q",
                    (shape, seed) -> masked(shape, MaskMods.prefixLm(shape.kvLength() / 4))),
            new Variant(
                    "gqa",
                    "Causal, four query heads on each key head (Ainslie et al. 2023).",
                    "new AttentionShape(batch, heads, heads / 4, length, length, dim, dim)\nmask: (b, h, q, kv) -> kv <= q",
                    (shape, seed) -> masked(grouped(shape), causal(shape))),
            new Variant(
                    "relative",
                    "Causal, with a learned bias by distance; its gradient is computed too (Shaw et al. 2018).",
                    "score: (score, b, h, q, kv) -> score + table[clamp(q - kv, ±max) + max]\nmask: (b, h, q, kv) -> kv <= q\nlearnable(table)",
                    Variants::relative),
            new Variant(
                    "example",
                    "A mod of one's own: every head looks at every other key, and the near ones through a gate.",
                    Example.CODE,
                    Example::spec));

    public static List<String> names() {
        return ALL.stream().map(Variant::name).toList();
    }

    /** The variant of that name among {@code known}. */
    public static Variant byName(List<Variant> known, String name) {
        return known.stream()
                .filter(variant -> variant.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("variant: expected one of "
                        + known.stream().map(Variant::name).collect(Collectors.joining(", ")) + ", got " + name
                        + "; define your own with --mods FILE"));
    }

    private static MaskMod causal(AttentionShape shape) {
        return shape.queryLength() == shape.kvLength()
                ? MaskMods.causal()
                : MaskMods.causal(shape.kvLength() - shape.queryLength());
    }

    private static AttentionSpec document(AttentionShape shape, long seed) {
        int[] ids = PackedDocuments.ids(Math.max(shape.queryLength(), shape.kvLength()), seed);
        return masked(shape, MaskMods.document(ids).and(MaskMods.causal()));
    }

    private static AttentionShape grouped(AttentionShape shape) {
        int heads = shape.queryHeads();
        return shape.withKvHeads(heads % 4 == 0 ? heads / 4 : 1);
    }

    private static AttentionSpec relative(AttentionShape shape, long seed) {
        int furthest = Math.max(1, shape.kvLength() / 4);
        float[] table = new float[2 * furthest + 1];
        Random random = new Random(seed);
        for (int i = 0; i < table.length; i++) {
            table[i] = (float) random.nextGaussian();
        }
        return masked(shape, causal(shape))
                .withScoreMod(ScoreMods.relativeBias(table, furthest))
                .withLearnable(List.of(table));
    }

    /** With a mask that is the same in every batch and head. */
    public static AttentionSpec masked(AttentionShape shape, MaskMod mask) {
        return AttentionSpec.of(shape).withMask(BlockMask.create(mask, 1, 1, shape.queryLength(), shape.kvLength()));
    }
}
