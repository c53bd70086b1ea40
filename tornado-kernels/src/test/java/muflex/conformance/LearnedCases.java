package muflex.conformance;

import java.util.ArrayList;
import java.util.List;
import muflex.attention.AttentionShape;
import muflex.attention.MaskMods;
import muflex.attention.RowNorms;
import muflex.attention.ScoreMod;
import muflex.attention.ScoreMods;

/** Captured arrays that want a gradient, sinks, dropout and a loss on lse. */
final class LearnedCases {

    private static final int BATCH = 2;
    private static final int HEADS = 4;

    private LearnedCases() {}

    static List<Case> all() {
        List<Case> cases = new ArrayList<>();
        for (int length : new int[] {37, 130, 277}) {
            relative(cases, length);
        }
        perHead(cases, 61);
        reads(cases, 61);
        options(cases, 61);
        return cases;
    }

    private static AttentionShape shape(int length) {
        return AttentionShape.of(BATCH, HEADS, length, 8).withKvHeads(2);
    }

    private static Case learned(String name, int length, ScoreMod mod, float[]... arrays) {
        return Case.of("learned " + name + ", " + length, shape(length), builder -> {
            for (float[] array : arrays) {
                builder.learnable(array);
            }
            return builder.scoreMod(mod).mask(MaskMods.causal());
        });
    }

    private static void relative(List<Case> cases, int length) {
        float[] table = Values.normal(2 * 20 + 1, 31);
        cases.add(learned("relative bias", length, ScoreMods.relativeBias(table, 20), table));
        float[] perHead = Values.normal(HEADS * (2 * 20 + 1), 32);
        cases.add(learned("relative bias per head", length, ScoreMods.relativeBias(perHead, HEADS, 20), perHead));
        int width = 6;
        float[] rows = Values.normal(2 * (length / width) + 1, 33);
        float[] columns = Values.normal(2 * width - 1, 34);
        int middle = length / width;
        cases.add(learned(
                "relative bias 2-D",
                length,
                (score, b, h, q, kv) ->
                        score + rows[q / width - kv / width + middle] + columns[q % width - kv % width + width - 1],
                rows,
                columns));
    }

    private static void perHead(List<Case> cases, int length) {
        float[] heads = Values.normal(HEADS, 35);
        cases.add(learned("offset per head", length, ScoreMods.headOffset(heads), heads));
        cases.add(learned("factor per head", length, ScoreMods.headScale(heads), heads));
        cases.add(learned(
                "gate per head", length, (score, b, h, q, kv) -> (float) (score / (1 + Math.exp(-heads[h]))), heads));
        float[] batchHeads = Values.normal(BATCH * HEADS, 36);
        cases.add(learned(
                "factor per batch and head",
                length,
                (score, b, h, q, kv) -> score * batchHeads[b * HEADS + h],
                batchHeads));
        float[] cap = {1.5f};
        cases.add(learned("softcap", length, (score, b, h, q, kv) -> cap[0] * (float) Math.tanh(score / cap[0]), cap));
    }

    private static void reads(List<Case> cases, int length) {
        float[] positions = Values.normal(length, 37);
        cases.add(learned(
                "one array read twice",
                length,
                (score, b, h, q, kv) -> score + positions[q] * positions[kv],
                positions));
        int[] index = new int[length];
        for (int i = 0; i < length; i++) {
            index[i] = (i * 7) % 5;
        }
        float[] indirect = Values.normal(5, 38);
        cases.add(learned("indirect", length, (score, b, h, q, kv) -> score + indirect[index[kv]], indirect));
        cases.add(learned(
                "in one arm",
                length,
                (score, b, h, q, kv) -> q - kv < 9 ? score + positions[q - kv] : score * 0.5f,
                positions));
        // Read in forward and backward, with no gradient of its own.
        cases.add(Case.of(
                "captured, not learned",
                shape(length),
                builder -> builder.mask(MaskMods.causal())
                        .scoreMod((score, b, h, q, kv) -> score * positions[kv] + positions[q - kv])));
        cases.add(Case.of(
                "captured beside a learned one",
                shape(length),
                builder -> builder.mask(MaskMods.causal())
                        .scoreMod((score, b, h, q, kv) -> score * positions[kv] + indirect[index[kv]])
                        .learnable(indirect)));
        zoo(cases, length);
        float[] unread = Values.normal(3, 39);
        cases.add(learned("never reached", length, (score, b, h, q, kv) -> kv > q ? score + unread[0] : score, unread));
    }

    private static void zoo(List<Case> cases, int length) {
        float[] buckets = Values.normal(HEADS * 8, 47);
        cases.add(learned("T5 buckets", length, ScoreMods.t5Bias(buckets, HEADS, 8, 30, false), buckets));
        float[] image = Values.normal(HEADS * 15 * 15, 48);
        cases.add(learned("relative bias by image", length, ScoreMods.relativeBias2d(image, HEADS, 8, 8), image));
        float[] gates = Values.normal(HEADS, 49);
        cases.add(learned("gate", length, ScoreMods.gate(gates), gates));
        int[] paths = new int[length * length * 2];
        for (int i = 0; i < paths.length; i++) {
            paths[i] = i % 5 - 1;
        }
        float[] edges = Values.normal(2 * 4, 50);
        cases.add(learned("graph edges", length, ScoreMods.graphEdges(paths, length, 2, edges, 4), edges));
        AttentionShape shape = shape(length);
        RowNorms norms = new RowNorms(shape);
        norms.update(Values.normal(shape.querySize(), 1), Values.normal(shape.keySize(), 2));
        cases.add(
                learned("norms, cosine", length, norms.cosine(0.3f, shape.defaultScale()), norms.query(), norms.key()));
        cases.add(learned(
                "norms, hyperbolic", length, norms.hyperbolic(1f, shape.defaultScale()), norms.query(), norms.key()));
    }

    private static void options(List<Case> cases, int length) {
        float[] sinks = Values.normal(HEADS, 40);
        cases.add(Case.of("sinks", shape(length), builder -> builder.sinks(sinks)));
        cases.add(new Case(
                "sinks learned, causal, softcap, lse",
                shape(length),
                builder -> builder.sinks(sinks)
                        .learnable(sinks)
                        .scoreMod(ScoreMods.softcap(2))
                        .mask(MaskMods.causal()),
                true));
        cases.add(new Case(
                "sinks with masked rows",
                shape(length),
                builder -> builder.sinks(sinks).learnable(sinks).mask((b, h, q, kv) -> q % 2 == 0 && kv <= q),
                true));
        cases.add(new Case("lse", shape(length), builder -> builder, true));
        cases.add(new Case(
                "lse, causal, alibi",
                shape(length),
                builder -> builder.scoreMod(ScoreMods.alibi(HEADS)).mask(MaskMods.slidingWindow(9)),
                true));
        cases.add(Case.of("dropout", shape(length), builder -> builder.dropout(0.3f, 1234)));
        float[] heads = Values.normal(HEADS, 41);
        cases.add(new Case(
                "dropout, causal, learned, lse",
                shape(length),
                builder -> builder.dropout(0.3f, -5)
                        .scoreMod(ScoreMods.headScale(heads))
                        .learnable(heads)
                        .mask(MaskMods.causal()),
                true));
        cases.add(Case.of("scale 0.5", shape(length), builder -> builder.scale(0.5f)));
        cases.add(Case.of("scale −1", shape(length), builder -> builder.scale(-1)));
    }
}
