package muflex.experiments.speed;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import muflex.attention.AttentionShape;
import muflex.attention.Precision;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;
import muflex.experiments.BadInput;
import muflex.experiments.RunFailed;
import muflex.experiments.compare.Direction;
import muflex.experiments.compare.PeerOp;
import muflex.experiments.compare.ShapeText;
import muflex.experiments.report.Git;

/** One shape, variant and precision on one device: the check of its answers, and its times. */
final class SpeedCase {
    private final Device on;
    private final SpeedInputs inputs;
    private final AttentionShape shape;
    private final SpeedVariant variant;
    private final Precision precision;
    private final float[] q;
    private final float[] k;
    private final float[] v;
    private final float[] out;
    private final float[] lse;

    SpeedCase(Device on, SpeedInputs inputs, SpeedVariant variant, Precision precision) {
        this.on = on;
        this.inputs = inputs;
        this.variant = variant;
        this.precision = precision;
        shape = inputs.shape();
        q = inputs.q();
        k = inputs.k();
        v = inputs.v();
        out = new float[shape.outSize()];
        lse = new float[shape.lseSize()];
    }

    /**
     * Compiles the case and checks its first answers; the caller closes it. A case may be compiled several times. Of another library the
     * forward pass alone: it gives no lse, by which gradients are checked.
     */
    CheckedCase check(List<Direction> directions) {
        AttentionSpec attention = AttentionSpec.of(shape)
                .withScoreMod(variant.scoreMod())
                .withMask(variant.blocks(shape))
                .withPrecision(precision);
        CheckedCase checked = new CheckedCase(BadInput.check(() -> on.compile(attention)));
        try {
            AttentionOp op = checked.op();
            boolean peer = op instanceof PeerOp;
            if (peer && !directions.contains(Direction.FORWARD)) {
                throw BadInput.of(
                        "directions", "forward on " + on.id() + ", another library", "backward", "add forward");
            }
            Arrays.fill(out, Float.NaN);
            Runnable forward = () -> op.forward(q, k, v, out, lse);
            forward.run();
            ExactScores scores = new ExactScores(shape, variant, q, k);
            RowCheck.Errors errors = new RowCheck(scores, v).errors(out, peer ? null : lse);
            require(errors, Direction.FORWARD);
            if (directions.contains(Direction.FORWARD)) {
                checked.add(Direction.FORWARD, forward, errors);
            }
            if (directions.contains(Direction.BACKWARD) && !peer) {
                checkBackward(checked, scores);
            }
            return checked;
        } catch (RuntimeException | Error e) {
            checked.close();
            throw e;
        }
    }

    private void checkBackward(CheckedCase checked, ExactScores scores) {
        float[] dOut = inputs.dOut();
        float[] dq = new float[shape.querySize()];
        float[] dk = new float[shape.keySize()];
        float[] dv = new float[shape.valueSize()];
        Arrays.fill(dq, Float.NaN);
        Runnable backward = () -> checked.op().backward(q, k, v, out, lse, dOut, null, dq, dk, dv, new float[0][]);
        backward.run();
        RowCheck.Errors errors = new GradientCheck(scores, v, dOut, out, lse).errors(dq, dk, dv);
        require(errors, Direction.BACKWARD);
        checked.add(Direction.BACKWARD, backward, errors);
    }

    private void require(RowCheck.Errors errors, Direction direction) {
        String complaint = errors.complaint(precision);
        if (complaint != null) {
            throw new RunFailed(on.id() + ", " + ShapeText.of(shape) + ", " + variant.name() + ", " + precision + ", "
                    + direction + ": " + complaint);
        }
    }

    /** What was sampled. */
    SpeedRow row(CheckedCase checked, Direction direction) {
        double wall = checked.wall(direction);
        Double kernel = checked.kernel(direction);
        double operations = (double) direction.flopsPerElement(shape.headDim(), shape.valueDim())
                * shape.batch()
                * shape.queryHeads()
                * variant.pairs(shape);
        RowCheck.Errors errors = checked.errors(direction);
        return new SpeedRow(
                on.id(),
                on.description(),
                Git.of(Path.of(System.getProperty("muflex.home", "."))).toString(),
                ShapeText.of(shape),
                variant.name(),
                precision.toString(),
                direction.toString(),
                kernel,
                wall,
                operations / (kernel == null ? wall : kernel) * 1e-9,
                errors.largest(),
                errors.mean(),
                errors.lse());
    }
}
