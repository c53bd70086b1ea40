package muflex.experiments.compare;

import java.util.ArrayList;
import java.util.List;
import muflex.attention.AttentionShape;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.experiments.report.Row;

/** What an operation gives for one case; every array is overwritten by each run. */
final class Answer {

    private final float[] out;
    private final float[] lse;
    private final float[] dq;
    private final float[] dk;
    private final float[] dv;
    private final float[][] dLearned;

    Answer(AttentionSpec spec) {
        AttentionShape shape = spec.shape();
        out = new float[shape.outSize()];
        lse = new float[shape.lseSize()];
        dq = new float[shape.querySize()];
        dk = new float[shape.keySize()];
        dv = new float[shape.valueSize()];
        dLearned =
                spec.learnable().stream().map(array -> new float[array.length]).toArray(float[][]::new);
    }

    void run(Direction direction, AttentionOp op, Tensors tensors) {
        switch (direction) {
            case FORWARD -> op.forward(tensors.q(), tensors.k(), tensors.v(), out, lse);
            case BACKWARD ->
                op.backward(
                        tensors.q(), tensors.k(), tensors.v(), out, lse, tensors.dOut(), null, dq, dk, dv, dLearned);
        }
    }

    /**
     * This answer's errors, beside the plain loop's, as far as {@code gold} goes.
     *
     * @param withLse whether this answer has one
     */
    List<Row.Accuracy> check(Direction direction, Gold gold, Answer plain, boolean withLse) {
        List<Row.Accuracy> checks = new ArrayList<>();
        switch (direction) {
            case FORWARD -> {
                checks.add(Checks.check("out", gold.out(), plain.out, out));
                if (withLse) {
                    checks.add(Checks.check("lse", gold.lse(), plain.lse, lse));
                }
            }
            case BACKWARD -> {
                checks.add(Checks.check("dq", gold.dq(), plain.dq, dq));
                checks.add(Checks.check("dk", gold.dk(), plain.dk, dk));
                checks.add(Checks.check("dv", gold.dv(), plain.dv, dv));
                for (int i = 0; i < gold.dLearned().length; i++) {
                    checks.add(Checks.check("dcaptured", gold.dLearned()[i], plain.dLearned[i], dLearned[i]));
                }
            }
        }
        return checks;
    }
}
