package muflex.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import muflex.FlexAttention;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMod;
import muflex.attention.MaskMods;
import muflex.attention.ScoreMods;
import muflex.attention.Weights;

/** Stick-breaking attention: lengths and dims that are no multiple of anything, masks, mods, captured arrays, a loss on lse. */
final class StickCases {

    /** A query sees the keys before it, as in the paper. */
    private static final MaskMod BEFORE = (b, h, q, kv) -> kv < q;

    private StickCases() {}

    static List<Case> all() {
        List<Case> cases = new ArrayList<>();
        for (int length : new int[] {1, 3, 17, 65, 239}) {
            AttentionShape shape = AttentionShape.of(1, 2, length, 16);
            cases.add(stick("every key, " + length, shape, false, builder -> builder));
            cases.add(stick("before, " + length, shape, true, builder -> builder.mask(BEFORE)));
        }
        for (int dim : new int[] {1, 17, 94}) {
            AttentionShape shape = AttentionShape.of(1, 2, 70, dim).withValueDim(dim / 2 + 1);
            cases.add(stick("dim " + dim, shape, true, builder -> builder.mask(BEFORE)));
        }
        AttentionShape grouped = AttentionShape.of(2, 6, 150, 8).withKvHeads(2).withQueryLength(131);
        cases.add(stick("grouped", grouped, true, builder -> builder.mask(MaskMods.causal(19))));
        cases.add(stick(
                "blocks 48 × 80, some rows and keys masked",
                grouped,
                true,
                builder -> builder.blockMask(BlockMask.create(
                        (b, h, q, kv) -> kv <= q && q % 5 != 0 && kv % 3 != h % 3, 1, 6, 131, 150, 48, 80))));
        cases.add(stick("nothing allowed", grouped, true, builder -> builder.mask((b, h, q, kv) -> kv > q + 1000)));
        cases.add(stick("one query", grouped.withQueryLength(1).withKvLength(300), true, builder -> builder));
        // Nothing of the stick is left for most keys.
        AttentionShape used = AttentionShape.of(1, 1, 1024, 16);
        cases.add(stick("before, 1024", used, false, builder -> builder.mask(BEFORE)));
        cases.add(stick("every key, 1024, loss on lse", used.withQueryLength(33), true, builder -> builder));
        mods(cases, grouped);
        return cases;
    }

    private static void mods(List<Case> cases, AttentionShape shape) {
        cases.add(stick(
                "window, alibi, softcap",
                shape,
                true,
                builder -> builder.mask(MaskMods.slidingWindow(40))
                        .scoreMod(ScoreMods.alibi(6).andThen(ScoreMods.softcap(2)))));
        // Scores of tens: shares of 1 and of 0, sums of softplus of a thousand.
        cases.add(stick(
                "large scores",
                shape,
                false,
                builder -> builder.mask(BEFORE).scoreMod((score, b, h, q, kv) -> 30 * score)));
        float[] table = Values.normal(2 * 20 + 1, 61);
        cases.add(stick(
                "relative bias, learned",
                shape,
                true,
                builder -> builder.mask(BEFORE)
                        .scoreMod(ScoreMods.relativeBias(table, 20))
                        .learnable(table)));
        float[] gates = Values.normal(6, 62);
        cases.add(stick(
                "gate, learned, no mask",
                shape,
                false,
                builder -> builder.scoreMod(ScoreMods.gate(gates)).learnable(gates)));
    }

    private static Case stick(
            String name, AttentionShape shape, boolean dLse, UnaryOperator<FlexAttention.Builder> options) {
        return new Case(
                "stick-breaking, " + name,
                shape,
                builder -> options.apply(builder).weights(Weights.STICK_BREAKING),
                dLse);
    }
}
