package muflex.experiments.show;

import java.util.List;
import java.util.Random;
import muflex.attention.AttentionShape;
import muflex.attention.RowNorms;
import muflex.attention.ScoreMod;
import muflex.attention.ScoreMods;

/** The ready-made score mods; learned arrays hold random numbers here. */
final class ScoreCatalogue {

    private ScoreCatalogue() {}

    static void add(List<Shown> all, int n, int heads) {
        scores(all, n, heads);
        tables(all, n, heads);
        norms(all, n, heads);
    }

    private static void scores(List<Shown> all, int n, int heads) {
        add(
                all,
                n,
                "alibi",
                "ScoreMods.alibi(" + heads + ")",
                "s − slope[h] · (q − kv)",
                "Press et al. 2022 (arXiv:2108.12409)",
                ScoreMods.alibi(heads));
        add(
                all,
                n,
                "softcap",
                "ScoreMods.softcap(50)",
                "cap · tanh(s / cap)",
                "Riviere et al. 2024 (Gemma 2, arXiv:2408.00118)",
                ScoreMods.softcap(50));
        add(
                all,
                n,
                "sandwich",
                "ScoreMods.sandwich(" + heads + ", 128, " + n + ")",
                "s + (8 (h + 1) / H) · Σᵢ cos((q − kv) / 10000^(2i/dim))",
                "Chi et al. 2023 (arXiv:2212.10356)",
                ScoreMods.sandwich(heads, 128, n));
        add(
                all,
                n,
                "decay",
                "ScoreMods.decay(ScoreMods.retentionRates(" + heads + "))",
                "s · γ[h]^|q − kv|",
                "Sun et al. 2022, 2023 (xPos, arXiv:2212.10554; RetNet, arXiv:2307.08621)",
                ScoreMods.decay(ScoreMods.retentionRates(heads)));
        add(
                all,
                n,
                "gate",
                "ScoreMods.gate(gate)",
                "s · σ(gate[h])",
                "attention-gym's learned biases",
                ScoreMods.gate(normal(heads, 1)));
        add(
                all,
                n,
                "squared-relu",
                "ScoreMods.activation((s, b, h, q, kv) -> s > 0 ? s * s : 0f)",
                "log f(s): softmax gives f(s) / Σ f(s)",
                "attention-gym's activation mods",
                ScoreMods.activation((s, b, h, q, kv) -> s > 0 ? s * s : 0f));
    }

    private static void tables(List<Shown> all, int n, int heads) {
        int furthest = Math.max(1, n / 8);
        add(
                all,
                n,
                "relative-bias",
                "ScoreMods.relativeBias(table, " + furthest + ")",
                "s + table[clamp(q − kv, ±max) + max]",
                "Shaw et al. 2018 (arXiv:1803.02155)",
                ScoreMods.relativeBias(normal(2 * furthest + 1, 2), furthest));
        int side = Math.max(1, (int) Math.sqrt(n));
        add(
                all,
                side * side,
                "relative-bias-2d",
                "ScoreMods.relativeBias2d(table, " + heads + ", " + side + ", " + side + ")",
                "s + table[h, Δrow, Δcolumn]",
                "Liu et al. 2021 (Swin, arXiv:2103.14030)",
                ScoreMods.relativeBias2d(normal(heads * (2 * side - 1) * (2 * side - 1), 3), heads, side, side));
        add(
                all,
                n,
                "t5-bias",
                "ScoreMods.t5Bias(table, " + heads + ", 32, 128, true)",
                "s + table[h, bucket(kv − q)]",
                "Raffel et al. 2020 (T5, arXiv:1910.10683)",
                ScoreMods.t5Bias(normal(heads * 32, 4), heads, 32, 128, true));
        // Nodes on a ring with edges of three types.
        int nodes = Math.min(n, 256);
        int hops = 3;
        int[] distance = new int[nodes * nodes];
        int[] path = new int[nodes * nodes * hops];
        for (int i = 0; i < nodes; i++) {
            for (int j = 0; j < nodes; j++) {
                int around = Math.min(Math.floorMod(i - j, nodes), Math.floorMod(j - i, nodes));
                distance[i * nodes + j] = Math.min(around, 8);
                for (int hop = 0; hop < hops; hop++) {
                    path[(i * nodes + j) * hops + hop] = hop < around ? (i + hop) % 3 : -1;
                }
            }
        }
        add(
                all,
                nodes,
                "graph-spatial",
                "ScoreMods.graphSpatial(distance, " + nodes + ", bias) // a ring",
                "s + bias[distance[q, kv]]",
                "Ying et al. 2021 (Graphormer, arXiv:2106.05234)",
                ScoreMods.graphSpatial(distance, nodes, normal(9, 5)));
        add(
                all,
                nodes,
                "graph-edges",
                "ScoreMods.graphEdges(path, " + nodes + ", 3, weight, 3) // a ring",
                "s + 1/N Σₙ weight[n, type of the n-th edge from q to kv]",
                "Ying et al. 2021 (Graphormer, arXiv:2106.05234)",
                ScoreMods.graphEdges(path, nodes, hops, normal(9, 6), 3));
    }

    private static void norms(List<Shown> all, int n, int heads) {
        AttentionShape shape = AttentionShape.of(1, heads, n, 1);
        RowNorms norms = new RowNorms(shape);
        norms.update(normal(shape.querySize(), 7), normal(shape.keySize(), 8));
        add(
                all,
                n,
                "cosine",
                "new RowNorms(shape).cosine(0.1f, shape.defaultScale())",
                "q·k / (‖q‖ ‖k‖ · temperature)",
                "Liu et al. 2022 (Swin V2, arXiv:2111.09883)",
                norms.cosine(0.1f, shape.defaultScale()));
        add(
                all,
                n,
                "euclidean",
                "new RowNorms(shape).euclidean(1, shape.defaultScale())",
                "−sharpness · ‖q − k‖²",
                "Kim et al. 2021 (L2 attention, arXiv:2006.04710)",
                norms.euclidean(1, shape.defaultScale()));
        add(
                all,
                n,
                "hyperbolic",
                "new RowNorms(shape).hyperbolic(1, shape.defaultScale())",
                "−sharpness · arcosh(√(1 + ‖q‖²) √(1 + ‖k‖²) − q·k)",
                "Gulcehre et al. 2019 (arXiv:1805.09786)",
                norms.hyperbolic(1, shape.defaultScale()));
    }

    private static float[] normal(int size, long seed) {
        Random random = new Random(seed);
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static void add(
            List<Shown> all, int length, String name, String code, String formula, String source, ScoreMod score) {
        all.add(Shown.of(name, code, formula, source, length, score));
    }
}
