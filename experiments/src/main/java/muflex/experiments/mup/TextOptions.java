package muflex.experiments.mup;

import java.io.IOException;
import java.nio.file.Path;
import muflex.experiments.BadInput;
import muflex.model.data.Corpus;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which text an experiment trains on. */
final class TextOptions {

    @Option(
            names = "--text",
            paramLabel = "PATH",
            description = "A file or folder to learn from (default: this JDK's own java.base sources).")
    private @Nullable Path text;

    Corpus corpus() throws IOException {
        try {
            return text == null ? Corpus.jdkSources(Corpus.DEFAULT_BYTES) : Corpus.read(text, Corpus.DEFAULT_BYTES);
        } catch (IllegalArgumentException e) {
            throw new BadInput(String.valueOf(e.getMessage()));
        }
    }
}
