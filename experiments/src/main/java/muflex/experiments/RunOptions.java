package muflex.experiments;

import muflex.experiments.mup.RuleArgument;
import muflex.model.Activation;
import muflex.model.ModelSpec;
import muflex.model.Positions;
import muflex.model.TransformerConfig;
import muflex.model.training.Optimizer;
import muflex.model.training.TrainingConfig;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of a training run that its checkpoint remembers. */
final class RunOptions {

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
            description = "Heads; 0 for as many as give a head dim of " + ByteModel.HEAD_DIM + ".")
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

    @Option(names = "--tied", description = "The embedding is the readout.")
    private boolean tied;

    @Option(
            names = "--rule",
            paramLabel = "RULE",
            defaultValue = "mup",
            description =
                    "How scales and learning rates follow size: the name of a rule (mup, standard, complete-p, …),"
                            + " or a file with one as JSON.")
    private String rule = "mup";

    @Option(
            names = "--base-width",
            paramLabel = "N",
            defaultValue = "" + BASE_WIDTH,
            description = "The width at which all rules are alike, and whose learning rate --lr is.")
    private int baseWidth;

    @Option(
            names = "--base-depth",
            paramLabel = "N",
            defaultValue = "0",
            description = "The depth at which all rules are alike; 0 for --depth.")
    private int baseDepth;

    @Option(
            names = "--optimizer",
            paramLabel = "NAME",
            defaultValue = "adamw",
            description = "adamw, adam-atan2, sgd (with momentum) or muon (on hidden weights; AdamW elsewhere, at a"
                    + " fifth of the rate).")
    private String optimizer = "adamw";

    @Option(
            names = "--lr",
            paramLabel = "RATE",
            description = "Peak learning rate at the base (default: 0.01, of sgd 0.1, of muon 0.02).")
    private @Nullable Double learningRate;

    @Option(
            names = "--weight-decay",
            paramLabel = "RATE",
            description = "A step takes the learning rate times this of a weight (default: 0.1, of sgd 0).")
    private @Nullable Double weightDecay;

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
        positive("--depth", depth);
        positive("--context", context);
        if (baseDepth < 0) {
            throw new IllegalArgumentException(
                    "--base-depth: expected at least 0, got " + baseDepth + "; give 0 for --depth");
        }
        TransformerConfig base =
                with(ByteModel.of("--base-width", baseWidth, baseDepth > 0 ? baseDepth : depth, context));
        return ModelSpec.of(with(config()), RuleArgument.of(rule).rule(), base);
    }

    private TransformerConfig config() {
        if (heads == 0) {
            return ByteModel.of("--width", width, depth, context);
        }
        positive("--width", width);
        int headDim = divided("--heads", width, heads);
        return TransformerConfig.ofBytes(ByteModel.HEAD_DIM, depth, context)
                .atWidth(width, TransformerConfig.Growth.HEAD_DIM)
                .withHeads(heads, heads, headDim);
    }

    private TransformerConfig with(TransformerConfig config) {
        TransformerConfig chosen = config.withPositions(positions).withActivation(activation);
        return tied ? chosen.withTiedEmbedding() : chosen;
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
        return TrainingConfig.of(1, steps, batch, seed)
                .withOptimizer(optimizer())
                .withClip(clip)
                .withValidation(validateEvery, VALIDATION_WINDOWS)
                .withCheckpointEvery(checkpointEvery);
    }

    private Optimizer optimizer() {
        if (!Optimizer.NAMES.contains(optimizer)) {
            throw new IllegalArgumentException("--optimizer: expected one of " + String.join(", ", Optimizer.NAMES)
                    + ", got '" + optimizer + "'; use one of them");
        }
        Optimizer usual = Optimizer.byName(optimizer);
        double rate = learningRate == null ? usual.learningRate() : learningRate;
        double decay = weightDecay == null ? usual.weightDecay() : weightDecay;
        if (!(rate > 0) || Double.isInfinite(rate)) {
            throw new IllegalArgumentException(
                    "--lr: expected a positive number, got " + rate + "; try " + usual.learningRate());
        }
        if (!(decay >= 0) || Double.isInfinite(decay)) {
            throw new IllegalArgumentException(
                    "--weight-decay: expected a number of at least 0, got " + decay + "; try " + usual.weightDecay());
        }
        return usual.withLearningRate(rate).withWeightDecay(decay);
    }

    private static void positive(String option, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(option + ": expected at least 1, got " + value + "; give a count");
        }
    }
}
