package muflex.conformance;

import java.util.Random;
import java.util.function.Supplier;
import muflex.attention.AttentionShape;
import muflex.attention.MaskMod;
import muflex.attention.MaskMods;
import muflex.attention.RowNorms;
import muflex.attention.ScoreMod;
import muflex.attention.ScoreMods;

/** Score mods and masks drawn at random: nearly every ready-made one, some of nobody's, and two together. */
final class RandomMods {
    private static final int LONGEST = RandomCases.LONGEST;

    private RandomMods() {}

    @SafeVarargs
    private static <T> T one(Random random, Supplier<T>... choices) {
        return choices[random.nextInt(choices.length)].get();
    }

    static ScoreMod score(Random random, AttentionShape shape) {
        ScoreMod first = single(random, shape);
        return random.nextInt(3) == 0 ? first.andThen(single(random, shape)) : first;
    }

    private static ScoreMod single(Random random, AttentionShape shape) {
        int heads = shape.queryHeads();
        float a = random.nextFloat();
        long seed = random.nextInt();
        float[] perQuery = Values.normal(shape.queryLength(), seed);
        float[] lazy = Values.normal(LONGEST, seed + 1);
        int width = 1 + random.nextInt(20);
        int height = LONGEST / width + 1;
        RowNorms norms = new RowNorms(shape);
        norms.update(Values.normal(shape.querySize(), 1), Values.normal(shape.keySize(), 2));
        return one(
                random,
                ScoreMods::identity,
                () -> ScoreMods.alibi(heads),
                () -> ScoreMods.softcap(1 + 4 * a),
                () -> ScoreMods.headOffset(Values.normal(heads, seed)),
                () -> ScoreMods.headScale(Values.normal(heads, seed)),
                () -> ScoreMods.gate(Values.normal(heads, seed)),
                () -> ScoreMods.relativeBias(Values.normal(2 * 11 + 1, seed), 11),
                () -> ScoreMods.relativeBias(Values.normal(heads * 23, seed), heads, 11),
                () -> ScoreMods.relativeBias2d(
                        Values.normal(heads * (2 * height - 1) * (2 * width - 1), seed), heads, height, width),
                () -> ScoreMods.t5Bias(Values.normal(heads * 12, seed), heads, 12, 50, a < 0.5f),
                () -> ScoreMods.bias(Values.normal(shape.queryLength() * shape.kvLength(), seed), shape.kvLength()),
                () -> ScoreMods.sandwich(heads, 16, LONGEST),
                () -> ScoreMods.decay(ScoreMods.retentionRates(heads)),
                () -> ScoreMods.activation((s, b, h, q, kv) -> 0.1f + s * s),
                () -> ScoreMods.activation((s, b, h, q, kv) -> 1 / (1 + (float) Math.exp(-s))),
                () -> norms.cosine(0.2f + a, shape.defaultScale()),
                () -> norms.euclidean(0.1f * a + 0.01f, shape.defaultScale()),
                () -> graph(seed, true),
                () -> graph(seed, false),
                () -> (score, b, h, q, kv) -> score * a + perQuery[q],
                () -> (score, b, h, q, kv) -> kv <= q ? score + lazy[q - kv] : a * score,
                () -> (score, b, h, q, kv) -> (float) Math.sin(score) * (h + 1) - a * Math.abs(q - kv) * 0.01f,
                () -> (score, b, h, q, kv) -> (q + kv + b) % 3 == 0 ? Math.max(score, a) : score);
    }

    private static ScoreMod graph(long seed, boolean spatial) {
        Random random = new Random(seed);
        if (spatial) {
            int[] distance = random.ints(LONGEST * LONGEST, 0, 6).toArray();
            return ScoreMods.graphSpatial(distance, LONGEST, Values.normal(6, seed));
        }
        int[] path = random.ints(LONGEST * LONGEST * 2, -1, 3).toArray();
        return ScoreMods.graphEdges(path, LONGEST, 2, Values.normal(6, seed), 3);
    }

    static MaskMod mask(Random random, AttentionShape shape) {
        MaskMod first = single(random, shape.queryLength(), shape.kvLength());
        MaskMod second = single(random, shape.queryLength(), shape.kvLength());
        return switch (random.nextInt(5)) {
            case 0 -> first.and(second);
            case 1 -> first.or(second);
            case 2 -> first.negate();
            default -> first;
        };
    }

    private static MaskMod single(Random random, int queries, int keys) {
        int n = 1 + random.nextInt(100);
        int longest = Math.max(queries, keys);
        int side = 1 + (int) Math.sqrt(longest);
        int tiles = 2 * (1 + random.nextInt(4));
        int[] documents = new int[LONGEST];
        int[] parents = new int[queries];
        for (int i = 1; i < LONGEST; i++) {
            documents[i] = documents[i - 1] + (random.nextInt(40) == 0 ? 1 : 0);
        }
        for (int i = 0; i < queries; i++) {
            parents[i] = random.nextInt(i + 1) - 1;
        }
        long seed = random.nextInt();
        return one(
                random,
                () -> MaskMods.causal(Math.max(0, keys - queries)),
                () -> MaskMods.slidingWindow(n),
                () -> MaskMods.local(n, n / 2),
                () -> MaskMods.prefixLm(n),
                () -> MaskMods.document(documents),
                () -> MaskMods.document(documents, MaskMods.slidingWindow(n)),
                () -> MaskMods.packed(new int[] {0, n, n, n + 3, LONGEST}, MaskMods.causal()),
                () -> MaskMods.dilated(1 + n % 12, 1 + n % 5),
                () -> MaskMods.strided(1 + n % 30),
                () -> MaskMods.globalPlusWindow(n % 7, n),
                () -> MaskMods.randomBlocks(longest, n, 1, seed),
                () -> MaskMods.sharedPrefix(n, 1 + n / 3),
                () -> MaskMods.batchify(MaskMods.prefixLm(3), n),
                () -> MaskMods.blockDiffusion(n, 1 + n / 9),
                () -> MaskMods.natten1d(longest, longest % 2 == 0 ? longest - 1 : Math.min(longest, 9)),
                () -> MaskMods.natten2d(side, side, side < 3 ? 1 : 3, 1),
                () -> MaskMods.natten3d(2, side, side, 1, side < 3 ? 1 : 3, 1),
                () -> MaskMods.inTiles2d(MaskMods.natten2d(20, 16, 5, 3), 20, 16, 4, 4),
                () -> MaskMods.inTiles3d(MaskMods.natten3d(4, 10, 10, 3, 5, 5), 4, 10, 10, 2, 2, 5),
                () -> MaskMods.slidingTile2d(3 * tiles, 50, tiles, 30, tiles, 10),
                () -> MaskMods.slidingTile3d(4, 3 * tiles, 50, 2, tiles, 30, 2, tiles, 10),
                () -> MaskMods.tree(Math.max(0, keys - queries), parents),
                () -> MaskMods.flamingo(documents, n),
                () -> (b, h, q, kv) -> (q * 31 + kv * 17 + h) % (n % 7 + 2) != 0,
                () -> (b, h, q, kv) -> Math.abs(q - kv) <= n * (h + b + 1));
    }
}
