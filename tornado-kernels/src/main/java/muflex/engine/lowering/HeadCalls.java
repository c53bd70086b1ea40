package muflex.engine.lowering;

import java.util.List;
import java.util.Set;
import muflex.engine.lowering.Argument.Ints;
import muflex.graph.HeadOp;
import muflex.graph.Shape;
import muflex.graph.Tensor;
import muflex.kernels.HeadKernels;

/** Calls of head layouts and rotary positions. */
record HeadCalls(Machine machine) {

    private static final Ints START = new Ints(new int[] {0}, Set.of());

    Call of(HeadOp op, List<Tensor> out) {
        return switch (op) {
            case HeadOp.SplitHeads split ->
                layout("splitHeads", split.x(), out.get(0), split.outputs().getFirst());
            case HeadOp.MergeHeads merge ->
                layout("mergeHeads", merge.x(), out.get(0), merge.x().shape());
            case HeadOp.RotaryTable table -> {
                Object position = table.position() == null ? START : table.position();
                int half = table.dim() / 2;
                yield Call.loop(
                        HeadKernels.class,
                        "rotaryTable",
                        table.seq(),
                        50L * half,
                        position,
                        out.get(0),
                        out.get(1),
                        table.base(),
                        half,
                        table.position() != null && table.position().shape().size() > 1 ? 1 : 0);
            }
            case HeadOp.Rotary rotary -> rotate(rotary, out.get(0));
            default -> throw new IllegalArgumentException("attention is lowered elsewhere: " + op.kind());
        };
    }

    private Call layout(String method, Tensor x, Tensor out, Shape heads) {
        int dim = heads.size(3);
        int piece = piece(dim);
        return Call.loop(
                HeadKernels.class,
                method,
                x.shape().size() / piece,
                piece,
                x,
                out,
                heads.size(2),
                heads.size(1),
                dim,
                piece);
    }

    private Call rotate(HeadOp.Rotary rotary, Tensor out) {
        Shape shape = rotary.x().shape();
        int half = shape.columns() / 2;
        int piece = piece(half);
        return Call.loop(
                HeadKernels.class,
                "rotate",
                shape.rows() * (half / piece),
                2L * piece,
                rotary.x(),
                rotary.cosine(),
                rotary.sine(),
                out,
                rotary.backwards() ? -1f : 1f,
                shape.size(2),
                half,
                piece);
    }

    /** Elements of an item of a row of {@code length}: all, and on a GPU a vector, so that neighbours read neighbours. */
    private int piece(int length) {
        return machine.family() == Machine.Family.GROUPS && length % machine.lanes() == 0 ? machine.lanes() : length;
    }
}
