package muflex.conformance;

import java.util.ArrayList;
import java.util.List;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMods;

/** Lengths, head dims and block sizes that are no multiple of anything. */
final class ShapeCases {

    private ShapeCases() {}

    static List<Case> all() {
        List<Case> cases = new ArrayList<>();
        for (int length : new int[] {1, 3, 17, 113, 239}) {
            both(cases, AttentionShape.of(1, 2, length, 16));
        }
        int[][] lengths = {{1, 1}, {239, 1}, {799, 3}, {113, 203}, {128, 256}, {255, 256}};
        for (int[] pair : lengths) {
            both(cases, new AttentionShape(1, 2, 2, pair[0], pair[1], 16, 16));
        }
        for (int dim : new int[] {1, 2, 17, 24, 94, 121}) {
            both(cases, AttentionShape.of(1, 2, 50, dim));
        }
        both(cases, AttentionShape.of(1, 2, 70, 64).withValueDim(32));
        both(cases, AttentionShape.of(1, 2, 70, 32).withValueDim(64));
        both(cases, AttentionShape.of(1, 2, 70, 9).withValueDim(1));
        both(cases, AttentionShape.of(2, 8, 60, 16).withKvHeads(2));
        both(cases, AttentionShape.of(2, 3, 60, 16).withKvHeads(1));
        both(cases, AttentionShape.of(2, 4, 256, 64));
        both(cases, AttentionShape.of(1, 1, 1023, 16).withKvLength(1024));
        // Few queries and many keys: GPUs deal the keys of a head to many groups.
        both(cases, new AttentionShape(1, 2, 2, 1, 1500, 64, 64));
        both(cases, new AttentionShape(2, 8, 2, 3, 1025, 24, 40));
        both(cases, new AttentionShape(1, 4, 1, 8, 777, 128, 128));
        int[][] blocks = {{32, 32}, {64, 64}, {128, 128}, {32, 64}, {128, 256}, {256, 128}, {1, 7}, {1000, 1000}};
        for (int[] block : blocks) {
            cases.add(Case.of(
                    "blocks " + block[0] + " × " + block[1],
                    AttentionShape.of(1, 2, 300, 8).withQueryLength(277),
                    builder -> builder.blockMask(
                            BlockMask.create(MaskMods.slidingWindow(90), 1, 1, 277, 300, block[0], block[1]))));
        }
        return cases;
    }

    private static void both(List<Case> cases, AttentionShape s) {
        String name = String.format(
                "shape B%d H%d/%d L%d S%d E%d/%d",
                s.batch(), s.queryHeads(), s.kvHeads(), s.queryLength(), s.kvLength(), s.headDim(), s.valueDim());
        cases.add(Case.of(name, s, builder -> builder));
        cases.add(Case.of(
                name + ", causal",
                s,
                builder -> builder.mask(MaskMods.causal(Math.max(0, s.kvLength() - s.queryLength())))));
    }
}
