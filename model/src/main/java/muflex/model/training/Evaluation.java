package muflex.model.training;

/**
 * A validation.
 *
 * @param step after which it took place
 * @param trainLoss mean over the steps since the last one, in nats per byte; NaN before the first step
 * @param validationLoss mean over the fixed windows, in nats per byte
 */
public record Evaluation(long step, double trainLoss, double validationLoss) {}
