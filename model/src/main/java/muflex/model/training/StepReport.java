package muflex.model.training;

/**
 * One training step.
 *
 * @param step its number, from 1
 * @param steps of the whole run
 * @param loss of its batch before the update, in nats per byte
 * @param gradientNorm global norm of the gradients before clipping
 * @param learningRate η at this step
 * @param tokens that were trained on
 * @param seconds that it took
 */
public record StepReport(
        long step, long steps, double loss, double gradientNorm, double learningRate, int tokens, double seconds) {}
