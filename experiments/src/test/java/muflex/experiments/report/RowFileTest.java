package muflex.experiments.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RowFileTest {

    @TempDir
    private Path folder;

    @Test
    void rowsAreOnDiskAtOnceAndInPlaceAtTheEnd() throws IOException {
        Path target = folder.resolve("new/rows.jsonl");
        Path part = folder.resolve("new/rows.jsonl.part");
        try (RowFile file = new RowFile(target)) {
            file.add(Rows.four().get(0));
            assertThat(Files.readAllLines(part)).hasSize(1);
            file.add(Rows.four().get(1));
            assertThat(Files.readAllLines(part)).hasSize(2);
            assertThat(target).doesNotExist();
        }

        assertThat(part).doesNotExist();
        assertThat(Files.readAllLines(target).stream().map(Json::readRow))
                .containsExactly(Rows.four().get(0), Rows.four().get(1));
    }

    @Test
    void closingTwiceIsClosingOnce() throws IOException {
        RowFile file = new RowFile(folder.resolve("rows.jsonl"));
        file.close();
        file.close();
        file.add(Rows.four().getFirst());

        assertThat(folder.resolve("rows.jsonl")).isEmptyFile();
    }

    @Test
    void whatIsLeftReplacesNothing() throws IOException {
        Path target = Files.writeString(folder.resolve("rows.jsonl"), "before");
        try (RowFile file = new RowFile(target)) {
            file.add(Rows.four().getFirst());
            file.leave();
        }

        assertThat(target).hasContent("before");
        assertThat(folder.resolve("rows.jsonl.part")).isNotEmptyFile();
    }

    @Test
    void aFolderIsNoFile() {
        assertThatThrownBy(() -> new RowFile(folder))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("folder");
    }

    @Test
    void damagedLinesAreCountedAndTheRestIsRead() throws IOException {
        String good = Json.write(Rows.four().getFirst());
        Path file = Files.writeString(
                folder.resolve("rows.jsonl"),
                good + "\n" + good.substring(0, 200) + "\n\n" + good.replace("\"schema\":2", "\"schema\":1") + "\n"
                        + good + "\nnonsense");

        RowFile.Contents<Row> contents = RowFile.read(file);

        assertThat(contents.rows())
                .containsExactly(Rows.four().getFirst(), Rows.four().getFirst());
        assertThat(contents.complaint(Path.of("rows.jsonl")))
                .startsWith("rows.jsonl: skipped 3 lines that are no row: 2, 4, 6 (row: expected one JSON object of")
                .doesNotContain("Source", "start marker at");
    }

    @Test
    void anotherSchemaIsNamed() {
        String old = Json.write(Rows.four().getFirst()).replace("\"schema\":2", "\"schema\":1");

        assertThatThrownBy(() -> Json.readRow(old))
                .hasMessage("row: expected schema 2, got schema 1; measure it again with this version");
    }
}
