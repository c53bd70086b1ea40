package muflex.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import muflex.FlexAttention;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMod;
import muflex.attention.ScoreMod;
import muflex.attention.Weights;

/**
 * Shapes, score mods, masks, block sizes and options drawn at random, each from the seed in its name: what nobody thought
 * of putting together, of all that is ready-made among others. {@code -Dmuflex.sweep.cases=2000} draws more of them, {@code -Dmuflex.sweep.seed=17} starts elsewhere.
 */
final class RandomCases {
    private static final int CASES = Integer.getInteger("muflex.sweep.cases", 8);
    private static final long SEED = Long.getLong("muflex.sweep.seed", 1);
    static final int LONGEST = 300;

    private RandomCases() {}

    static List<Case> all() {
        return all(true);
    }

    /** All with a softmax, as 16 bits have it. */
    static List<Case> softmax() {
        return all(false);
    }

    private static List<Case> all(boolean sticks) {
        List<Case> cases = new ArrayList<>();
        for (long seed = SEED; seed < SEED + CASES; seed++) {
            cases.add(draw(seed, sticks));
        }
        return cases;
    }

    private static Case draw(long seed, boolean sticks) {
        Random random = new Random(seed);
        AttentionShape shape = shape(random);
        ScoreMod mod = RandomMods.score(random, shape);
        MaskMod mask = RandomMods.mask(random, shape);
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
        boolean dLse = random.nextBoolean();
        boolean stick = sticks && sinks == null && dropout == 0 && random.nextInt(6) == 0;
        return new Case(
                name + (stick ? ", stick-breaking" : ""),
                shape,
                builder -> {
                    FlexAttention.Builder some = options.apply(builder)
                            .dropout(dropout, seed)
                            .weights(stick ? Weights.STICK_BREAKING : Weights.SOFTMAX);
                    return sinks == null ? some : some.sinks(sinks);
                },
                dLse);
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
}
