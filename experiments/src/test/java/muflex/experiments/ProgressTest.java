package muflex.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ProgressTest {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private Progress progress(boolean terminal) {
        return new Progress(new PrintStream(bytes, true, StandardCharsets.UTF_8), terminal);
    }

    @Test
    void aTerminalShowsOneLineThatIsRewrittenAndTakenAway() {
        Progress progress = progress(true);
        progress.show(0, "first");
        progress.step("one is over");
        progress.clear();

        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .isEqualTo("\r0 %  first\r" + " ".repeat("0 %  first".length()) + "\r");
    }

    @Test
    void aLogShowsFinishedStepsOnly() {
        Progress progress = progress(false);
        progress.show(0.5, "first");
        progress.step("one is over");
        progress.clear();

        assertThat(bytes.toString(StandardCharsets.UTF_8)).isEqualTo("one is over" + System.lineSeparator());
    }
}
