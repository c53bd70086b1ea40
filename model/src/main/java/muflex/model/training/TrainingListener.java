package muflex.model.training;

import java.nio.file.Path;

/** Hears of a run's progress, on the thread that trains. */
public interface TrainingListener {

    /** Hears nothing. */
    TrainingListener SILENT = new TrainingListener() {};

    /** Something that the user should know before the first step. */
    default void onWarning(String warning) {}

    default void onStep(StepReport report) {}

    default void onEvaluation(Evaluation evaluation) {}

    /** A checkpoint is complete in {@code folder}. */
    default void onCheckpoint(Path folder) {}
}
