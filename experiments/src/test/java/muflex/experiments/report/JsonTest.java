package muflex.experiments.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.stream.Collectors;
import muflex.experiments.Golden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

    @ParameterizedTest
    @CsvSource({
        "\"cpu\":, \"cpus\":, a text as environment/cpu",
        "\"environment\":\\{, \"environments\":{, an object as environment",
        "\"status\":, \"state\":, a text as status"
    })
    void aRowWithoutWhatEveryRowHasIsRefused(String field, String other, String expected) {
        String row = Json.write(Rows.four().getFirst()).replaceFirst(field, other);

        assertThatThrownBy(() -> Json.readRow(row))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("row: expected " + expected + ", got none");
    }

    @Test
    void halfARowIsRefusedInOneLine() {
        String half = Json.write(Rows.four().getFirst()).substring(0, 300);

        assertThatThrownBy(() -> Json.readRow(half))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("row: expected one JSON object of schema 2, got {\"schema\":2,");
    }
}
