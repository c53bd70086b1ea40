package muflex.experiments.speed;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import muflex.attention.AttentionShape;
import muflex.attention.Precision;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;
import muflex.engine.DeviceTimes;
import muflex.experiments.BadInput;
import muflex.experiments.RunFailed;
import muflex.experiments.compare.Direction;
import muflex.experiments.compare.ShapeText;
import muflex.experiments.report.Git;
import muflex.experiments.report.Samples;

/** One shape, variant and precision on one device: inputs, the check of its answers, and its times. */
final class SpeedCase {
    private final Device on;
    private final AttentionShape shape;
    private final SpeedVariant variant;
    private final Precision precision;
    private final float[] q;
    private final float[] k;
    private final float[] v;
    private final float[] out;
    private final float[] lse;

    SpeedCase(Device on, AttentionShape shape, SpeedVariant variant, Precision precision) {
        this.on = on;
        this.shape = shape;
        this.variant = variant;
        this.precision = precision;
        SplittableRandom random = new SplittableRandom(1);
        q = exact(random, shape.querySize());
        k = exact(random, shape.keySize());
        v = exact(random, shape.valueSize());
        out = new float[shape.outSize()];
        lse = new float[shape.lseSize()];
        Arrays.fill(out, Float.NaN);
    }

    /** Normal numbers that both kinds of 16 bits hold exactly, so that all precisions have the same inputs. */
    private static float[] exact(SplittableRandom random, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            float half = Float.float16ToFloat(Float.floatToFloat16((float) random.nextGaussian()));
            values[i] = Float.intBitsToFloat(Float.floatToRawIntBits(half) & 0xFFFF_0000);
        }
        return values;
    }

    /** A row for each direction, which are done in the order forward, backward. */
    List<SpeedRow> measure(List<Direction> directions, int repeat) {
        AttentionSpec attention = AttentionSpec.of(shape)
                .withScoreMod(variant.scoreMod())
                .withMask(variant.blocks(shape))
                .withPrecision(precision);
        try (AttentionOp op = BadInput.check(() -> on.compile(attention))) {
            ExactScores scores = new ExactScores(shape, variant, q, k);
            op.forward(q, k, v, out, lse);
            RowCheck.Errors errors = new RowCheck(scores, v).errors(out, lse);
            require(errors, Direction.FORWARD);
            return directions.stream()
                    .sorted()
                    .distinct()
                    .map(direction -> switch (direction) {
                        case FORWARD -> time(op, direction, repeat, errors, () -> op.forward(q, k, v, out, lse));
                        case BACKWARD -> backward(op, scores, repeat);
                    })
                    .toList();
        }
    }

    private SpeedRow backward(AttentionOp op, ExactScores scores, int repeat) {
        float[] dOut = exact(new SplittableRandom(2), shape.outSize());
        float[] dq = new float[shape.querySize()];
        float[] dk = new float[shape.keySize()];
        float[] dv = new float[shape.valueSize()];
        Arrays.fill(dq, Float.NaN);
        Runnable call = () -> op.backward(q, k, v, out, lse, dOut, null, dq, dk, dv, new float[0][]);
        call.run();
        RowCheck.Errors errors = new GradientCheck(scores, v, dOut, out, lse).errors(dq, dk, dv);
        require(errors, Direction.BACKWARD);
        return time(op, Direction.BACKWARD, repeat, errors, call);
    }

    private void require(RowCheck.Errors errors, Direction direction) {
        String complaint = errors.complaint(precision);
        if (complaint != null) {
            throw new RunFailed(on.id() + ", " + ShapeText.of(shape) + ", " + variant.name() + ", " + precision + ", "
                    + direction + ": " + complaint);
        }
    }

    private SpeedRow time(AttentionOp op, Direction direction, int repeat, RowCheck.Errors errors, Runnable call) {
        double[] kernels = new double[repeat];
        double[] walls = new double[repeat];
        op.takeTimes();
        boolean timed = true;
        for (int i = 0; i < repeat; i++) {
            long start = System.nanoTime();
            call.run();
            walls[i] = (System.nanoTime() - start) / 1e6;
            DeviceTimes times = op.takeTimes();
            timed &= times != null;
            kernels[i] = times == null ? Double.NaN : times.kernel() / 1e6;
        }
        double wall = Samples.median(walls);
        Double kernel = timed ? Samples.median(kernels) : null;
        double operations = (double) direction.flopsPerElement(shape.headDim(), shape.valueDim())
                * shape.batch()
                * shape.queryHeads()
                * variant.pairs(shape);
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
