package muflex.experiments.mup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The written reports are what their rows say. */
class StudyTest {

    private static final Path STUDIES = Path.of("studies");

    @TempDir
    private Path folder;

    private static List<Path> studies() throws IOException {
        try (Stream<Path> studies = Files.list(STUDIES)) {
            return studies.filter(Files::isDirectory).sorted().toList();
        }
    }

    private static List<Path> files(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile)
                    .map(root::relativize)
                    .sorted()
                    .toList();
        }
    }

    /** Tables and figures come out of the committed rows byte for byte, and none is left over or missing. */
    @ParameterizedTest
    @MethodSource("studies")
    void aReportIsRegeneratedByteForByte(Path study) throws IOException {
        for (Path file : files(study)) {
            if (!file.toString().endsWith(".svg")) {
                Path copy = folder.resolve(file);
                Files.createDirectories(copy.getParent());
                Files.copy(study.resolve(file), copy);
            }
        }

        new Study(folder).regenerate();

        assertThat(files(folder)).isEqualTo(files(study));
        for (Path file : files(study)) {
            assertThat(folder.resolve(file))
                    .as(study.resolve(file).toString())
                    .hasSameBinaryContentAs(study.resolve(file));
        }
    }

    @Test
    void exponentsStandBesideAnothersAndTheLargestDifferenceIsNamed() throws IOException {
        Files.copy(STUDIES.resolve("seed-rule/mup-heads.jsonl"), folder.resolve("mup-heads.jsonl"));
        Files.writeString(
                folder.resolve("other.csv"), "step,quantity,mup-heads\n1,query |Wx|,0.25\n1,value |Wx|,0.01\n");
        Files.writeString(folder.resolve("README.md"), "<!-- beside other.csv mup-heads.jsonl -->\n<!-- end -->\n");

        new Study(folder).regenerate();

        assertThat(folder.resolve("README.md"))
                .content()
                .contains("query |Wx|  -0.00 (0.25)", "largest difference 0.25 (query |Wx|, mup-heads, step 1)");
    }

    @Test
    void aReportDoesNotRestOnDamagedRows() throws IOException {
        Path rows = folder.resolve("rows.jsonl");
        Files.copy(STUDIES.resolve("depth/depth.jsonl"), rows);
        Files.writeString(rows, Files.readString(rows) + "{}\n");
        Files.writeString(folder.resolve("README.md"), "<!-- transfer rows.jsonl -->\n<!-- end -->\n");

        assertThatThrownBy(() -> new Study(folder).regenerate())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(rows + ": expected rows and nothing else, got line 141 (");
    }
}
