package muflex.conformance;

import java.util.ArrayList;
import java.util.List;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMod;
import muflex.attention.MaskMods;
import muflex.attention.ScoreMods;

/** Masks, with blocks small enough that there are full, partial and empty ones. */
final class MaskCases {

    private static final int LENGTH = 203;
    private static final int BATCH = 2;
    private static final int HEADS = 2;

    private MaskCases() {}

    static List<Case> all() {
        int[] ids = new int[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            ids[i] = (i >= 11 ? 1 : 0) + (i >= 64 ? 1 : 0) + (i >= 75 ? 1 : 0) + (i >= 190 ? 1 : 0);
        }
        MaskMod window = MaskMods.slidingWindow(30);
        List<Case> cases = new ArrayList<>();
        cases.add(mask("causal", MaskMods.causal()));
        cases.add(mask("sliding window", window));
        cases.add(mask("local", MaskMods.local(3, 40)));
        cases.add(mask("dilated", MaskMods.dilated(10, 5)));
        cases.add(mask("prefix", MaskMods.prefixLm(50)));
        cases.add(mask("document", MaskMods.document(ids)));
        cases.add(mask("document, causal", MaskMods.document(ids).and(MaskMods.causal())));
        cases.add(mask("document, prefix inside", MaskMods.document(ids, MaskMods.prefixLm(7))));
        cases.add(mask("global + window", MaskMods.globalPlusWindow(3, 20)));
        cases.add(mask("natten", MaskMods.natten2d(15, 15, 5, 3)));
        cases.add(mask("block diffusion", MaskMods.blockDiffusion(100, 12)));
        cases.add(mask("padding", MaskMods.padding(new int[] {LENGTH, 37})));
        cases.add(mask("shared prefix", MaskMods.sharedPrefix(60, 40)));
        grids(cases);
        others(cases, ids);
        cases.add(mask("causal and not window", MaskMods.causal().and(window.negate())));
        cases.add(mask("window or first keys", window.or((b, h, q, kv) -> kv < 4 && kv <= q)));
        cases.add(mask("skip odd keys", (b, h, q, kv) -> kv % 2 == 0));
        cases.add(mask("all masked", (b, h, q, kv) -> false));
        cases.add(mask("some rows masked", (b, h, q, kv) -> q % 3 != 1 && kv <= q));
        cases.add(mask("a block of rows masked", (b, h, q, kv) -> (q < 64 || q >= 128) && kv <= q));
        cases.add(mask("by head", (b, h, q, kv) -> h == 0 ? kv <= q : kv >= q));
        cases.add(mask("by batch and head", (b, h, q, kv) -> Math.abs(q - kv) <= 10 * (b + 2 * h)));
        cases.add(fromLists());
        cases.add(maskAndMod());
        return cases;
    }

    /** Grids of 200 positions; those past it are masked or see what the formula gives them. */
    private static void grids(List<Case> cases) {
        MaskMod inside = (b, h, q, kv) -> q < 200 && kv < 200;
        MaskMod image = MaskMods.natten2d(10, 20, 5, 7);
        cases.add(mask("natten 1-D", MaskMods.natten1d(LENGTH, 31)));
        cases.add(mask("natten 2-D tiled", inside.and(MaskMods.inTiles2d(image, 10, 20, 5, 4))));
        cases.add(mask("natten 3-D", inside.and(MaskMods.natten3d(5, 5, 8, 3, 3, 5))));
        cases.add(mask(
                "natten 3-D tiled",
                inside.and(MaskMods.inTiles3d(MaskMods.natten3d(2, 10, 10, 1, 5, 3), 2, 10, 10, 2, 5, 2))));
        cases.add(mask("sliding tile 2-D", inside.and(MaskMods.slidingTile2d(10, 20, 2, 12, 2, 4))));
        cases.add(mask("sliding tile 3-D", inside.and(MaskMods.slidingTile3d(2, 10, 10, 2, 10, 6, 2, 10, 2))));
    }

    private static void others(List<Case> cases, int[] ids) {
        int[] parents = new int[LENGTH - 20];
        for (int i = 0; i < parents.length; i++) {
            parents[i] = i < 3 ? -1 : (i * 7) % i;
        }
        MaskMod nodes = (b, h, q, kv) -> q < LENGTH - 20;
        cases.add(mask("packed", MaskMods.packed(new int[] {0, 17, 17, 120, LENGTH}, MaskMods.causal())));
        cases.add(mask("batchify", MaskMods.batchify(MaskMods.slidingWindow(9), 29)));
        cases.add(mask("strided", MaskMods.strided(17)));
        cases.add(mask(
                "random blocks, global, window",
                MaskMods.randomBlocks(LENGTH, 16, 2, 3).or(MaskMods.globalPlusWindow(5, 12))));
        cases.add(mask("tree", nodes.and(MaskMods.tree(20, parents))));
        cases.add(mask("flamingo", MaskMods.flamingo(ids, 50)));
    }

    private static AttentionShape shape() {
        return AttentionShape.of(BATCH, HEADS, LENGTH, 8);
    }

    private static Case mask(String name, MaskMod mask) {
        return Case.of(
                "mask " + name,
                shape(),
                builder -> builder.blockMask(BlockMask.create(mask, BATCH, HEADS, LENGTH, LENGTH, 32, 16)));
    }

    /** Lists that the mask contradicts: full blocks above the diagonal, and none in the last rows. */
    private static Case fromLists() {
        int[][][][] partial = {{{{0}, {1}, {0, 3}, {}}}};
        int[][][][] full = {{{{3, 1}, {}, {2}, {}}}};
        return Case.of(
                "mask from lists",
                shape(),
                builder -> builder.blockMask(
                        BlockMask.fromKvBlocks(MaskMods.causal(), LENGTH, LENGTH, 64, 60, partial, full)));
    }

    private static Case maskAndMod() {
        return Case.of(
                "mask causal, softcap and alibi",
                shape(),
                builder -> builder.mask(MaskMods.causal())
                        .scoreMod(ScoreMods.softcap(1.5f).andThen(ScoreMods.alibi(HEADS))));
    }
}
