package muflex.conformance;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMods;
import muflex.attention.RowNorms;
import muflex.attention.ScoreMod;
import muflex.attention.ScoreMods;

/** Score mods, without a mask and under a causal mask with ragged blocks. */
final class ScoreCases {

    static final int BATCH = 2;
    static final int HEADS = 4;
    static final int QUERIES = 77;
    static final int KEYS = 95;

    private ScoreCases() {}

    static List<Case> all() {
        AttentionShape shape = new AttentionShape(BATCH, HEADS, 2, QUERIES, KEYS, 16, 16);
        BlockMask causal = BlockMask.create(MaskMods.causal(KEYS - QUERIES), 1, 1, QUERIES, KEYS, 32, 32);
        List<Case> cases = new ArrayList<>();
        mods().forEach((name, mod) -> {
            cases.add(Case.of("score " + name, shape, builder -> builder.scoreMod(mod)));
            cases.add(Case.of(
                    "score " + name + ", causal",
                    shape,
                    builder -> builder.scoreMod(mod).blockMask(causal)));
        });
        zoo(shape)
                .forEach((name, mod) -> cases.add(Case.of(
                        "score " + name + ", causal",
                        shape,
                        builder -> builder.scoreMod(mod).blockMask(causal))));
        return cases;
    }

    private static Map<String, ScoreMod> mods() {
        Map<String, ScoreMod> mods = new LinkedHashMap<>();
        mods.put("identity", ScoreMods.identity());
        mods.put("2s", (score, b, h, q, kv) -> 2 * score);
        mods.put("s²", (score, b, h, q, kv) -> score * score);
        mods.put("causal as −∞", (score, b, h, q, kv) -> kv <= q ? score : Float.NEGATIVE_INFINITY);
        mods.put("inverse causal as −∞", (score, b, h, q, kv) -> kv >= q ? score : Float.NEGATIVE_INFINITY);
        mods.put("s + (q − kv)", (score, b, h, q, kv) -> score + (q - kv));
        mods.put("alibi", ScoreMods.alibi(HEADS));
        mods.put(
                "alibi in place",
                (score, b, h, q, kv) -> score + (kv - q) * (float) Math.pow(2, -8f * (h + 1) / HEADS));
        mods.put("softcap", ScoreMods.softcap(2));
        mods.put("softcap, then alibi", ScoreMods.softcap(2).andThen(ScoreMods.alibi(HEADS)));
        mods.put("sin(cos s) + tan b", (score, b, h, q, kv) -> (float) (Math.sin(Math.cos(score)) + Math.tan(b)));
        mods.put("cos s · sin s + tan b", (score, b, h, q, kv) ->
                (float) (Math.cos(score) * Math.sin(score) + Math.tan(b)));
        mods.put("by branches", ScoreCases::branches);
        captured(mods);
        return mods;
    }

    private static void captured(Map<String, ScoreMod> mods) {
        mods.put("head offset", ScoreMods.headOffset(Values.normal(HEADS, 21)));
        mods.put("head scale", ScoreMods.headScale(Values.normal(HEADS, 22)));
        float[][] byBatch = {Values.normal(QUERIES, 23), Values.normal(QUERIES, 24)};
        mods.put("bias[b][q]", (score, b, h, q, kv) -> score + byBatch[b][q]);
        mods.put("bias[q, kv]", ScoreMods.bias(Values.normal(QUERIES * KEYS, 25), KEYS));
        float[] three = Values.normal(BATCH * QUERIES * KEYS, 26);
        mods.put("bias[b, q, kv]", (score, b, h, q, kv) -> score + three[(b * QUERIES + q) * KEYS + kv]);
        float[] four = Values.normal(BATCH * HEADS * QUERIES * KEYS, 27);
        mods.put(
                "bias[b, h, q, kv]", (score, b, h, q, kv) -> score + four[((b * HEADS + h) * QUERIES + q) * KEYS + kv]);
        float[] relative = Values.normal(QUERIES + KEYS, 28);
        mods.put("rel[(q − kv) + S]", (score, b, h, q, kv) -> score + relative[q - kv + KEYS]);
        mods.put("lazy rel[q − kv]", (score, b, h, q, kv) -> kv <= q ? score + relative[q - kv] : score);
        mods.put("clamped relative bias", ScoreMods.relativeBias(Values.normal(2 * 9 + 1, 29), 9));
    }

    /** Of these once is enough: what they are made of is above. */
    private static Map<String, ScoreMod> zoo(AttentionShape shape) {
        Map<String, ScoreMod> mods = new LinkedHashMap<>();
        mods.put("gate", ScoreMods.gate(Values.normal(HEADS, 42)));
        mods.put("T5 buckets", ScoreMods.t5Bias(Values.normal(HEADS * 16, 43), HEADS, 16, 40, false));
        mods.put("T5 buckets both ways", ScoreMods.t5Bias(Values.normal(HEADS * 16, 43), HEADS, 16, 40, true));
        mods.put("relative bias 2-D", ScoreMods.relativeBias2d(Values.normal(HEADS * 19 * 19, 44), HEADS, 10, 10));
        mods.put("sandwich", ScoreMods.sandwich(HEADS, 32, KEYS));
        mods.put("decay", ScoreMods.decay(ScoreMods.retentionRates(HEADS)));
        mods.put("squared ReLU", ScoreMods.activation((s, b, h, q, kv) -> s > 0 ? s * s : 0f));
        mods.put("softplus", ScoreMods.activation((s, b, h, q, kv) -> (float) Math.log(1 + Math.exp(s))));
        int[] distances = new int[KEYS * KEYS];
        int[] paths = new int[KEYS * KEYS * 3];
        for (int i = 0; i < distances.length; i++) {
            distances[i] = i * 31 % 7;
            for (int n = 0; n < 3; n++) {
                paths[3 * i + n] = n < i % 4 ? (i + n) % 5 : -1;
            }
        }
        mods.put("graph distances", ScoreMods.graphSpatial(distances, KEYS, Values.normal(7, 45)));
        mods.put("graph edges", ScoreMods.graphEdges(paths, KEYS, 3, Values.normal(15, 46), 5));
        RowNorms norms = new RowNorms(shape);
        norms.update(Values.normal(shape.querySize(), 1), Values.normal(shape.keySize(), 2));
        mods.put("cosine", norms.cosine(0.2f, shape.defaultScale()));
        mods.put("Euclidean distance", norms.euclidean(0.1f, shape.defaultScale()));
        mods.put("hyperbolic distance", norms.hyperbolic(1.5f, shape.defaultScale()));
        return mods;
    }

    private static float branches(float score, int b, int h, int q, int kv) {
        float distance = Math.abs(q - kv);
        if (h % 2 == 0) {
            return distance < 8 ? score : score - 0.1f * (distance - 8);
        }
        return score > 0 ? score * 0.5f : score * (b + 1);
    }
}
