package muflex.experiments.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TextTableTest {

    @Test
    void alignsByCharactersNotBytes() {
        TextTable table =
                new TextTable().left("name").right("±").row("a", "7 µs").row("longer", "12 ms");

        assertThat(table).hasToString("""
                name        ±
                a        7 µs
                longer  12 ms
                """);
    }

    @Test
    void leavesNoBlanksAtLineEnds() {
        assertThat(new TextTable().left("a").left("b").row("x", "")).hasToString("a  b\nx\n");
    }

    @Test
    void aRowOfAnotherWidthIsRefused() {
        assertThatThrownBy(() -> new TextTable().left("a").row("x", "y"))
                .hasMessage("cells: expected 1 (one a column), got 2; pass \"\" for an empty one");
    }
}
