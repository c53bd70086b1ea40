package muflex.engine.translate;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RowHelpersTest {

    /** An empty last row begins where the memory of its array may end. */
    @Test
    void cudaReadsElement0OfAnArrayWhereTheIndexIsOutOfRangeButNotOfARow() {
        RowHelpers helpers = new RowHelpers(new CudaC(4));

        assertThat(helpers.text("read_float")).contains("a[exists ? i : 0]");
        assertThat(helpers.text("read_byte")).contains("const int x = a[exists ? i : 0]");
        assertThat(helpers.text("readRow_float")).contains("(uint) i < (uint) length ? a[i] : 0");
    }
}
