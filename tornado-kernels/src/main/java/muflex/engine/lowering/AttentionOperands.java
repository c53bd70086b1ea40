package muflex.engine.lowering;

import java.util.ArrayList;
import java.util.List;
import muflex.attention.AttentionShape;
import muflex.engine.AttentionSpec;
import muflex.engine.lowering.Argument.Array;
import muflex.engine.lowering.Argument.Operand;
import muflex.paging.KvFormat;

/** The arrays of {@link muflex.engine.AttentionOp}'s calls as operands, numbered in the order of its parameters. */
public final class AttentionOperands {
    /** The operand that is the first learnable array's gradient. */
    public static final int LEARNABLE = 10;

    private final List<Operand> operands = new ArrayList<>();

    public AttentionOperands(AttentionSpec spec) {
        AttentionShape shape = spec.shape();
        int q = shape.querySize();
        int k = shape.keySize();
        int v = shape.valueSize();
        int out = shape.outSize();
        int lse = shape.lseSize();
        for (int size : new int[] {q, k, v, out, lse, out, lse, q, k, v}) {
            operands.add(new Operand(operands.size(), size));
        }
        spec.learnable().forEach(array -> operands.add(new Operand(operands.size(), array.length)));
        operands.add(new Operand(operands.size(), lse));
    }

    public int count() {
        return operands.size();
    }

    /** Operand {@code index}. */
    public Operand get(int index) {
        return operands.get(index);
    }

    /** The operand that {@link muflex.engine.AttentionOp#maxScores} fills, the last. */
    public int maxima() {
        return operands.size() - 1;
    }

    public List<Call> maxScores(AttentionLowering lowering) {
        return lowering.maxScores(get(0), get(1), get(maxima()));
    }

    public List<Call> forward(AttentionLowering lowering) {
        return lowering.forward(get(0), get(1), get(2), get(3), get(4));
    }

    /** The same operands, with keys and values in the given format. */
    public List<Call> forward(AttentionLowering lowering, KvFormat format) {
        return lowering.forward(format, get(0), get(1), get(2), get(3), get(4));
    }

    public List<Call> round(AttentionLowering lowering) {
        return lowering.round(get(1), get(2));
    }

    public List<Call> forwardRounded(AttentionLowering lowering) {
        return lowering.forwardRounded(get(0), get(1), get(2), get(3), get(4));
    }

    /** @param withLse whether there is a gradient of lse, or an empty array in its place */
    public List<Call> backward(AttentionLowering lowering, boolean withLse) {
        List<Array> learnable = List.copyOf(operands.subList(LEARNABLE, maxima()));
        return lowering.backward(new AttentionLowering.Backward(
                get(0),
                get(1),
                get(2),
                get(3),
                get(4),
                get(5),
                withLse ? get(6) : null,
                get(7),
                get(8),
                get(9),
                learnable));
    }
}
