package muflex.experiments;

import muflex.model.Activation;
import muflex.model.ModelSpec;
import muflex.model.Positions;
import muflex.model.TransformerConfig;
import muflex.model.parameterization.Parameterizations;
import muflex.model.training.TrainingConfig;
import picocli.CommandLine.Option;

/** The options of a training run that its checkpoint remembers. */
final class RunOptions {

    private static final int HEAD_DIM = 32;
    private static final int BASE_WIDTH = 64;
    private static final int VALIDATION_WINDOWS = 64;

    @Option(names = "--steps", paramLabel = "N", defaultValue = "300", description = "Updates.")
    private int steps;

    @Option(names = "--width", paramLabel = "N", defaultValue = "128", description = "Width of the residual stream.")
    private int width;

    @Option(names = "--depth", paramLabel = "N", defaultValue = "4", description = "Layers.")
    private int depth;

    @Option(
            names = "--heads",
            paramLabel = "N",
            defaultValue = "0",
            description = "Heads; 0 for as many as give a head dim of " + HEAD_DIM + ".")
    private int heads;

    @Option(names = "--context", paramLabel = "N", defaultValue = "128", description = "Bytes that attention sees.")
    private int context;

    @Option(names = "--batch", paramLabel = "N", defaultValue = "16", description = "Sequences an update.")
    private int batch;

    @Option(
            names = "--positions",
            paramLabel = "KIND",
            defaultValue = "ROPE",
            description = "One of ${COMPLETION-CANDIDATES}.")
    private Positions positions = Positions.ROPE;

    @Option(
            names = "--activation",
            paramLabel = "KIND",
            defaultValue = "GELU",
            description = "One of ${COMPLETION-CANDIDATES}.")
    private Activation activation = Activation.GELU;

    @Option(
            names = "--rule",
            paramLabel = "NAME",
            defaultValue = "mup",
            description = "How scales and learning rates follow width: standard, mup, seed-text or seed-code.")
    private String rule = "mup";

    @Option(
            names = "--base-width",
            paramLabel = "N",
            defaultValue = "" + BASE_WIDTH,
            description = "The width at which all rules are alike, and whose learning rate --lr is.")
    private int baseWidth;

    @Option(names = "--lr", paramLabel = "RATE", defaultValue = "0.01", description = "AdamW's peak learning rate.")
    private double learningRate;

    @Option(
            names = "--clip",
            paramLabel = "NORM",
            defaultValue = "0",
            description = "Clip gradients at this global norm; 0 for no clipping.")
    private double clip;

    @Option(
            names = "--validate-every",
            paramLabel = "N",
            defaultValue = "50",
            description = "Updates between validations.")
    private int validateEvery;

    @Option(
            names = "--checkpoint-every",
            paramLabel = "N",
            defaultValue = "500",
            description = "Updates between checkpoints; 0 for one at the end.")
    private int checkpointEvery;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Seed of weights and batches.")
    private long seed;

    ModelSpec model() {
        TransformerConfig base = config(baseWidth);
        TransformerConfig config =
                heads == 0 ? config(width) : config(width).withHeads(heads, heads, divided("--heads", width, heads));
        return ModelSpec.of(config, Parameterizations.byName(rule), base);
    }

    private TransformerConfig config(int ofWidth) {
        return TransformerConfig.ofBytes(ofWidth, depth, context)
                .withPositions(positions)
                .withActivation(activation);
    }

    private static int divided(String option, int whole, int parts) {
        if (parts < 1 || whole % parts != 0) {
            throw new IllegalArgumentException(
                    option + ": expected a divisor of --width " + whole + ", got " + parts + "; change one of the two");
        }
        return whole / parts;
    }

    TrainingConfig training() {
        positive("--steps", steps);
        positive("--batch", batch);
        positive("--validate-every", validateEvery);
        if (!(learningRate > 0) || Double.isInfinite(learningRate)) {
            throw new IllegalArgumentException("--lr: expected a positive number, got " + learningRate + "; try 0.01");
        }
        return TrainingConfig.of(learningRate, steps, batch, seed)
                .withClip(clip)
                .withValidation(validateEvery, VALIDATION_WINDOWS)
                .withCheckpointEvery(checkpointEvery);
    }

    private static void positive(String option, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(option + ": expected at least 1, got " + value + "; give a count");
        }
    }
}
