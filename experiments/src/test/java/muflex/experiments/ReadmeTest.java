package muflex.experiments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import muflex.experiments.compare.UserMods;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What README shows is run: its code, the commands' options, the scripts and files that it names. */
class ReadmeTest {

    private static final Path ROOT = Path.of("..");

    @TempDir
    private Path folder;

    private static String readme() throws IOException {
        return Files.readString(ROOT.resolve("README.md"));
    }

    private static List<String> blocks(String language) throws IOException {
        Matcher blocks = Pattern.compile("(?s)```" + language + "\n(.*?)```").matcher(readme());
        List<String> found = new ArrayList<>();
        while (blocks.find()) {
            found.add(blocks.group(1));
        }
        return found;
    }

    @Test
    void theSampleCompilesAndPrintsWhatItSays() throws Exception {
        Path source =
                Files.writeString(folder.resolve("Sample.java"), blocks("java").getFirst());
        assertThat(JavaFiles.run(folder, "Sample", source))
                .isEqualTo(blocks("text").getFirst());
    }

    @Test
    void theDependencyIsWhatIsInstalled() throws IOException {
        String module = Files.readString(ROOT.resolve("tornado-kernels/pom.xml"));

        List<String> lines =
                blocks("xml").getFirst().strip().lines().map(String::strip).toList();
        assertThat(lines).hasSize(5);
        lines.subList(1, 4).forEach(line -> assertThat(module).contains(line));
        assertThat(readme())
                .contains(
                        Files.readAllLines(ROOT.resolve("scripts/java.options")).get(1));
    }

    @Test
    void theModsFileGivesTheVariantsOfTheCommandBelowIt() throws IOException {
        Path source =
                Files.writeString(folder.resolve("MyMods.java"), blocks("java").getLast());

        assertThat(UserMods.read(source).stream().map(UserMods.UserMod::name)).containsExactly("tilted", "strided");
        assertThat(readme()).contains("--variants causal,tilted,strided");
    }

    @Test
    void everyCommandParses() throws IOException {
        List<String> commands = blocks("sh").stream().flatMap(String::lines).toList();

        assertThat(commands).hasSizeGreaterThan(5);
        for (String command : commands) {
            List<String> words = words(command);
            if (words.getFirst().equals("scripts/muflex")) {
                assertThatCode(() -> Main.commandLine()
                                .parseArgs(words.subList(1, words.size()).toArray(String[]::new)))
                        .as(command)
                        .doesNotThrowAnyException();
            } else if (!words.getFirst().equals("mvn")) {
                assertThat(ROOT.resolve(words.getFirst())).as(command).isExecutable();
            }
        }
    }

    /** No feature without a test: each row of the table names tests that are there. */
    @Test
    void everyFeatureHasATest() throws IOException {
        List<String> rows = readme().lines()
                .dropWhile(line -> !line.startsWith("| what | how | tests |"))
                .skip(2)
                .takeWhile(line -> line.startsWith("|"))
                .toList();
        assertThat(rows).hasSizeGreaterThan(15);
        for (String row : rows) {
            Matcher tests =
                    Pattern.compile("`(\\w+Test)(?:\\.(\\w+))?`").matcher(row.substring(row.lastIndexOf(" | ")));
            int count = 0;
            while (tests.find()) {
                assertThat(source(tests.group(1)))
                        .as(row)
                        .contains(tests.group(2) == null ? "class" : "void " + tests.group(2) + "(");
                count++;
            }
            assertThat(count).as(row).isPositive();
        }
    }

    private static String source(String test) throws IOException {
        try (Stream<Path> files = Files.walk(ROOT)) {
            Path file = files.filter(path ->
                            path.endsWith(test + ".java") && !path.toString().contains("target"))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no test " + test));
            return Files.readString(file);
        }
    }

    @Test
    void everyLinkedFileExists() throws IOException {
        Matcher links = Pattern.compile("\\]\\(([^)#]+)\\)").matcher(readme());
        int count = 0;
        while (links.find()) {
            assertThat(ROOT.resolve(links.group(1))).exists();
            count++;
        }
        assertThat(count).isPositive();
    }

    /** As a shell splits them, without the comment. */
    private static List<String> words(String command) {
        Matcher words = Pattern.compile("'([^']*)'|(\\S+)").matcher(command.replaceFirst("\\s#.*", ""));
        List<String> found = new ArrayList<>();
        while (words.find()) {
            found.add(words.group(1) != null ? words.group(1) : words.group(2));
        }
        return found;
    }
}
