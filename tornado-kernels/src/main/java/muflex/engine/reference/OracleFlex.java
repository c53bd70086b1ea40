package muflex.engine.reference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.engine.AttentionSpec;
import muflex.graph.FlexOp;
import muflex.graph.Leaf;
import muflex.graph.Tensor;

/** Attention nodes by the float64 oracle of attention. */
final class OracleFlex {

    private record Key(AttentionShape shape, FlexOp.Flex flex) {}

    private final Map<Key, ReferenceAttention> compiled = new HashMap<>();
    private final List<BlockMask> replaced = new ArrayList<>();
    private final Values values;

    OracleFlex(Values values) {
        this.values = values;
    }

    void replaceMask(BlockMask mask) {
        replaced.add(mask);
        compiled.forEach((key, attention) -> replace(key, attention, mask));
    }

    private static void replace(Key key, ReferenceAttention attention, BlockMask mask) {
        if (key.flex().takes(mask)) {
            attention.replaceMask(mask);
        }
    }

    void run(FlexOp op, double[][] out) {
        ReferenceAttention attention = compiled.computeIfAbsent(new Key(op.shape(), op.flex()), key -> {
            ReferenceAttention fresh = compile(key);
            replaced.forEach(mask -> replace(key, fresh, mask));
            return fresh;
        });
        op.flex().learnable().forEach(this::publish);
        double[][] in = op.inputs().stream().map(values::of).toArray(double[][]::new);
        switch (op) {
            case FlexOp.Attention a -> attention.forward(in[0], in[1], in[2], out[0], out[1]);
            case FlexOp.AttentionGradient g -> {
                double[][] learnable = Arrays.copyOfRange(out, 3, out.length);
                double[] dLse = g.dLse() == null ? null : values.of(g.dLse());
                attention.backward(in[0], in[1], in[2], in[3], in[4], in[5], dLse, out[0], out[1], out[2], learnable);
            }
        }
    }

    private static ReferenceAttention compile(Key key) {
        FlexOp.Flex flex = key.flex();
        List<float[]> learnable =
                flex.learnable().stream().map(OracleFlex::backing).toList();
        return new ReferenceAttention(AttentionSpec.of(key.shape())
                .withScoreMod(flex.scoreMod())
                .withMask(flex.mask())
                .withScale(flex.scale())
                .withSinks(flex.sinks())
                .withLearnable(learnable)
                .withWeights(flex.weights()));
    }

    private static float[] backing(Tensor learnable) {
        float[] backing = ((Leaf.Parameter) learnable.op()).backing();
        if (backing == null) {
            throw new IllegalStateException("no backing array: " + learnable);
        }
        return backing;
    }

    /** Writes a learnable parameter to the array that the score mod reads. */
    private void publish(Tensor learnable) {
        double[] from = values.of(learnable);
        float[] to = backing(learnable);
        for (int i = 0; i < to.length; i++) {
            to[i] = (float) from[i];
        }
    }
}
