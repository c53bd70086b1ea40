package muflex.experiments.mup;

import java.util.List;
import muflex.model.Activation;
import muflex.model.ModelSpec;
import muflex.model.Positions;
import muflex.model.TransformerConfig;
import muflex.model.parameterization.Parameterization;
import muflex.model.training.AdamW;
import muflex.model.training.Schedule;
import muflex.model.training.TrainingConfig;

/**
 * What all runs of a sweep share.
 *
 * @param steps updates a run
 * @param batch sequences an update
 * @param context bytes that attention sees
 * @param headDim width of a head; heads grow with width
 * @param baseWidth width at which all rules are alike
 * @param baseDepth depth at which all rules are alike
 * @param warmup steps of the learning rate's linear rise; then half a cosine down to a tenth
 * @param corpus name of the text
 * @param fingerprint of the text
 */
record SweepSettings(
        int steps,
        int batch,
        int context,
        int headDim,
        int baseWidth,
        int baseDepth,
        int warmup,
        String corpus,
        String fingerprint) {

    private static final int BYTES = 256;
    private static final double FLOOR = 0.1;

    /** Shares of training after which a run is validated. */
    static final List<Double> MILESTONES = List.of(0.01, 0.1, 1.0);

    /** The steps at those shares of {@code steps}, ascending, each once. */
    static List<Integer> milestones(int steps) {
        return MILESTONES.stream()
                .map(share -> (int) Math.max(1, Math.round(share * steps)))
                .distinct()
                .toList();
    }

    ModelSpec model(Parameterization rule, int width, int depth) {
        return ModelSpec.of(config(width, depth), rule, config(baseWidth, baseDepth));
    }

    private TransformerConfig config(int width, int depth) {
        if (width < headDim || width % headDim != 0) {
            throw new IllegalArgumentException("--widths: expected multiples of the head dim " + headDim + ", got "
                    + width + "; change it or --head-dim");
        }
        int heads = width / headDim;
        return new TransformerConfig(
                BYTES, width, depth, heads, heads, headDim, 4 * width, context, Positions.ROPE, Activation.GELU);
    }

    /** AdamW without weight decay and without clipping, which would spoil the comparison between widths. */
    TrainingConfig training(double learningRate, long seed, int windows) {
        AdamW optimizer = new AdamW(learningRate, 0.9, 0.95, 1e-8, 0);
        return new TrainingConfig(optimizer, new Schedule(warmup, steps, FLOOR), batch, 0, seed, steps, windows, 0);
    }
}
