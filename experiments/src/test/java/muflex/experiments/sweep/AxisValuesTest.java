package muflex.experiments.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import muflex.experiments.BadInput;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AxisValuesTest {

    @ParameterizedTest
    @CsvSource({
        "1..4, 1 2 3 4",
        "64..512*2, 64 128 256 512",
        "2^-9..2^-7*2, 0.001953125 0.00390625 0.0078125",
        "0..0.3+0.1, 0 0.1 0.2 0.3",
        "2^-8, 0.00390625",
        "1e-3..1e-1*10, 0.001 0.01 0.1",
        "-2..0, -2 -1 0",
        "../data, ../data",
        "1x8x512x64, 1x8x512x64",
        "opencl:0:0, opencl:0:0",
    })
    void rangesAreExpandedAndOtherTextsAreThemselves(String text, String values) {
        assertThat(AxisValues.expand("a", List.of(text))).containsExactly(values.split(" "));
    }

    @ParameterizedTest
    @CsvSource({"5..1", "1..5+0", "1..8*1", "0..8*2", "1..x", "1..5..7", "1..4+-1"})
    void badRangesAreRefused(String text) {
        assertThatThrownBy(() -> AxisValues.expand("lr", List.of(text)))
                .isInstanceOf(BadInput.class)
                .hasMessage(
                        "axis lr: expected a range FIRST..LAST, FIRST..LAST+STEP or FIRST..LAST*FACTOR that goes up,"
                                + " got " + text + "; write 1..5, 0..1+0.25 or 2^-10..2^-4*2");
    }

    @Test
    void aValueThatComesTwiceIsRefusedHoweverItIsWritten() {
        assertThatThrownBy(() -> AxisValues.expand("lr", List.of("0.1", "1e-1")))
                .hasMessage("axis lr: expected values that differ, got 1e-1 twice; leave one out");
        assertThatThrownBy(() -> AxisValues.expand("seed", List.of("1..3", "2")))
                .hasMessage("axis seed: expected values that differ, got 2 twice; leave one out");
    }

    @Test
    void aRangeThatNeverEndsIsRefused() {
        assertThatThrownBy(() -> AxisValues.expand("seed", List.of("1..1000000")))
                .hasMessage("axis seed: expected at most 10000 values, got 1..1000000; take larger steps");
    }
}
