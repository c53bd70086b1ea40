package muflex.experiments.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.stream.Collectors;
import muflex.experiments.Golden;
import org.junit.jupiter.api.Test;

class JsonTest {

    @Test
    void rowsLookAsBefore() throws IOException {
        Golden.check("rows.jsonl", Rows.four().stream().map(Json::write).collect(Collectors.joining("\n", "", "\n")));
    }

    @Test
    void whatIsWrittenIsRead() {
        for (Row row : Rows.four()) {
            assertThat(Json.readRow(Json.write(row))).isEqualTo(row);
        }
    }

    @Test
    void halfARowIsRefusedInOneLine() {
        String half = Json.write(Rows.four().getFirst()).substring(0, 300);

        assertThatThrownBy(() -> Json.readRow(half))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("row: expected one JSON object of schema 2, got {\"schema\":2,");
    }
}
