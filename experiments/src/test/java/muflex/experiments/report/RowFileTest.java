package muflex.experiments.report;

import static org.assertj.core.api.Assertions.assertThat;

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
}
