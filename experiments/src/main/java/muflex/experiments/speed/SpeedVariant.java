package muflex.experiments.speed;

import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMod;
import muflex.attention.MaskMods;
import muflex.attention.ScoreMod;
import muflex.attention.ScoreMods;
import muflex.experiments.BadInput;
import org.jspecify.annotations.Nullable;

/**
 * What is timed; {@code scripts/gpu-peers} has the same for PyTorch.
 *
 * @param mask null for every pair
 */
record SpeedVariant(
        String name, @Nullable ScoreMod scoreMod, @Nullable MaskMod mask) {
    static final String NAMES = "full, causal, alibi, window, document";
    private static final int WINDOW = 1024;

    /** Lengths of packed documents, over and over. */
    private static final int[] DOCUMENTS = {512, 1536, 256, 1024, 768};

    static SpeedVariant of(String name, AttentionShape shape) {
        return switch (name) {
            case "full" -> new SpeedVariant(name, null, null);
            case "causal" -> new SpeedVariant(name, null, MaskMods.causal());
            case "alibi" -> new SpeedVariant(name, ScoreMods.alibi(shape.queryHeads()), null);
            case "window" -> new SpeedVariant(name, null, MaskMods.slidingWindow(WINDOW));
            case "document" ->
                new SpeedVariant(
                        name, null, MaskMods.document(documents(Math.max(shape.queryLength(), shape.kvLength()))));
            default -> throw BadInput.of("variants", "some of " + NAMES, name, "see `muflex speed --help`");
        };
    }

    static int[] documents(int length) {
        int[] ids = new int[length];
        int start = 0;
        for (int document = 0; start < length; document++) {
            int end = Math.min(length, start + DOCUMENTS[document % DOCUMENTS.length]);
            Arrays.fill(ids, start, end, document);
            start = end;
        }
        return ids;
    }

    /** The mask's blocks; null for every pair. */
    @Nullable
    BlockMask blocks(AttentionShape shape) {
        return mask == null ? null : BlockMask.create(mask, 1, 1, shape.queryLength(), shape.kvLength());
    }

    /** Allowed pairs of one head. */
    long pairs(AttentionShape shape) {
        MaskMod allowed = mask;
        if (allowed == null) {
            return (long) shape.queryLength() * shape.kvLength();
        }
        LongStream rows = IntStream.range(0, shape.queryLength())
                .parallel()
                .mapToLong(q -> IntStream.range(0, shape.kvLength())
                        .filter(kv -> allowed.test(0, 0, q, kv))
                        .count());
        return rows.sum();
    }
}
