package muflex.graph;

import java.util.ArrayList;
import java.util.List;
import muflex.attention.BlockMask;
import muflex.attention.MaskMods;
import muflex.attention.Weights;
import muflex.graph.FlexOp.Flex;

/** Every op at sizes that fit no vector and no block, and a small model. */
public final class GraphCases {

    private static final int[][] MATRICES = {{1, 1}, {3, 17}, {5, 33}, {7, 64}, {70, 129}};

    private GraphCases() {}

    /** Differentiable cases. */
    public static List<GraphCase> all() {
        List<GraphCase> cases = new ArrayList<>();
        for (int[] size : MATRICES) {
            matrices(cases, size[0], size[1]);
        }
        heads(cases, 1, 1, 1, 2);
        heads(cases, 2, 3, 5, 6);
        heads(cases, 1, 2, 17, 34);
        attention(cases);
        cases.add(new GraphCase("model", GraphCases::model));
        return cases;
    }

    private static void matrices(List<GraphCase> cases, int rows, int columns) {
        String size = " " + rows + "x" + columns;
        Shape shape = Shape.of("rows", rows, "columns", columns);
        Shape row = Shape.of("columns", columns);
        int other = columns / 2 + 3;
        cases.add(new GraphCase(
                "matmul" + size,
                (g, c) -> List.of(
                        g.matmul(c.leaf("a", shape), c.leaf("b", Shape.of("columns", columns, "out", other)), 0.7f))));
        cases.add(new GraphCase(
                "matmul transposeB" + size,
                (g, c) -> List.of(g.matmul(
                        c.leaf("a", shape),
                        c.leaf("b", Shape.of("out", other, "columns", columns)),
                        false,
                        true,
                        1.5f))));
        cases.add(new GraphCase(
                "matmul transposeA" + size,
                (g, c) -> List.of(g.matmul(
                        c.leaf("a", shape), c.leaf("b", Shape.of("rows", rows, "out", other)), true, false, 1f))));
        cases.add(new GraphCase("add" + size, (g, c) -> List.of(g.add(c.leaf("a", shape), c.leaf("b", shape)))));
        cases.add(new GraphCase("add row" + size, (g, c) -> List.of(g.add(c.leaf("a", shape), c.leaf("b", row)))));
        cases.add(new GraphCase(
                "scale" + size,
                (g, c) -> List.of(g.scale(g.scale(c.leaf("a", shape), 0.3f), c.leaf("s", Shape.scalar())))));
        cases.add(new GraphCase(
                "map 1" + size,
                (g, c) -> List.of(g.map(
                        c.leaf("x", shape), x -> x * (float) (0.5 + 0.5 * Math.tanh(0.8f * x + 0.03f * x * x * x))))));
        cases.add(new GraphCase(
                "map 2" + size,
                (g, c) -> List.of(
                        g.map(c.leaf("x", shape), c.leaf("y", shape), (x, y) -> x / (1f + (float) Math.exp(-x)) * y))));
        cases.add(new GraphCase(
                "rmsNorm" + size, (g, c) -> List.of(g.rmsNorm(c.leaf("x", shape), c.leaf("gain", row), 1e-5f))));
        cases.add(new GraphCase("rmsNorm plain" + size, (g, c) -> List.of(g.rmsNorm(c.leaf("x", shape), null, 1e-5f))));
        cases.add(new GraphCase(
                "layerNorm" + size,
                (g, c) -> List.of(g.layerNorm(c.leaf("x", shape), c.leaf("gain", row), c.leaf("bias", row), 1e-3f))));
        cases.add(new GraphCase(
                "layerNorm plain" + size, (g, c) -> List.of(g.layerNorm(c.leaf("x", shape), null, null, 1e-3f))));
        cases.add(new GraphCase(
                "crossEntropy" + size,
                (g, c) -> List.of(
                        g.crossEntropy(c.leaf("logits", shape), c.ints("targets", Shape.of("rows", rows), columns)))));
        cases.add(new GraphCase(
                "embedding" + size,
                (g, c) -> List.of(g.embedding(
                        c.leaf("table", shape), c.ints("tokens", Shape.of("batch", 3, "seq", other), rows)))));
        cases.add(new GraphCase("reductions" + size, (g, c) -> {
            Tensor x = c.leaf("x", shape);
            Tensor y = c.leaf("y", row);
            return List.of(g.sum(x), g.mean(x), g.sumSquares(List.of(x, y)), g.clipFactor(List.of(x, y), 0.5f));
        }));
    }

    private static void heads(List<GraphCase> cases, int batch, int heads, int seq, int dim) {
        String size = " " + batch + "x" + heads + "x" + seq + "x" + dim;
        Shape split = Shape.of("batch", batch, "heads", heads, "seq", seq, "dim", dim);
        Shape merged = Shape.of("batch", batch, "seq", seq, "dim", heads * dim);
        cases.add(new GraphCase("splitHeads" + size, (g, c) -> List.of(g.splitHeads(c.leaf("x", merged), heads))));
        cases.add(new GraphCase("mergeHeads" + size, (g, c) -> List.of(g.mergeHeads(c.leaf("x", split)))));
        cases.add(new GraphCase("rope" + size, (g, c) -> List.of(g.rope(c.leaf("x", split), 10_000, null))));
        cases.add(new GraphCase(
                "rope at a position" + size,
                (g, c) -> List.of(g.rope(c.leaf("x", split), 100, c.ints("position", Shape.scalar(), 20)))));
        cases.add(new GraphCase(
                "rope at positions of rows" + size,
                (g, c) -> List.of(g.rope(c.leaf("x", split), 100, c.ints("position", Shape.of("seq", seq), 20)))));
    }

    private static void attention(List<GraphCase> cases) {
        Shape q = Shape.of("batch", 2, "heads", 4, "seq", 7, "dim", 6);
        Shape k = Shape.of("batch", 2, "heads", 2, "seq", 9, "dim", 6);
        Shape v = Shape.of("batch", 2, "heads", 2, "seq", 9, "dim", 5);
        cases.add(new GraphCase(
                "attention",
                (g, c) -> List.of(g.attention(c.leaf("q", q), c.leaf("k", k), c.leaf("v", v), null, null))));
        cases.add(new GraphCase(
                "attention causal",
                (g, c) -> List.of(g.attention(
                        c.leaf("q", q),
                        c.leaf("k", k),
                        c.leaf("v", v),
                        (s, b, h, i, j) -> s + 0.1f * (j - i) * (h + 1),
                        BlockMask.create(MaskMods.causal(), 1, 1, 7, 9)))));
        cases.add(new GraphCase(
                "attention stick-breaking",
                (g, c) -> List.of(g.attention(
                        c.leaf("q", q),
                        c.leaf("k", k),
                        c.leaf("v", v),
                        Flex.of(null, BlockMask.create(MaskMods.causal(1), 1, 1, 7, 9), 0.4f)
                                .withWeights(Weights.STICK_BREAKING)))));
        cases.add(new GraphCase("attention learnable", (g, c) -> {
            float[] bias = new float[4 * 9];
            Tensor learnable = c.leaf("bias", Shape.of("heads", 4, "kv", 9), bias);
            Flex flex = new Flex(
                    (s, b, h, i, j) -> s * s + bias[h * 9 + j], null, 0.4f, null, List.of(learnable), Weights.SOFTMAX);
            return List.of(g.attention(c.leaf("q", q), c.leaf("k", k), c.leaf("v", v), flex));
        }));
    }

    /** One layer of a transformer with tied embeddings. */
    private static List<Tensor> model(Graph g, GraphCase c) {
        int dim = 12;
        Tensor tokens = c.ints("tokens", Shape.of("batch", 2, "seq", 5), 11);
        Tensor table = c.leaf("table", Shape.of("vocab", 11, "dim", dim));
        Tensor x = g.embedding(table, tokens);
        Tensor normed = g.rmsNorm(x, c.leaf("gain1", Shape.of("dim", dim)), 1e-5f);
        Shape square = Shape.of("in", dim, "out", dim);
        Tensor q = g.rope(g.splitHeads(g.matmul(normed, c.leaf("wq", square)), 3), 10_000, null);
        Tensor k = g.rope(g.splitHeads(g.matmul(normed, c.leaf("wk", square)), 3), 10_000, null);
        Tensor v = g.splitHeads(g.matmul(normed, c.leaf("wv", square)), 3);
        BlockMask causal = BlockMask.create(MaskMods.causal(), 1, 1, 5, 5);
        Tensor mixed = g.mergeHeads(g.attention(q, k, v, (s, b, h, i, j) -> 8f * (float) Math.tanh(s / 8f), causal));
        x = g.add(x, g.matmul(mixed, c.leaf("wo", square)));
        Tensor inner =
                g.layerNorm(x, c.leaf("gain2", Shape.of("dim", dim)), c.leaf("bias2", Shape.of("dim", dim)), 1e-5f);
        Tensor gate = g.matmul(inner, c.leaf("w1", Shape.of("in", dim, "out", 20)));
        Tensor up = g.matmul(inner, c.leaf("w2", Shape.of("in", dim, "out", 20)));
        Tensor hidden = g.map(gate, up, (a, b) -> a / (1f + (float) Math.exp(-a)) * b);
        x = g.add(x, g.matmul(hidden, c.leaf("w3", Shape.of("in", 20, "out", dim)), 0.5f));
        Tensor logits = g.matmul(x, table, false, true, 0.25f);
        return List.of(g.crossEntropy(logits, c.ints("targets", Shape.of("batch", 2, "seq", 5), 11)));
    }
}
