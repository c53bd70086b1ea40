package muflex.model.training;

/**
 * How a model is trained.
 *
 * @param optimizer with its base rates
 * @param schedule of the learning rate; its length is the number of steps
 * @param batch sequences a step, each as long as the model's context
 * @param clip largest global norm of a step's gradients; 0 for no clipping
 * @param seed of initial values and batches
 * @param validateEvery steps between validations
 * @param validationWindows stretches of the validation text that each validation measures
 * @param checkpointEvery steps between checkpoints; 0 for one at the end only
 */
public record TrainingConfig(
        Optimizer optimizer,
        Schedule schedule,
        int batch,
        double clip,
        long seed,
        int validateEvery,
        int validationWindows,
        int checkpointEvery) {

    public TrainingConfig {
        if (batch < 1 || validateEvery < 1 || validationWindows < 1) {
            throw new IllegalArgumentException(
                    "batch, validateEvery and validationWindows: expected at least 1 each, got " + batch + ", "
                            + validateEvery + " and " + validationWindows + "; give positive numbers");
        }
        if (!(clip >= 0)) {
            throw new IllegalArgumentException("clip: expected at least 0, got " + clip + "; use 0 for no clipping");
        }
        if (checkpointEvery < 0) {
            throw new IllegalArgumentException("checkpointEvery: expected at least 0, got " + checkpointEvery
                    + "; use 0 for one checkpoint at the end");
        }
    }

    /** AdamW, a tenth of the steps (at most 100) to warm up, a tenth of the rate left at the end, clipping at 1. */
    public static TrainingConfig of(double learningRate, int steps, int batch, long seed) {
        Schedule schedule = new Schedule(Math.min(100, (steps + 9) / 10), steps, 0.1);
        return new TrainingConfig(AdamW.of(learningRate), schedule, batch, 1, seed, 100, 64, 0);
    }

    public TrainingConfig withOptimizer(Optimizer other) {
        return new TrainingConfig(
                other, schedule, batch, clip, seed, validateEvery, validationWindows, checkpointEvery);
    }

    public TrainingConfig withSchedule(Schedule other) {
        return new TrainingConfig(
                optimizer, other, batch, clip, seed, validateEvery, validationWindows, checkpointEvery);
    }

    public TrainingConfig withClip(double norm) {
        return new TrainingConfig(
                optimizer, schedule, batch, norm, seed, validateEvery, validationWindows, checkpointEvery);
    }

    public TrainingConfig withValidation(int every, int windows) {
        return new TrainingConfig(optimizer, schedule, batch, clip, seed, every, windows, checkpointEvery);
    }

    public TrainingConfig withCheckpointEvery(int every) {
        return new TrainingConfig(optimizer, schedule, batch, clip, seed, validateEvery, validationWindows, every);
    }

    public int steps() {
        return schedule.steps();
    }
}
