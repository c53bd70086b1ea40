package muflex.experiments.mup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import muflex.experiments.BadInput;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code muflex study}. */
@Command(
        name = "study",
        description = "Writes the tables and figures of written reports anew, from the result rows beside them.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example:", "  muflex study experiments/studies/*"})
public final class StudyCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Parameters(paramLabel = "FOLDER", arity = "1..*", description = "Folders with a README.md and rows.")
    private List<Path> folders = List.of();

    @Override
    public Integer call() throws IOException {
        for (Path folder : folders) {
            if (!Files.isRegularFile(folder.resolve("README.md"))) {
                throw BadInput.of("FOLDER", "a folder with a README.md", folder, "give one of experiments/studies");
            }
            try {
                new Study(folder).regenerate();
            } catch (IllegalArgumentException e) {
                throw new BadInput(String.valueOf(e.getMessage()));
            }
            spec.commandLine().getOut().println("regenerated " + folder);
        }
        spec.commandLine().getOut().flush();
        return 0;
    }
}
