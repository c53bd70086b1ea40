package muflex.experiments.compare;

import java.util.ArrayList;
import java.util.List;
import muflex.attention.AttentionShape;
import muflex.engine.AttentionOp;
import muflex.experiments.report.Row;

/** What attention gives for one case; every array is filled by the operation it is passed to. */
final class Answer {

    private final float[] out;
    private final float[] lse;
    private final float[] dq;
    private final float[] dk;
    private final float[] dv;
    private final float[][] dLearned;

    Answer(Setup setup) {
        AttentionShape shape = setup.shape();
        out = new float[shape.outSize()];
        lse = new float[shape.lseSize()];
        dq = new float[shape.querySize()];
        dk = new float[shape.keySize()];
        dv = new float[shape.valueSize()];
        float[] learned = setup.learned();
        dLearned = learned == null ? new float[0][] : new float[][] {new float[learned.length]};
    }

    void run(Direction direction, AttentionOp op, Tensors tensors) {
        switch (direction) {
            case FORWARD -> op.forward(tensors.q(), tensors.k(), tensors.v(), out, lse);
            case BACKWARD ->
                op.backward(
                        tensors.q(), tensors.k(), tensors.v(), out, lse, tensors.dOut(), null, dq, dk, dv, dLearned);
        }
    }

    void run(Direction direction, NaiveAttention naive, Tensors tensors) {
        switch (direction) {
            case FORWARD -> naive.forward(tensors, out, lse);
            case BACKWARD -> naive.backward(tensors, out, lse, dq, dk, dv, dLearned.length == 0 ? null : dLearned[0]);
        }
    }

    /** This answer's errors, given the float64 one and the plain loop's. */
    List<Row.Accuracy> check(Direction direction, Answer expected, Answer plain) {
        List<Row.Accuracy> checks = new ArrayList<>();
        switch (direction) {
            case FORWARD -> {
                checks.add(Checks.check("out", expected.out, plain.out, out));
                checks.add(Checks.check("lse", expected.lse, plain.lse, lse));
            }
            case BACKWARD -> {
                checks.add(Checks.check("dq", expected.dq, plain.dq, dq));
                checks.add(Checks.check("dk", expected.dk, plain.dk, dk));
                checks.add(Checks.check("dv", expected.dv, plain.dv, dv));
                for (int i = 0; i < dLearned.length; i++) {
                    checks.add(Checks.check("dcaptured", expected.dLearned[i], plain.dLearned[i], dLearned[i]));
                }
            }
        }
        return checks;
    }
}
