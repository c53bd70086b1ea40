package muflex.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What the tutorial shows is run, smaller: its code is that of the files beside it, and its commands work. */
class TutorialTest {

    private static final Path DOCS = Path.of("..", "docs");

    @TempDir
    private Path folder;

    private static String tutorial() throws IOException {
        return Files.readString(DOCS.resolve("tutorial.md"));
    }

    @Test
    void showsTheFilesAsTheyAre() throws IOException {
        String rhythm = Files.readString(DOCS.resolve("tutorial/Rhythm.java"));
        assertThat(tutorial()).contains("```java\n" + rhythm + "```");
        assertThat(rhythm.lines()).hasSizeLessThanOrEqualTo(20);
    }

    @Test
    void itsGradientIsRight() throws Exception {
        assertThat(JavaFiles.run(
                        folder,
                        "CheckRhythm",
                        DOCS.resolve("tutorial/Rhythm.java"),
                        DOCS.resolve("tutorial/CheckRhythm.java")))
                .isEqualToIgnoringNewLines("gradient checked");
        assertThat(tutorial()).contains("gradient checked");
    }

    /** With fewer steps and smaller shapes. */
    @Test
    void itsCommandsRun() throws IOException {
        Matcher commands = Pattern.compile("(?m)^scripts/muflex (.*)$").matcher(tutorial());
        int count = 0;
        while (commands.find()) {
            String command = commands.group(1)
                    .replaceFirst("\\s+#.*", "")
                    .replace("docs/", DOCS + "/")
                    .replace("--steps 300", "--steps 2 --text " + text())
                    .replace("--width 128", "--width 32 --depth 1 --context 32 --device cpu")
                    .replace("1x8x1024x64", "1x4x70x8 --repeat 1")
                    .replaceAll("runs\\b", folder.toString());
            StringWriter err = new StringWriter();
            CommandLine line = Main.commandLine();
            line.setOut(new PrintWriter(new StringWriter()));
            line.setErr(new PrintWriter(err));
            assertThat(line.execute(command.split("\\s+")))
                    .as("%s: %s", command, err)
                    .isZero();
            count++;
        }
        assertThat(count).isGreaterThanOrEqualTo(5);
        assertThat(List.of("show-wave.svg", "show-beat.svg", "rhythm", "plain"))
                .allMatch(name -> Files.exists(folder.resolve(name)));
    }

    private Path text() throws IOException {
        return Files.writeString(folder.resolve("text.txt"), "the cat sat on the mat. ".repeat(400));
    }
}
