package muflex.experiments.mup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import muflex.experiments.BadInput;
import muflex.model.parameterization.Parameterization;
import muflex.model.parameterization.ParameterizationJson;
import muflex.model.parameterization.Parameterizations;

/** A rule as a command line gives it: a name, or a file with the rule as JSON. */
public final class RuleArgument {

    private RuleArgument() {}

    /** @throws BadInput if there is no such rule or the file holds none */
    public static Parameterization of(String text) {
        if (!text.endsWith(".json")) {
            return BadInput.check(() -> Parameterizations.byName(text));
        }
        Path file = Path.of(text);
        try {
            String json = Files.readString(file);
            return BadInput.check(() -> ParameterizationJson.read(json));
        } catch (IOException _) {
            throw BadInput.of("rule", "a readable file", text, "correct the path");
        }
    }
}
