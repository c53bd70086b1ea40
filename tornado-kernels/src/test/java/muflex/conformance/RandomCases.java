package muflex.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import muflex.FlexAttention;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMod;
import muflex.attention.MaskMods;
import muflex.attention.ScoreMod;
import muflex.attention.ScoreMods;

/**
 * Shapes, score mods, masks, block sizes and options drawn at random, each from the seed in its name: what nobody thought
 * of putting together. {@code -Dmuflex.sweep.cases=2000} draws more of them, {@code -Dmuflex.sweep.seed=17} starts elsewhere.
 */
final class RandomCases {
    private static final int CASES = Integer.getInteger("muflex.sweep.cases", 8);
    private static final long SEED = Long.getLong("muflex.sweep.seed", 1);
    private static final int LONGEST = 300;

    private RandomCases() {}

    static List<Case> all() {
        List<Case> cases = new ArrayList<>();
        for (long seed = SEED; seed < SEED + CASES; seed++) {
            cases.add(draw(seed));
        }
        return cases;
    }

    private static Case draw(long seed) {
        Random random = new Random(seed);
        AttentionShape shape = shape(random);
        ScoreMod mod = scoreMod(random, shape);
        MaskMod mask = mask(random, shape);
        int queryBlock = 1 + random.nextInt(130);
        int kvBlock = 1 + random.nextInt(130);
        UnaryOperator<FlexAttention.Builder> options = builder -> builder.scoreMod(mod)
                .blockMask(BlockMask.create(
                        mask,
                        shape.batch(),
                        shape.queryHeads(),
                        shape.queryLength(),
                        shape.kvLength(),
                        queryBlock,
                        kvBlock));
        float[] sinks = random.nextInt(4) == 0 ? Values.normal(shape.queryHeads(), seed) : null;
        float dropout = random.nextInt(4) == 0 ? 0.3f : 0f;
        String name = String.format(
                "seed %d: B%d H%d/%d L%d S%d E%d/%d, blocks %d × %d",
                seed,
                shape.batch(),
                shape.queryHeads(),
                shape.kvHeads(),
                shape.queryLength(),
                shape.kvLength(),
                shape.headDim(),
                shape.valueDim(),
                queryBlock,
                kvBlock);
        return new Case(
                name,
                shape,
                builder -> {
                    FlexAttention.Builder some = options.apply(builder).dropout(dropout, seed);
                    return sinks == null ? some : some.sinks(sinks);
                },
                random.nextBoolean());
    }

    private static AttentionShape shape(Random random) {
        int kvHeads = 1 + random.nextInt(2);
        return new AttentionShape(
                1 + random.nextInt(2),
                kvHeads * (1 + random.nextInt(3)),
                kvHeads,
                1 + random.nextInt(LONGEST),
                1 + random.nextInt(LONGEST),
                1 + random.nextInt(40),
                1 + random.nextInt(40));
    }

    private static ScoreMod scoreMod(Random random, AttentionShape shape) {
        int heads = shape.queryHeads();
        float a = random.nextFloat();
        float[] perQuery = Values.normal(shape.queryLength(), random.nextInt());
        float[] lazy = Values.normal(LONGEST, random.nextInt());
        ScoreMod[] mods = {
            ScoreMods.identity(),
            ScoreMods.alibi(heads),
            ScoreMods.softcap(1 + 4 * a),
            ScoreMods.headOffset(Values.normal(heads, random.nextInt())),
            ScoreMods.relativeBias(Values.normal(2 * 11 + 1, random.nextInt()), 11),
            (score, b, h, q, kv) -> score * a + perQuery[q],
            (score, b, h, q, kv) -> kv <= q ? score + lazy[q - kv] : a * score,
            (score, b, h, q, kv) -> (float) Math.sin(score) * (h + 1) - a * Math.abs(q - kv) * 0.01f,
            (score, b, h, q, kv) -> (q + kv + b) % 3 == 0 ? Math.max(score, a) : score,
        };
        ScoreMod first = mods[random.nextInt(mods.length)];
        return random.nextInt(3) == 0 ? first.andThen(mods[random.nextInt(mods.length)]) : first;
    }

    private static MaskMod mask(Random random, AttentionShape shape) {
        int n = 1 + random.nextInt(100);
        int[] documents = new int[LONGEST];
        for (int i = 1; i < LONGEST; i++) {
            documents[i] = documents[i - 1] + (random.nextInt(40) == 0 ? 1 : 0);
        }
        MaskMod[] masks = {
            MaskMods.causal(Math.max(0, shape.kvLength() - shape.queryLength())),
            MaskMods.slidingWindow(n),
            MaskMods.prefixLm(n),
            MaskMods.document(documents),
            MaskMods.dilated(1 + n % 12, 1 + n % 5),
            MaskMods.globalPlusWindow(n % 7, n),
            (b, h, q, kv) -> (q * 31 + kv * 17 + h) % (n % 7 + 2) != 0,
            (b, h, q, kv) -> Math.abs(q - kv) <= n * (h + b + 1),
        };
        MaskMod first = masks[random.nextInt(masks.length)];
        MaskMod second = masks[random.nextInt(masks.length)];
        return switch (random.nextInt(5)) {
            case 0 -> first.and(second);
            case 1 -> first.or(second);
            case 2 -> first.negate();
            default -> first;
        };
    }
}
