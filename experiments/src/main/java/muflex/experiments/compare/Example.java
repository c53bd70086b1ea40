package muflex.experiments.compare;

import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMod;
import muflex.attention.ScoreMod;
import muflex.engine.AttentionSpec;

/** The variant that shows what a mod of one's own looks like: a pattern that no library has ready. */
final class Example {

    static final String CODE = """
            float[] reach = …; // [heads]
            score: (score, b, h, q, kv) -> {
                float near = 1 - Math.abs(q - kv) / reach[h];
                return near > 0 ? score * (1 + near) : score;
            }
            mask: (b, h, q, kv) -> kv <= q && (q - kv) % 2 == h % 2""";

    private Example() {}

    static AttentionSpec spec(AttentionShape shape, long seed) {
        float[] reach = new float[shape.queryHeads()];
        for (int h = 0; h < reach.length; h++) {
            reach[h] = 4 << Math.min(h, 8);
        }
        ScoreMod gate = (score, b, h, q, kv) -> {
            float near = 1 - Math.abs(q - kv) / reach[h];
            return near > 0 ? score * (1 + near) : score;
        };
        MaskMod everyOther = (b, h, q, kv) -> kv <= q && (q - kv) % 2 == h % 2;
        int heads = shape.queryHeads();
        return AttentionSpec.of(shape)
                .withScoreMod(gate)
                .withMask(BlockMask.create(everyOther, 1, heads, shape.queryLength(), shape.kvLength()));
    }
}
