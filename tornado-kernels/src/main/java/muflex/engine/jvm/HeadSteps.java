package muflex.engine.jvm;

import muflex.graph.HeadOp;
import muflex.graph.Shape;
import muflex.kernels.HeadKernels;

/** Steps of head layouts and rotary positions. */
record HeadSteps(Kernels kernels, GraphArrays arrays) {

    private static final int[] START = {0};

    Step of(HeadOp op, float[][] out) {
        return switch (op) {
            case HeadOp.SplitHeads split ->
                layout(
                        "splitHeads",
                        arrays.floats(split.x()),
                        out[0],
                        split.outputs().getFirst());
            case HeadOp.MergeHeads merge ->
                layout("mergeHeads", arrays.floats(merge.x()), out[0], merge.x().shape());
            case HeadOp.RotaryTable table -> {
                int[] position = table.position() == null ? START : arrays.ints(table.position());
                int half = table.dim() / 2;
                yield kernels.step(
                        HeadKernels.class,
                        "rotaryTable",
                        table.seq(),
                        50L * half,
                        position,
                        out[0],
                        out[1],
                        table.base(),
                        half);
            }
            case HeadOp.Rotary rotary -> rotate(rotary, out[0]);
            default -> throw new IllegalArgumentException("attention is lowered elsewhere: " + op.kind());
        };
    }

    private Step layout(String method, float[] x, float[] out, Shape heads) {
        int rows = heads.size(0) * heads.size(2);
        int columns = heads.size(1) * heads.size(3);
        return kernels.step(
                HeadKernels.class, method, rows, columns, x, out, heads.size(2), heads.size(1), heads.size(3));
    }

    private Step rotate(HeadOp.Rotary rotary, float[] out) {
        Shape shape = rotary.x().shape();
        return kernels.step(
                HeadKernels.class,
                "rotate",
                shape.rows(),
                shape.columns(),
                arrays.floats(rotary.x()),
                arrays.floats(rotary.cosine()),
                arrays.floats(rotary.sine()),
                out,
                rotary.backwards() ? -1f : 1f,
                shape.size(2),
                shape.columns() / 2);
    }
}
