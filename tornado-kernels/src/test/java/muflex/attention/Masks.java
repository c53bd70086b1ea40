package muflex.attention;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Masks to test with, and what a block mask should say of them. */
final class Masks {

    private Masks() {}

    /** Every ready-made mask and a few odd ones, for sequences of {@code length}; all accept longer keys than queries. */
    static Map<String, MaskMod> all(int length) {
        int[] ids = documents(length, 5, 3);
        int[] shuffled = new Random(7).ints(length, 0, 3).toArray();
        int width = (int) Math.ceil(Math.sqrt(length));
        int kernel = Math.min(3, width - (width + 1) % 2);
        Map<String, MaskMod> masks = new LinkedHashMap<>();
        masks.put("all", MaskMods.all());
        masks.put("nothing", MaskMods.all().negate());
        masks.put("causal", MaskMods.causal());
        masks.put("causal + 5", MaskMods.causal(5));
        masks.put("sliding window 7", MaskMods.slidingWindow(7));
        masks.put("local 3 5", MaskMods.local(3, 5));
        masks.put("prefix 20", MaskMods.prefixLm(20));
        masks.put("document", MaskMods.document(ids));
        masks.put("document, causal", MaskMods.document(ids).and(MaskMods.causal()));
        masks.put("document, prefix inside", MaskMods.document(ids, MaskMods.prefixLm(4)));
        masks.put("documents shuffled", MaskMods.document(shuffled));
        masks.put("dilated 5 3", MaskMods.dilated(5, 3));
        masks.put("global 3 + window 4", MaskMods.globalPlusWindow(3, 4));
        masks.put("natten", MaskMods.natten2d(width, width, kernel, kernel));
        masks.put("block diffusion", MaskMods.blockDiffusion(Math.max(1, length / 2), 4));
        masks.put("shared prefix", MaskMods.sharedPrefix(9, 6));
        masks.put("natten 1-D", MaskMods.natten1d(length, length % 2 == 0 ? length - 1 : length));
        masks.put("strided 6", MaskMods.strided(6));
        masks.put("batchify 7", MaskMods.batchify(MaskMods.causal(), 7));
        masks.put("flamingo", MaskMods.flamingo(ids, 9));
        masks.put("padding", MaskMods.padding(new int[] {length, length / 2, 1, 0}));
        masks.put("causal or odd", MaskMods.causal().or((b, h, q, kv) -> (kv & 1) == 1));
        masks.put("skip odd keys", (b, h, q, kv) -> kv % 2 == 0);
        masks.put("by head", (b, h, q, kv) -> q - kv < 4 * (h + 1) && kv <= q);
        masks.put("by batch and head", (b, h, q, kv) -> (b + h) % 2 == 0 ? kv <= q : kv >= q);
        masks.put("contradiction", MaskMods.causal().and(MaskMods.causal().negate()));
        return masks;
    }

    /** {@code count} documents of random lengths, in order, with ids from 0. */
    static int[] documents(int length, int count, long seed) {
        Random random = new Random(seed);
        List<Integer> cuts = new ArrayList<>();
        for (int i = 1; i < count; i++) {
            cuts.add(random.nextInt(length));
        }
        int[] ids = new int[length];
        for (int i = 0; i < length; i++) {
            for (int cut : cuts) {
                ids[i] += i >= cut ? 1 : 0;
            }
        }
        return ids;
    }

    /** The class of a block, by asking for every element. */
    static BlockMask.Block expected(BlockMask sizes, MaskMod mask, int b, int h, int queryBlock, int kvBlock) {
        boolean some = false;
        boolean every = true;
        for (int q = queryBlock * sizes.queryBlock(); q < sizes.queryLength(); q++) {
            for (int kv = kvBlock * sizes.kvBlock(); kv < sizes.kvLength(); kv++) {
                if (q / sizes.queryBlock() == queryBlock && kv / sizes.kvBlock() == kvBlock) {
                    boolean allowed = mask.test(b, h, q, kv);
                    some |= allowed;
                    every &= allowed;
                }
            }
        }
        if (every) {
            return BlockMask.Block.FULL;
        }
        return some ? BlockMask.Block.PARTIAL : BlockMask.Block.EMPTY;
    }
}
