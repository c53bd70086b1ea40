package muflex.experiments.mup;

import java.util.List;
import java.util.stream.Stream;
import muflex.model.Activation;
import muflex.model.ModelSpec;
import muflex.model.Positions;
import muflex.model.TransformerConfig;
import muflex.model.TransformerConfig.Growth;
import muflex.model.parameterization.Parameterization;
import muflex.model.parameterization.Role;
import muflex.model.training.AdamW;
import muflex.model.training.Schedule;
import muflex.model.training.TrainingConfig;

/**
 * What a coordinate check trains.
 *
 * @param widths at least two, ascending
 * @param baseWidth at which all rules are alike; 0 in rows of schema 1, where it is the first width
 * @param growth what grows with width
 * @param headDim at the base width
 * @param depth layers
 * @param context bytes that attention sees
 * @param batch sequences an update
 * @param steps updates, at least 3
 * @param learningRate η, constant
 * @param seeds 1 to this
 * @param tied whether the embedding is the readout
 */
record CoordinateSettings(
        List<Integer> widths,
        int baseWidth,
        Growth growth,
        int headDim,
        int depth,
        int context,
        int batch,
        int steps,
        double learningRate,
        int seeds,
        boolean tied) {

    private static final int BYTES = 256;
    private static final double EPS = 1e-8;

    CoordinateSettings {
        widths = List.copyOf(widths);
        if (widths.size() < 2) {
            throw new IllegalArgumentException(
                    "--widths: expected at least two, got " + widths + "; write 64,128,256,512");
        }
        baseWidth = baseWidth == 0 ? widths.getFirst() : baseWidth;
        if (baseWidth < headDim || baseWidth % headDim != 0) {
            throw new IllegalArgumentException("--base-width: expected a multiple of --head-dim " + headDim + ", got "
                    + baseWidth + "; change one of them (without --base-width, the first of --widths)");
        }
        if (steps < Prediction.LEARNED) {
            throw new IllegalArgumentException("--steps: expected at least " + Prediction.LEARNED
                    + ", so that weights have learned, got " + steps + "; use 10");
        }
        if (!(learningRate > 0) || Double.isInfinite(learningRate)) {
            throw new IllegalArgumentException("--lr: expected a positive number, got " + learningRate + "; use 0.01");
        }
        for (int i = 1; i < widths.size(); i++) {
            if (widths.get(i) <= widths.get(i - 1)) {
                throw new IllegalArgumentException(
                        "--widths: expected ascending widths, got " + widths + "; sort them");
            }
        }
    }

    /** The model of one width. A readout of its own doesn't start at zero: the first gradients would be. */
    ModelSpec model(Parameterization rule, int width) {
        TransformerConfig base = base();
        ModelSpec plain = ModelSpec.of(base.atWidth(width, growth), rule, base);
        return new ModelSpec(plain.config(), rule, base, plain.scales().with(Role.READOUT, 1));
    }

    private TransformerConfig base() {
        int heads = baseWidth / headDim;
        return new TransformerConfig(
                BYTES,
                baseWidth,
                depth,
                heads,
                heads,
                headDim,
                4 * baseWidth,
                context,
                Positions.ROPE,
                Activation.GELU,
                tied);
    }

    /** AdamW at a constant rate, without decay or clipping. */
    TrainingConfig training(long seed) {
        AdamW adam = new AdamW(learningRate, 0.9, 0.95, EPS, 0);
        return new TrainingConfig(adam, new Schedule(0, steps, 1), batch, 0, seed, steps, 1, 0);
    }

    /** The first step, and those after 1 %, 10 % and all of training. */
    List<Integer> measuredSteps() {
        return Stream.concat(Stream.of(1), SweepSettings.milestones(steps).stream())
                .distinct()
                .toList();
    }

    double eps() {
        return EPS;
    }
}
