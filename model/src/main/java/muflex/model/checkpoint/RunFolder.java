package muflex.model.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** The folder that a training run writes to: one JSON state, which names the current tensor files. */
public final class RunFolder {

    private static final String STATE = "state.json";

    private RunFolder() {}

    /** The state's file. */
    public static Path state(Path folder) {
        return folder.resolve(STATE);
    }

    /**
     * The model file that {@code path} stands for: itself, or the current one of a run's folder.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Path model(Path path) throws IOException {
        if (Files.isRegularFile(path)) {
            return path;
        }
        Path state = state(path);
        if (!Files.isRegularFile(state)) {
            throw new IllegalArgumentException("checkpoint: expected a .safetensors file or a folder with " + STATE
                    + ", got " + path + "; give what training wrote");
        }
        try {
            String name = JsonMapper.shared()
                    .readTree(Files.readAllBytes(state))
                    .path("model")
                    .asString("");
            Path model = path.resolve(name);
            if (!name.isEmpty() && Files.isRegularFile(model)) {
                return model;
            }
            throw new IllegalArgumentException("checkpoint: expected the model file that " + state
                    + " names, got none at " + model + "; restore the file");
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    STATE + ": expected JSON, got " + DamagedJson.reason(e) + "; the file is damaged", e);
        }
    }
}
