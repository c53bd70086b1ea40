package muflex.model.training;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import muflex.model.checkpoint.AtomicFiles;
import muflex.model.checkpoint.RunFolder;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What training knows besides tensors: the JSON file of a checkpoint. It names the tensor files, so that moving it
 * into place is what makes a checkpoint the current one.
 *
 * @param format of this file
 * @param step steps taken
 * @param model file name of the parameters
 * @param optimizer file name of the optimizer's states
 * @param training how the model is trained
 * @param corpus the text's name
 * @param fingerprint the text's fingerprint
 * @param lossSum of the steps since the last validation
 * @param lossSteps how many those are
 * @param history all validations so far
 */
public record TrainingState(
        int format,
        long step,
        String model,
        String optimizer,
        TrainingConfig training,
        String corpus,
        String fingerprint,
        double lossSum,
        int lossSteps,
        List<Evaluation> history) {

    static final int FORMAT = 1;

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    public TrainingState {
        history = List.copyOf(history);
    }

    void write(Path folder) throws IOException {
        byte[] json = MAPPER.writeValueAsBytes(this);
        AtomicFiles.write(RunFolder.state(folder), channel -> {
            ByteBuffer bytes = ByteBuffer.wrap(json);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        });
    }

    /** @throws IllegalArgumentException if the folder holds no checkpoint or a damaged one */
    public static TrainingState read(Path folder) throws IOException {
        Path file = RunFolder.state(folder);
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException("checkpoint: expected " + file.getFileName() + " in " + folder
                    + ", got none; give the folder that training wrote to");
        }
        try {
            TrainingState state = MAPPER.readValue(Files.readAllBytes(file), TrainingState.class);
            if (state.format != FORMAT) {
                throw new IllegalArgumentException("checkpoint: expected format " + FORMAT + ", got " + state.format
                        + "; resume with the MuFlex that wrote it");
            }
            return state;
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    file.getFileName() + ": expected a training state, got " + e.getOriginalMessage()
                            + "; the file is damaged, take another checkpoint",
                    e);
        }
    }
}
