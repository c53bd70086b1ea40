package muflex.engine.jvm;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import muflex.attention.AttentionShape;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.graph.FlexOp;

/** Steps of attention: the device's own operation, compiled once for all nodes that are alike. */
final class AttentionSteps {

    private final GraphArrays arrays;
    private final Function<AttentionSpec, AttentionOp> compile;
    private final Map<Key, AttentionOp> compiled = new HashMap<>();

    private record Key(AttentionShape shape, FlexOp.Flex flex) {}

    AttentionSteps(GraphArrays arrays, Function<AttentionSpec, AttentionOp> compile) {
        this.arrays = arrays;
        this.compile = compile;
    }

    Step of(FlexOp op, float[][] out) {
        AttentionOp kernel = compiled.computeIfAbsent(new Key(op.shape(), op.flex()), this::compile);
        float[][] in = op.inputs().stream().map(arrays::floats).toArray(float[][]::new);
        return switch (op) {
            case FlexOp.Attention a -> () -> kernel.forward(in[0], in[1], in[2], out[0], out[1]);
            case FlexOp.AttentionGradient g -> {
                float[][] learnable = Arrays.copyOfRange(out, 3, out.length);
                float[] dLse = g.dLse() == null ? null : arrays.floats(g.dLse());
                yield () -> kernel.backward(
                        in[0], in[1], in[2], in[3], in[4], in[5], dLse, out[0], out[1], out[2], learnable);
            }
        };
    }

    private AttentionOp compile(Key key) {
        FlexOp.Flex flex = key.flex();
        List<float[]> learnable = flex.learnable().stream().map(arrays::floats).toList();
        return compile.apply(new AttentionSpec(
                key.shape(), flex.scoreMod(), flex.mask(), flex.scale(), flex.sinks(), 0, 0, learnable, false));
    }

    void close() {
        compiled.values().forEach(AttentionOp::close);
    }
}
