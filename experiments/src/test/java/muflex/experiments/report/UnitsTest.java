package muflex.experiments.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnitsTest {

    private final Locale before = Locale.getDefault();

    /** A locale with a decimal comma must not show. */
    @BeforeEach
    void german() {
        Locale.setDefault(Locale.GERMANY);
    }

    @AfterEach
    void back() {
        Locale.setDefault(before);
    }

    @ParameterizedTest
    @CsvSource({"999, 999 ns", "1234, 1.23 µs", "12345, 12.3 µs", "123456, 123 µs", "9996000, 10.0 ms", "2.5e9, 2.50 s"
    })
    void times(double nanos, String text) {
        assertThat(Units.time(nanos)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"0.4, 0 s", "59.6, 1 min 0 s", "125, 2 min 5 s", "3780, 1 h 3 min"})
    void durations(double seconds, String text) {
        assertThat(Units.duration(seconds)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"0, 0 B", "1023, 1023 B", "3670016, 3.50 MiB", "25769803776, 24.0 GiB"})
    void byteCounts(long bytes, String text) {
        assertThat(Units.bytes(bytes)).isEqualTo(text);
    }

    @Test
    void errorsAndShares() {
        assertThat(Units.scientific(1.25e-7)).isEqualTo("1.3e-07");
        assertThat(Units.scientific(0)).isEqualTo("0");
        assertThat(Units.percent(0.034)).isEqualTo("3 %");
    }
}
